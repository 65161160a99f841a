import { createHash, createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { SimulatorClock } from '../../src/simulator/clock.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { rawRequest, type Json, type RawRequest } from '../simulator/raw-client.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'
import { ALL_SERVERS, startWitness } from './repertoire.ts'
import { ALL_METRICS } from './metrics-pages.ts'
import { awsSignature } from './sigv4.ts'

const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.125, decodeMs: 1, decodeMsPerSequence: 0, slots: 4 }
const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 4 }
const running: Simulator[] = []

async function start(options: Partial<SimulatorOptions> = {}, clock: SimulatorClock = createVirtualClock()) {
  const simulator = await startWitness({ engine: ENGINE, model: 'tiny', ...options }, { clock })
  running.push(simulator)
  return async (path: string, request: RawRequest = {}) => rawRequest(simulator.url + path, request)
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

describe('the metrics of the server', () => {
  it('are those of another server, when that is asked for', async () => {
    expect((await (await start({ metrics: ALL_METRICS.tgi }))('/metrics')).body).toContain(
      '# TYPE tgi_queue_size gauge',
    )
    const nim = await start({ server: ALL_SERVERS.nim })
    expect((await nim('/v1/metrics')).body).toContain('num_requests_running{model_name="tiny"} 0')
  })
})

describe('a server that is played', () => {
  it('has its own pages, headers and APIs, and no others', async () => {
    const ask = await start({ server: ALL_SERVERS.llamacpp })
    const props = await ask('/props')
    expect([props.status, props.headers['server']]).toEqual([200, 'llama.cpp'])
    expect((await ask('/completion', { body: { prompt: 'hello', n_predict: 2 } })).status).toBe(200)
    expect((await ask('/version')).status).toBe(404)
    const chat = await ask('/api/chat', { body: { model: 'tiny', messages: CHAT.messages } })
    expect([chat.status, JSON.parse(chat.body).error.type]).toEqual([404, 'not_found_error'])
  })
})

describe('who may ask', () => {
  it('is asked of pages with models in them, too', async () => {
    const ask = await start({ apiKey: 'k' })
    expect((await ask('/v1beta/models')).status).toBe(403)
    expect(JSON.parse((await ask('/v1beta/models')).body).error.status).toBe('PERMISSION_DENIED')
  })

  it('fetches a token with the identity of a GitHub job, which holds for its lifetime and no longer', async () => {
    const clock = createVirtualClock()
    const ask = await start({ clientId: 'me', tokenLifetimeMs: 60_000 }, clock)
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
    const until = clock.now() + 60_000
    const headers = { authorization: `Bearer ${token.access_token as string}` }
    const chat = async () => ask('/serving-endpoints/chat/invocations', { body: CHAT, headers })
    await clock.pass(59_999)
    expect((await chat()).status).toBe(200)
    await clock.pass(until - clock.now())
    const late = await chat()
    expect([late.status, late.headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')])
  })

  it('signs for AWS, body included', async () => {
    const clock = createVirtualClock()
    const ask = await start({ auth: awsSignature, clientId: 'AKID', clientSecret: 'secret' }, clock)
    const path = '/model/some.model-v1%3A0/converse-stream'
    const body = JSON.stringify({
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
      inferenceConfig: { maxTokens: 2 },
    })
    const headers = signed('POST', path, new URL(running[0]!.url).host, body, clock.date())
    expect((await ask(path, { body, headers })).status).toBe(200)
    const forged = await ask(path, { body: body.replace('hi', 'ho'), headers })
    expect([forged.status, forged.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException'])
    expect((await ask(path, { body })).headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException')
  })
})

/** The shortest signer that does for these requests. */
function signed(method: string, path: string, host: string, body: string, dateMs: number): Record<string, string> {
  const date = new Date(dateMs).toISOString().replace(/[-:]|\.\d+/g, '')
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
