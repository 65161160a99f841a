import { describe, expect, onTestFinished, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { assumeTarget } from '../../../src/load/preflight/candidates.ts'
import { findOtherVersion, waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import type { Ready } from '../../../src/load/preflight/readiness.ts'
import { USER_AGENT } from '../../../src/version.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import type { SimulatorOptions } from '../../../src/simulator/settings/options.ts'
import { bodyOf, chatAnswer, refuse, sendJson, sendStream } from '../../support/answers.ts'
import { selfSigned } from '../../support/certificate.ts'
import { anExchange } from '../../support/exchanges.ts'
import { UNKNOWN_HOST, freePort, serve, serveRaw } from '../../support/http-server.ts'
import type { Seen } from '../../support/http-server.ts'
import { LOOP_CLOCK } from '../../support/loop-clock.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import type { TestPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

const KEY = 'sk-readiness-0123456789'

async function ready(endpoint: string, flags: readonly string[] = [], ports: TestPorts = testPorts()): Promise<Ready> {
  return waitUntilReady(settingsFor(endpoint, flags, { 'ca.pem': CERTIFICATE.cert }), ports)
}

/** The error that waiting for `endpoint` ends with. */
async function errorOf(
  endpoint: string,
  flags: readonly string[] = [],
  ports: TestPorts = testPorts(),
): Promise<EndpointError> {
  const outcome: unknown = await ready(endpoint, flags, ports).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  return outcome as EndpointError
}

async function simulate(options: Partial<SimulatorOptions> = {}): Promise<string> {
  const engine = { overheadMs: 0, prefillMsPerToken: 0, decodeMs: 1, decodeMsPerSequence: 0 }
  const simulator = await startSimulator({ engine, ...options }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  return simulator.url
}

function posts(requests: readonly Seen[]): Seen[] {
  return requests.filter(({ method }) => method === 'POST')
}

const CERTIFICATE = selfSigned()

describe('waiting', () => {
  test('a server that is loading is waited for, as long as it asks', async () => {
    const server = await serve((response, { method }, index) => {
      if (method === 'GET') return sendJson(response, 404, {})
      return index < 4 ? refuse(response, 503, 'loading', { 'retry-after': '7' }) : sendStream(response, chatAnswer(8))
    })
    const ports = testPorts()
    const { target, servedModel } = await ready(server.url, [], ports)
    expect(target.api.name).toBe('openai-chat')
    expect(target.url.href).toBe(`${server.url}/v1/chat/completions`)
    expect(servedModel).toBe('tiny')
    expect(ports.pauses).toEqual([7000, 7000])
    expect(ports.lines[0]).toMatch(/^waiting for the endpoint, at most 600 s more \(ready-timeout\): .*503.*loading/)
  })

  test.each([
    ['a state with 200', 200, { status: 'loading model' }],
    ['a state with 200, in another word', 200, { state: 'LOADING', progress: 0.4 }],
    ['an error with 200', 200, { error: { message: 'Model is warming up' } }],
    ['a flag with 200', 200, { ready: false }],
    ['a flag with 200, beside others', 200, { healthy: true, model_loaded: false }],
    ['a 400', 400, { error: 'Model m is currently loading' }],
    ['a 404', 404, { detail: 'Model m is not ready' }],
    ['a 409', 409, { message: 'The model is being loaded' }],
  ])('a server that says so with %s is waited for, and nothing else is tried', async (_, status, body) => {
    const server = await serve((response, { method }) => {
      if (method === 'GET') return sendJson(response, 404, {})
      return posts(server.requests).length < 3 ? sendJson(response, status, body) : sendStream(response, chatAnswer(8))
    })
    const ports = testPorts()
    expect((await ready(server.url, ['--model', 'm'], ports)).target.url.pathname).toBe('/v1/chat/completions')
    expect(ports.lines[0]).toContain(`the model is still loading (${status})`)
    expect(posts(server.requests).map(({ path }) => path)).toEqual(Array(3).fill('/v1/chat/completions'))
  })

  test('what could not be loaded, and an answer that speaks of loading, are not waited for', async () => {
    const failed = await serve((response) => refuse(response, 400, 'error loading model: no such file'))
    const choices = [{ message: { role: 'assistant', content: 'Loading model now' }, finish_reason: 'stop' }]
    const whole = await serve((response) => sendJson(response, 200, { choices }))
    for (const { url } of [failed, whole]) {
      const ports = testPorts()
      expect((await errorOf(url, ['--model', 'm'], ports)).message).not.toContain('still loading')
      expect(ports.pauses).toEqual([])
    }
  })

  test('a server that is not there yet is waited for', async () => {
    const port = await freePort()
    const ports = testPorts({
      onPause: async (index) => {
        if (index === 2) await serve((response) => sendStream(response, chatAnswer(8)), { port })
      },
    })
    expect((await ready(`http://127.0.0.1:${port}`, ['--model', 'm'], ports)).servedModel).toBe('tiny')
    expect(ports.pauses).toHaveLength(3)
  })

  test('it gives up after ready-timeout and says what it tried and what to do', async () => {
    const port = await freePort()
    const ports = testPorts()
    const error = await errorOf(`http://127.0.0.1:${port}`, ['--ready-timeout', '20s'], ports)
    expect(error.message.split('\n')).toEqual([
      expect.stringMatching(/^the connection was refused/),
      `  tried: POST http://127.0.0.1:${port}/v1/chat/completions`,
      '  remedy: check host and port, and that the server is running',
    ])
    expect(ports.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(20_000)
  })

  test.each([
    [{ status: 200, tokenEvents: 0, failure: 'timeout_total' }, /: the answer had begun \(200\) and not ended$/],
    [{ status: 200, tokenEvents: 3, failure: 'timeout_total' }, /and not ended, in the middle of its tokens$/],
    [
      { status: null, failure: 'connect', trouble: { name: 'no-connection', detail: null } },
      /: there was no connection yet$/,
    ],
    [
      { status: null, failure: 'tls', trouble: { name: 'no-handshake', detail: null } },
      /: it was connected, and the TLS handshake had not ended$/,
    ],
  ] as const)('how far the answer had come that ready-timeout cut is told: %j', async (facts, says) => {
    const ports = testPorts({
      openTransport: () => ({
        async send() {
          ports.pass(1_001)
          return anExchange(facts)
        },
        async close() {},
      }),
    })
    const { what } = await errorOf(
      `http://127.0.0.1:${await freePort()}`,
      ['--model', 'm', '--ready-timeout', '1s'],
      ports,
    )
    expect(what).toMatch(says)
  })

  test('a request that request-timeout ends is not laid on ready-timeout', async () => {
    const ports = testPorts()
    const server = await serve(() => ports.pass(3_601_000))
    const flags = ['--model', 'm', '--ready-timeout', '1h', '--request-timeout', '1s']
    const { message } = await errorOf(server.url, flags, ports)
    expect(message).toMatch(/^the endpoint did not answer in time\n/)
    expect(message).toContain('raise `request-timeout`')
  })

  test('a port of this machine that refuses is not waited for where no server is starting beside us', async () => {
    const port = await freePort()
    for (const host of ['127.0.0.1', 'localhost']) {
      const ports = { ...testPorts(), awaitsLocalServer: false }
      expect((await errorOf(`http://${host}:${port}`, ['--model', 'm'], ports)).what).toBe('the connection was refused')
      expect(ports.pauses).toEqual([])
    }
    const ports = { ...testPorts(), awaitsLocalServer: false }
    const proxy = ['--proxy', `http://127.0.0.1:${port}`]
    expect((await errorOf('http://llm.example', ['--model', 'm', ...proxy], ports)).what).toBe(
      'the proxy refused the connection',
    )
    expect(ports.pauses).toEqual([])
  })

  test('a server of this machine that is loading is waited for all the same', async () => {
    const server = await serve((response, _, index) =>
      index === 0 ? refuse(response, 503, 'loading') : sendStream(response, chatAnswer(8)),
    )
    const ports = { ...testPorts(), awaitsLocalServer: false }
    await ready(server.url, ['--model', 'm'], ports)
    expect(ports.pauses).toEqual([500])
  })

  test('a server that only ever loads is not told to check its settings', async () => {
    const server = await serve((response) => refuse(response, 503, 'loading the model'))
    const { message, remedy } = await errorOf(server.url, ['--ready-timeout', '5s'])
    expect(message).toContain('503')
    expect(message).toContain('loading the model')
    expect(remedy).toContain('ready-timeout')
  })

  test('a server that accepts and keeps silent is not waited for any longer than ready-timeout', async () => {
    const ports = testPorts()
    // Without the limit it would be waited for until the 300 s of request-timeout are over.
    const server = await serve(() => ports.pass(1_001))
    const { message } = await errorOf(server.url, ['--model', 'm', '--ready-timeout', '1s'], ports)
    expect(message).toMatch(
      /^the endpoint did not answer in the 1 s that `ready-timeout` \(1 s\) left for it: it was connected, and no answer had begun\n/,
    )
    expect(message).toContain('raise `ready-timeout`')
    expect(posts(server.requests)).toHaveLength(1)
    expect(ports.pauses).toEqual([])
  })

  test('no request waits for longer than is left, but for a second, without which none could be answered', async () => {
    const waits: number[] = []
    const ports = testPorts({
      openTransport: ({ requestTimeoutMs }) => ({
        async send() {
          waits.push(requestTimeoutMs)
          ports.pass(requestTimeoutMs)
          return anExchange({ failure: 'timeout_first_byte', status: null, headers: null })
        },
        async close() {},
      }),
    })
    const flags = ['--model', 'm', '--ready-timeout', '20s', '--request-timeout', '3s']
    const { message } = await errorOf('http://127.0.0.1:1', flags, ports)
    expect(message).toContain('did not answer in the 1 s that `ready-timeout` (20 s) left for it')
    expect(waits).toEqual([3_000, 3_000, 3_000, 3_000, 1_000])
    expect(ports.pauses).toEqual([500, 1_000, 2_000, 4_000])
    expect(ports.clock.now()).toBe(20_500)
  })

  test('a rate limit is waited for', async () => {
    const server = await serve((response, _, index) =>
      index === 0 ? refuse(response, 429, 'slow down', { 'retry-after': '3' }) : sendStream(response, chatAnswer(8)),
    )
    const ports = testPorts()
    await ready(server.url, ['--model', 'm'], ports)
    expect(ports.pauses).toEqual([3000])
  })

  test('it ends when it is cancelled', async () => {
    const controller = new AbortController()
    const ports = testPorts({ signal: controller.signal, onPause: () => controller.abort() })
    await errorOf(`http://127.0.0.1:${await freePort()}`, [], ports)
    expect(ports.pauses).toHaveLength(1)
  })
})

describe('what waiting does not mend ends at once', () => {
  test.each([
    [401, 'not authorised: the endpoint answered 401: no such key', 'api-key'],
    [403, 'not authorised: the endpoint answered 403: no such key', 'api-key'],
    [404, 'the endpoint answered 404: no such key', 'the path of `endpoint`'],
    [400, 'the endpoint refused the request with 400: no such key', '`model`'],
  ])('%i', async (status, what, remedy) => {
    const server = await serve((response) => refuse(response, status, 'no such key'))
    const ports = testPorts()
    const error = await errorOf(`${server.url}/v1/chat/completions?key=${KEY}`, ['--api-key', KEY], ports)
    expect(error.message.split('\n')[0]).toBe(what)
    expect(error.tried).toBe(`POST ${server.url}/v1/chat/completions`)
    expect(error.remedy).toContain(remedy)
    expect(error.message).not.toContain(KEY)
    expect(ports.pauses).toEqual([])
    if (status === 401 || status === 403) expect(posts(server.requests)).toHaveLength(1)
  })

  test('a redirect is not followed, and the key stays here', async () => {
    const other = await serve((response) => sendStream(response, chatAnswer(8)))
    const location = `${other.url}/v1/chat/completions?token=secret`
    const server = await serve((response) => response.writeHead(308, { location }).end())
    const error = await errorOf(server.url, ['--api-key', KEY])
    expect(error.message).toContain(`redirects (308) to ${other.url}/v1/chat/completions;`)
    expect(error.remedy).toBe(`set \`endpoint\` to ${other.url}/v1/chat/completions, if you trust it`)
    expect(error.message).not.toContain('secret')
    expect(other.connections).toBe(0)
  })

  test('a redirect to a page to sign in is no address to measure', async () => {
    const server = await serve((response) => response.writeHead(302, { location: '/oauth2/sign_in?rd=secret' }).end())
    const error = await errorOf(server.url, ['--api-key', KEY])
    expect(error.message).toContain(`redirects (302) to ${server.url}/oauth2/sign_in;`)
    expect(error.remedy).toContain('the key')
    expect(error.message).not.toContain('secret')
  })

  test.each([403, 406])(
    'a page of a firewall with %i is not taken for the server’s word about the key',
    async (status) => {
      const server = await serve((response) => {
        response.writeHead(status, { 'content-type': 'text/html' })
        response.end('<html><head><title>Access Denied</title></head></html>')
      })
      const error = await errorOf(server.url, ['--api-key', KEY])
      expect(error.what).toBe(
        `a firewall or proxy refuses the request with a page of its own (${status}): Access Denied`,
      )
      expect(error.remedy).toContain(USER_AGENT)
    },
  )

  test.each(['Access denied: browser signature banned', 'Request blocked by firewall policy'])(
    'nor are the words of one in JSON: %s',
    async (message) => {
      const server = await serve((response) => sendJson(response, 403, { error_code: 1010, message }))
      const error = await errorOf(server.url, ['--api-key', KEY])
      expect(error.what).toContain('a firewall or proxy refuses the request (403)')
      expect(error.remedy).toContain(USER_AGENT)
    },
  )

  test('a path that takes no POST, and an answer that holds nothing, are told as that', async () => {
    const error = async (status: number) =>
      (
        await errorOf((await serve((response) => response.writeHead(status).end())).url, [
          '--model',
          'm',
          '--api',
          'openai-chat',
        ])
      ).what
    expect(await error(405)).toBe('the path does not accept POST (405)')
    expect(await error(204)).toBe('the endpoint answered 204 instead of 200')
  })

  test('an answer in another form is told with the words in it', async () => {
    const server = await serve((response) => sendJson(response, 200, { detail: 'Try the other door' }))
    const error = await errorOf(server.url, ['--model', 'm', '--api', 'openai-chat'])
    expect(error.what).toContain('a whole JSON answer instead of a stream: Try the other door')
    const closed = await serve((response) => sendJson(response, 200, { detail: 'Not authenticated' }))
    expect((await errorOf(closed.url, ['--model', 'm'])).what).toContain('not authorised: the endpoint answered 200')
  })

  test.each([
    [400, 'Budget has been exceeded! Current cost: 1.2, Max budget: 1.0'],
    [400, 'Your credit balance is too low to access the API'],
    [429, 'You exceeded your current quota, please check your plan and billing details.'],
  ])('an account that is empty is told from a rate limit: %i %s', async (status, message) => {
    const server = await serve((response) => sendJson(response, status, { error: { message } }))
    const error = await errorOf(server.url, ['--model', 'm', '--api', 'openai-chat', '--ready-timeout', '1s'])
    expect(error.what).toContain(
      `the account of this key is empty, or a quota of it is used up (${status}): ${message}`,
    )
    expect(error.remedy).toMatch(/^top up the account/)
  })

  test('every request says who sends it, unless the user says it otherwise', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(8)))
    await ready(server.url)
    expect(server.requests.length).toBeGreaterThan(1)
    for (const { headers } of server.requests) expect(headers['user-agent']).toBe(USER_AGENT)
    const own = await serve((response) => sendStream(response, chatAnswer(8)))
    await ready(own.url, ['--headers', 'User-Agent: mine/1'])
    for (const { headers } of own.requests) expect(headers['user-agent']).toBe('mine/1')
  })

  test.each([
    ['LiteLLM without a database', 400, 'No connected db.'],
    ['LiteLLM of before', 500, 'Authentication Error, invalid user key'],
    ['xAI', 400, 'Incorrect API key provided: sk-***'],
    ['a gateway that validates', 422, 'invalid access token'],
    ['a service that answers everything with 200', 200, 'login fail: please carry the API secret key'],
    ['FastAPI behind a gateway that says 200', 200, 'Not authenticated'],
  ])('a key that is not accepted: %s', async (_, status, message) => {
    const server = await serve((response) => sendJson(response, status, { error: { message } }))
    const ports = testPorts()
    const error = await errorOf(server.url, ['--model', 'm', '--api-key', KEY], ports)
    expect(error.what).toContain(`not authorised: the endpoint answered ${status}`)
    expect(error.remedy).toContain('PLATEAU_API_KEY')
    expect([posts(server.requests).length, ports.pauses]).toEqual([1, []])
  })

  test('an unknown host', async () => {
    const ports = testPorts()
    const error = await errorOf(UNKNOWN_HOST, [], ports)
    expect(error.message).toContain('the host is unknown')
    expect(error.remedy).toContain('`endpoint`')
    expect(ports.pauses).toEqual([])
  })

  describe('a proxy that does not lead to the endpoint is told from the endpoint', () => {
    /** A proxy that answers whatever it is asked with this status. */
    const answering = async (status: string): Promise<readonly string[]> => {
      const { url } = await serveRaw((socket) =>
        socket.on('data', () => socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)),
      )
      return ['--model', 'm', '--proxy', url]
    }

    test.each(['http://llm.example', 'https://llm.example'])('by 407, for %s', async (endpoint) => {
      const ports = testPorts()
      const { what, remedy } = await errorOf(endpoint, await answering('407 Proxy Authentication Required'), ports)
      expect(what).toBe('the proxy requires a login, and does not accept the one in `proxy` (407)')
      expect(remedy).toContain('http://user:password@host:port')
      expect(ports.pauses).toEqual([])
    })

    test.each(['403 Forbidden', '405 Method Not Allowed'])('by %s', async (status) => {
      const ports = testPorts()
      const { what } = await errorOf('https://llm.example', await answering(status), ports)
      expect(what).toBe(`the proxy does not lead to the endpoint (it answers ${status.slice(0, 3)})`)
      expect(ports.pauses).toEqual([])
    })

    test('by 502, which may pass', async () => {
      const ports = testPorts()
      const flags = [...(await answering('502 Bad Gateway')), '--ready-timeout', '1s']
      const { what } = await errorOf('https://llm.example', flags, ports)
      expect(what).toBe('the proxy does not reach the endpoint (it answers 502)')
      expect(ports.pauses).toEqual([500, 500])
    })

    test('by a host name that nobody knows', async () => {
      const ports = testPorts()
      const { what } = await errorOf('http://llm.example', ['--model', 'm', '--proxy', UNKNOWN_HOST], ports)
      expect(what).toBe('the host of the proxy is unknown')
      expect(ports.pauses).toEqual([])
    })
  })

  test('what cannot be reached names the proxy of the environment that is not used', async () => {
    const reach = async (url: string): Promise<unknown> =>
      waitUntilReady(
        settingsFor(url, ['--model', 'm'], {}, { HTTP_PROXY: `http://u:${KEY}@proxy.example` }),
        testPorts(),
      ).catch((error: unknown) => error)
    const { remedy, message } = (await reach(UNKNOWN_HOST)) as EndpointError
    expect(remedy).toBe(
      'check the host name of `endpoint`; HTTP_PROXY is set, and is used only when it is given as `proxy`',
    )
    expect(message).not.toContain(KEY)
    const refusing = await serve((response) => refuse(response, 401, 'no such key'))
    expect(((await reach(refusing.url)) as EndpointError).remedy).not.toContain('HTTP_PROXY')
  })

  test('a certificate that is not trusted; ca-cert makes it so', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(8)), { certificate: CERTIFICATE })
    const error = await errorOf(server.url)
    expect(error.message).toContain('the certificate of the server is self-signed')
    expect(error.remedy).toContain('`ca-cert`')
    expect(server.requests).toEqual([])
    expect((await ready(server.url, ['--ca-cert', 'ca.pem'])).servedModel).toBe('tiny')
  })

  test.each([
    ['html', 'an HTML page instead of a stream: Simulated page'],
    ['json', 'a whole JSON answer instead of a stream'],
    ['empty', 'the answer is empty'],
  ])('an answer of the wrong kind: %s', async (fault, what) => {
    const url = await simulate()
    const ports = testPorts()
    const error = await errorOf(url, ['--headers', `x-simulate-fault: ${fault}`], ports)
    expect(error.message).toContain(what)
    expect(error.tried).toBe(`POST ${url}/v1/chat/completions`)
    expect(ports.pauses).toEqual([])
  })

  test("the server's words are fit to be shown", async () => {
    const server = await serve((response) => refuse(response, 401, '\u202Eevil\n::error::x\u001b[31m \u200bend'))
    const { message } = await errorOf(server.url)
    expect(message.split('\n')).toHaveLength(3)
    expect(message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u200b]/u)
  })
})

describe('finding the API', () => {
  /** A server that knows only these paths. */
  async function knowing(paths: Readonly<Record<string, string>>) {
    return serve((response, { method, path }) => {
      const answer = paths[path]
      if (method === 'GET' || answer === undefined) return refuse(response, 404, `${path} does not exist`)
      return answer.startsWith('{') ? sendJson(response, 200, JSON.parse(answer)) : sendStream(response, answer)
    })
  }
  const COMPLETION = [
    { choices: [{ index: 0, text: ' a', finish_reason: null }] },
    { choices: [{ index: 0, text: ' b', finish_reason: 'length' }] },
  ]
    .map((json) => `data: ${JSON.stringify(json)}\n\n`)
    .join('')
  const EMBEDDING = JSON.stringify({ data: [{ embedding: [0.1, 0.2] }], usage: { prompt_tokens: 4 } })

  test.each([
    ['/v1/chat/completions', chatAnswer(8), 'openai-chat', 'chat'],
    ['/v1/completions', `${COMPLETION}data: [DONE]\n\n`, 'openai-completions', 'completions'],
    ['/v1/embeddings', EMBEDDING, 'openai-embeddings', 'embeddings'],
  ])('from a base URL: only %s', async (path, answer, api, task) => {
    const server = await knowing({ [path]: answer })
    for (const base of ['', '/v1', '/v1/']) {
      const { target } = await ready(server.url + base)
      expect({ api: target.api.name, task: target.dialect.task, path: target.url.pathname }).toEqual({
        api,
        task,
        path,
      })
    }
  })

  test('a full URL is taken at its word', async () => {
    const server = await knowing({ '/v1/completions': `${COMPLETION}data: [DONE]\n\n` })
    expect((await ready(`${server.url}/v1/completions`)).target.api.name).toBe('openai-completions')
    const error = await errorOf(`${server.url}/v1/chat/completions`)
    expect(error.tried).toBe(`POST ${server.url}/v1/chat/completions`)
    expect(posts(server.requests).map(({ path }) => path)).toEqual(['/v1/completions', '/v1/chat/completions'])
  })

  test('an API that is named is not doubted', async () => {
    const server = await knowing({ '/v1/completions': `${COMPLETION}data: [DONE]\n\n` })
    expect((await errorOf(server.url, ['--api', 'openai-chat'])).message).toContain('404')
    expect(posts(server.requests).map(({ path }) => path)).toEqual(['/v1/chat/completions'])
  })

  test('where nothing answers, the likeliest is what the error is about', async () => {
    const server = await knowing({})
    const error = await errorOf(server.url)
    expect(error.tried).toBe(`POST ${server.url}/v1/chat/completions`)
    expect(posts(server.requests).map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/rerank',
      '/v1/score',
    ])
  })

  test.each(['chat', 'completions', 'embeddings'] as const)(
    'the task of a Databricks endpoint without a page: %s',
    async (task) => {
      const answers = { chat: chatAnswer(8), completions: `${COMPLETION}data: [DONE]\n\n`, embeddings: EMBEDDING }
      const members = { chat: 'messages', completions: 'prompt', embeddings: 'input' }
      const server = await serve((response, seen) => {
        if (seen.method === 'GET') return sendJson(response, 404, {})
        if (!(members[task] in bodyOf(seen)))
          return sendJson(response, 400, { error_code: 'BAD_REQUEST', message: 'no' })
        const answer = answers[task]
        return task === 'embeddings' ? sendJson(response, 200, JSON.parse(answer)) : sendStream(response, answer)
      })
      const path = '/serving-endpoints/llama/invocations'
      const { target } = await ready(server.url + path)
      expect(target.api.name).toBe('databricks')
      expect(target.dialect).toMatchObject({ task, model: null })
      expect(posts(server.requests).every((seen) => seen.path === path && !('model' in bodyOf(seen)))).toBe(true)
    },
  )

  test('a model that refuses max_tokens is asked with max_completion_tokens', async () => {
    const server = await serve((response, seen) => {
      if (seen.method === 'GET') return sendJson(response, 200, { data: [] })
      if ('max_completion_tokens' in bodyOf(seen)) return sendStream(response, chatAnswer(8))
      return refuse(response, 400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    })
    expect((await ready(server.url)).target.dialect.lengthField).toBe('max_completion_tokens')
  })
})

describe('the model', () => {
  test('that the server lists first is asked for, and said so', async () => {
    const server = await serve((response, { method }) =>
      method === 'GET'
        ? sendJson(response, 200, { data: [{ id: 'llama\n::error::8b' }, { id: 'other' }] })
        : sendStream(response, chatAnswer(8)),
    )
    const ports = testPorts()
    const { target } = await ready(server.url, ['--api-key', KEY], ports)
    expect(target.dialect.model).toBe('llama\n::error::8b')
    expect(ports.lines).toEqual(['model: llama ::error::8b, the first of 2 that the endpoint lists'])
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models',
      'POST /v1/chat/completions',
    ])
    expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test('that is named is asked for, without a look at the list', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(8)))
    expect((await ready(server.url, ['--model', 'mine'])).target.dialect.model).toBe('mine')
    expect(bodyOf(server.requests[0]!)).toMatchObject({ model: 'mine' })
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    ['no list', 404, {}],
    ['no JSON', 200, 'text'],
    ['another shape', 200, { data: [null, { name: 'x' }] }],
  ])('is left out where there is %s', async (_, status, json) => {
    const server = await serve((response, { method }) =>
      method === 'GET' ? sendJson(response, status, json) : sendStream(response, chatAnswer(8)),
    )
    expect((await ready(server.url)).target.dialect.model).toBeNull()
    expect(bodyOf(server.requests.at(-1)!)).not.toHaveProperty('model')
  })
})

describe('the expected version', () => {
  /** A server that shows versions, one after the other. */
  async function showing(versions: readonly string[], model = 'tiny') {
    let shown = 0
    return serve((response, { method, path }) => {
      if (path === '/version') return sendJson(response, 200, { sha: versions[Math.min(shown++, versions.length - 1)] })
      return method === 'GET' ? refuse(response, 404, 'no') : sendStream(response, chatAnswer(8, { model }))
    })
  }

  test('is waited for', async () => {
    const server = await showing(['0ld', '0ld', 'abc123'])
    const ports = testPorts()
    expect(await ready(server.url, ['--expect-version', 'abc123'], ports)).toMatchObject({ build: 'abc123' })
    expect(ports.pauses).toHaveLength(2)
    expect(ports.lines.join('\n')).toContain('does not show version "abc123", it shows "{"sha":"0ld"} tiny"')
  })

  test('may be shown by the model', async () => {
    const server = await showing(['other'], 'llama-abc123')
    expect((await ready(server.url, ['--expect-version', 'abc123'])).build).toBe('abc123')
  })

  test('that never comes is an error that says what is shown', async () => {
    const server = await showing(['0ld\u202e\n'])
    const error = await errorOf(server.url, ['--expect-version', 'abc123', '--ready-timeout', '10s'])
    expect(error.message).toContain('does not show version "abc123", it shows "{"sha":"0ld')
    expect(error.message).not.toContain('\u202e')
    expect(error.tried).toBe(`GET ${server.url}/version`)
    expect(error.remedy).toContain('`ready-timeout`')
  })

  test('is looked for without the key on another host', async () => {
    const server = await serve((response) => sendStream(response, chatAnswer(8)))
    const version = await serve((response) => sendJson(response, 200, 'abc123'))
    const flags = ['--api-key', KEY, '--expect-version', 'abc123', '--version-url', `${version.url}/build`]
    expect((await ready(server.url, flags)).build).toBe('abc123')
    expect(version.requests.map(({ path }) => path)).toEqual(['/build'])
    expect(JSON.stringify(version.requests)).not.toContain(KEY)
  })

  test('is checked once more at the end', async () => {
    const server = await showing(['abc123', 'new'])
    const settings = settingsFor(server.url, ['--expect-version', 'abc123'])
    const { signal } = new AbortController()
    const target = assumeTarget(settings, testPorts())
    expect(await findOtherVersion(settings, target, 'tiny', signal)).toBeNull()
    expect(await findOtherVersion(settings, target, 'tiny', signal)).toBe('{"sha":"new"} tiny')
    expect(await findOtherVersion(settingsFor(server.url), target, 'tiny', signal)).toBeNull()
  })
})
