import { createHash, createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { SimulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator, type Simulator } from '../../src/simulator/server.ts'
import { rawRequest, type Json, type RawRequest } from './raw-client.ts'

const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.1, decodeMs: 1, decodeMsPerSequence: 0, slots: 4 }
const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 4 }
const INVOCATIONS = '/serving-endpoints/chat/invocations'
const ENDPOINT = '/api/2.0/serving-endpoints/chat'
const running: Simulator[] = []

async function start(options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator({ engine: ENGINE, model: 'tiny', ...options })
  running.push(simulator)
  return async (path: string, request: RawRequest = {}) => rawRequest(simulator.url + path, request)
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

/** The value of a sample, whatever its labels. */
function sample(page: string, name: string): number {
  const line = page.split('\n').find((text) => text.startsWith(`${name}{`) || text.startsWith(`${name} `))
  return Number(line?.split(' ').at(-1))
}

describe('the metrics of the server', () => {
  it('grow with what it does, and agree with the log of what it sent', async () => {
    const ask = await start({ prefixCache: true })
    const words = Array.from({ length: 32 }, (_, i) => `w${i}`).join(' ')
    const body = { messages: [{ role: 'user', content: words }], max_tokens: 5, stream: true }
    for (let i = 0; i < 3; i++) await ask('/v1/chat/completions', { body })
    await ask('/v1/embeddings', { body: { input: 'one two' } })
    const { headers, body: page } = await ask('/metrics')
    expect(headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(sample(page, 'vllm:generation_tokens_total')).toBe(15)
    expect(sample(page, 'vllm:prompt_tokens_total')).toBe(3 * 40 + 2)
    expect(sample(page, 'vllm:prefix_cache_hits_total')).toBe(64)
    expect(sample(page, 'vllm:time_to_first_token_seconds_count')).toBe(3)
    expect(sample(page, 'vllm:inter_token_latency_seconds_count')).toBe(12)
    expect(sample(page, 'vllm:e2e_request_latency_seconds_count')).toBe(4)
    const log = running[0]!.log().filter(({ stream }) => stream)
    const seen = log.reduce((sum, { firstTokenAtMs, receivedAtMs }) => sum + firstTokenAtMs! - receivedAtMs, 0)
    const measured = 1000 * sample(page, 'vllm:time_to_first_token_seconds_sum')
    // The metrics stop right before the token is written, the log with it.
    expect(measured).toBeLessThanOrEqual(seen)
    expect(measured).toBeGreaterThanOrEqual(3 * 0.1 * 8)
  })

  it('do not know what happens behind the engine', async () => {
    const ask = await start()
    const headers = { 'x-simulate-fault': 'slow-start=300ms' }
    await ask('/v1/chat/completions', { body: { ...CHAT, stream: true }, headers })
    const { body } = await ask('/metrics')
    expect(sample(body, 'vllm:time_to_first_token_seconds_sum')).toBeLessThan(0.3)
    const sent = running[0]!.log()[0]!
    expect(sent.firstTokenAtMs! - sent.receivedAtMs).toBeGreaterThanOrEqual(295)
  })

  it('count a client that left, and show foreign requests that nobody asked for', async () => {
    const ask = await start({ foreignLoad: 3 })
    const body = { ...CHAT, max_tokens: 100_000, stream: true }
    await ask('/v1/chat/completions', { body, leaveAfterBytes: 300 })
    await expect
      .poll(async () => {
        const page = (await ask('/metrics')).body
        return [
          sample(page, 'vllm:num_requests_running') + sample(page, 'vllm:num_requests_waiting'),
          Number(/finished_reason="abort"\} (\d+)/.exec(page)![1]),
        ]
      })
      .toEqual([3, 1])
  })

  it('are those of another server, or none, when that is asked for', async () => {
    expect((await (await start({ metrics: 'tgi' }))('/metrics')).body).toContain('# TYPE tgi_queue_size gauge')
    expect((await (await start({ metrics: 'none' }))('/metrics')).status).toBe(404)
    const nim = await start({ server: 'nim' })
    expect((await nim('/v1/metrics')).body).toContain('num_requests_running{model_name="tiny"} 0')
  })

  it('of a Databricks endpoint stand under its own page', async () => {
    const ask = await start()
    await ask(INVOCATIONS, { body: CHAT })
    const { body } = await ask(`${ENDPOINT}/metrics`)
    expect(sample(body, 'request_latency_ms_count')).toBe(1)
    expect(sample(body, 'provisioned_concurrent_requests_total')).toBe(4)
  })
})

describe('a server that is played', () => {
  it('has its own pages, headers and APIs, and no others', async () => {
    const ask = await start({ server: 'llamacpp' })
    const props = await ask('/props')
    expect([props.status, props.headers['server']]).toEqual([200, 'llama.cpp'])
    expect((await ask('/completion', { body: { prompt: 'hello', n_predict: 2 } })).status).toBe(200)
    expect((await ask('/version')).status).toBe(404)
    const chat = await ask('/api/chat', { body: { model: 'tiny', messages: CHAT.messages } })
    expect([chat.status, JSON.parse(chat.body).error.type]).toEqual([404, 'not_found_error'])
  })
})

describe('the page of a Databricks endpoint', () => {
  it('can be changed, and be denied', async () => {
    const ask = await start({ endpointPage: { task: 'llm/v1/embeddings' } })
    expect(JSON.parse((await ask(ENDPOINT)).body)).toMatchObject({ name: 'chat', task: 'llm/v1/embeddings' })
    expect((await (await start({ endpointPage: 'denied' }))(ENDPOINT)).status).toBe(403)
  })
})

describe('who may ask', () => {
  it('is asked of pages with models in them, too, and not of health and metrics', async () => {
    const ask = await start({ apiKey: 'k' })
    const statusOf = async (path: string, headers = {}) => (await ask(path, { headers })).status
    expect(await statusOf('/v1/models')).toBe(401)
    expect(await statusOf('/v1/models', { authorization: 'Bearer k' })).toBe(200)
    expect(await statusOf(ENDPOINT)).toBe(401)
    expect(JSON.parse((await ask(ENDPOINT)).body).error_code).toBeDefined()
    expect(await statusOf('/v1beta/models')).toBe(403)
    expect([await statusOf('/health'), await statusOf('/metrics')]).toEqual([200, 200])
  })

  it.each([
    [60_000, 200],
    [0, 401],
  ])(
    'fetches a token with the identity of a GitHub job; one of %i ms is answered with %i',
    async (lifetime, status) => {
      const ask = await start({ clientId: 'me', tokenLifetimeMs: lifetime })
      const { token_endpoint } = JSON.parse((await ask('/oidc/.well-known/oauth-authorization-server')).body)
      expect(token_endpoint).toBe(`${running[0]!.url}/oidc/v1/token`)
      const job = { authorization: 'bearer job-token' }
      const identity = JSON.parse((await ask('/github-oidc?api-version=2.0&audience=x', { headers: job })).body).value
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: identity as string,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        scope: 'all-apis',
        client_id: 'me',
      })
      const token: Json = JSON.parse((await ask('/oidc/v1/token', { body: form.toString() })).body)
      const headers = { authorization: `Bearer ${token.access_token as string}` }
      const answer = await ask(INVOCATIONS, { body: CHAT, headers })
      expect(answer.status).toBe(status)
      if (status === 401) expect(answer.headers['www-authenticate']).toContain('invalid_token')
    },
  )

  it('signs for AWS, body included', async () => {
    const ask = await start({ auth: { kind: 'aws-sigv4' }, clientId: 'AKID', clientSecret: 'secret' })
    const path = '/model/some.model-v1%3A0/converse-stream'
    const body = JSON.stringify({
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
      inferenceConfig: { maxTokens: 2 },
    })
    const headers = signed('POST', path, new URL(running[0]!.url).host, body)
    expect((await ask(path, { body, headers })).status).toBe(200)
    const forged = await ask(path, { body: body.replace('hi', 'ho'), headers })
    expect([forged.status, forged.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException'])
    expect((await ask(path, { body })).headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException')
  })
})

/** The shortest signer that does for these requests. */
function signed(method: string, path: string, host: string, body: string): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/us-east-1/bedrock/aws4_request`
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const twice = path.replaceAll('%', '%25')
  const canonical = [method, twice, '', `host:${host}`, `x-amz-date:${date}`, '', 'host;x-amz-date', sha(body)].join(
    '\n',
  )
  const key = scope.split('/').reduce<string | Buffer>(hmac, 'AWS4secret')
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha(canonical)].join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=AKID/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`
  return { 'x-amz-date': date, authorization }
}
