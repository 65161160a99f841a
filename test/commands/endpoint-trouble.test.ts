import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chatAnswer, refuse, sendJson, sendStream } from '../support/answers.ts'
import { selfSigned } from '../support/certificate.ts'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { UNKNOWN_HOST, freePort, serve, serveAlways } from '../support/http-server.ts'

const KEY = 'sk-live-9f8e7d6c5b4a39281706'
const PATH = '/v1/chat/completions'

/** For what is waited for until `ready-timeout`: the wait takes no time, and each request all the time it needs. */
const WAITED_FOR = 'standing clock'

/** What the command says when the endpoint cannot be measured, after checking how it says so. */
async function trouble(
  endpoint: string,
  flags: readonly string[] = [],
  system: 'real network' | 'standing clock' = 'real network',
): Promise<string[]> {
  const report = join(temporaryFolder(), 'report.json')
  const args = ['run', '--endpoint', endpoint, '--report-json', report, ...flags]
  const { code, stdout, stderr } = await callHere(args, { env: { PLATEAU_API_KEY: KEY }, system })
  expect({ code, stdout }, stderr).toEqual({ code: 3, stdout: '' })
  expect(stderr).not.toMatch(/^ {4}at |Unexpected error/m)
  expect(stderr).not.toContain(KEY)
  expect(existsSync(report)).toBe(false)
  const lines = stderr.trimEnd().split('\n')
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^ {2}tried: /), expect.stringMatching(/^ {2}remedy: ./)])
  return lines.slice(-3)
}

test('refused connection: nobody waits for a server of this machine that is not there', async () => {
  const port = await freePort()
  expect(await trouble(`http://127.0.0.1:${port}/v1?key=${KEY}`)).toEqual([
    'the connection was refused',
    `  tried: POST http://127.0.0.1:${port}${PATH}`,
    '  remedy: check host and port, and that the server is running',
  ])
})

test('what another CI shows says that nothing was measured, and why', async () => {
  const cwd = temporaryFolder()
  const port = await freePort()
  const files = [
    '--junit',
    'j.xml',
    '--markdown',
    'm.md',
    '--gitlab-note',
    'g.md',
    '--verdict-json',
    'v.json',
    '--csv',
    'l.csv',
  ]
  const { code } = await callHere(['run', '--endpoint', `http://127.0.0.1:${port}/v1?key=${KEY}`, ...files], {
    cwd,
    system: 'real network',
    env: { PLATEAU_API_KEY: KEY, CI_JOB_URL: 'https://gitlab.example.com/jobs/7' },
  })
  expect(code).toBe(3)
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
  expect(read('j.xml')).toMatch(/errors="1"[^]*name="verdict"><error type="plateau" message="[^"]*could not be/)
  expect(read('m.md')).toContain('the connection was refused')
  expect(read('g.md')).toMatch(/the connection was refused[^]*\(https:\/\/gitlab\.example\.com\/jobs\/7\)/)
  expect(JSON.parse(read('v.json'))).toMatchObject({ verdict: 'not-measured', check: 'fail' })
  expect(existsSync(join(cwd, 'l.csv'))).toBe(false)
  for (const name of ['j.xml', 'm.md', 'g.md', 'v.json']) expect(read(name)).not.toContain(KEY)
})

test('unknown host', async () => {
  const [what, tried, remedy] = await trouble(UNKNOWN_HOST)
  expect(what).toBe('the host is unknown')
  expect(tried).toBe(`  tried: POST ${UNKNOWN_HOST}${PATH}`.slice(0, 109 + '  tried: POST '.length))
  expect(remedy).toBe('  remedy: check the host name of endpoint')
})

test('TLS failure', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(8)), { certificate: selfSigned() })
  expect(await trouble(server.url)).toEqual([
    'the certificate of the server is self-signed, and nobody here trusts it',
    `  tried: POST ${server.url}${PATH}`,
    '  remedy: give that certificate in ca-cert, or have one issued by an authority',
  ])
  expect(server.requests).toEqual([])
})

test.each([401, 403])('%i stops at once, and the key it echoes is not shown', async (status) => {
  const server = await serveAlways((response) => refuse(response, status, `Incorrect API key provided: ${KEY}`))
  expect(await trouble(server.url)).toEqual([
    `not authorised: the endpoint answered ${status}: Incorrect API key provided: ***`,
    `  tried: POST ${server.url}${PATH}`,
    '  remedy: set PLATEAU_API_KEY (or api-key), check auth, and that the key may use this model',
  ])
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(server.requests.at(-1)!.headers.authorization).toBe(`Bearer ${KEY}`)
})

test('404', async () => {
  const server = await serveAlways((response) => refuse(response, 404, 'nothing here'))
  expect(await trouble(server.url)).toEqual([
    'the endpoint answered 404: nothing here',
    `  tried: POST ${server.url}${PATH}`,
    '  remedy: check the path of endpoint, api and model',
  ])
})

test('a model that is not there', async () => {
  const server = await serve((response, { method }) =>
    method === 'GET'
      ? sendJson(response, 200, { data: [{ id: 'mistral' }, { id: 'llama-3' }] })
      : refuse(response, 404, 'The model `lama-3` does not exist.'),
  )
  expect(await trouble(server.url, ['--model', 'lama-3'])).toEqual([
    'the endpoint does not have the model: The model lama-3 does not exist.',
    `  tried: POST ${server.url}${PATH}`,
    '  remedy: set model, which is lama-3, to one that it lists: llama-3, mistral',
  ])
})

test('an HTML page', async () => {
  const server = await serveAlways((response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Sign in</title></html>'),
  )
  const [what, , remedy] = await trouble(server.url)
  expect(what).toBe('the answer is not in the format of this API: an HTML page instead of a stream: Sign in')
  expect(remedy).toBe('  remedy: check endpoint and api; a proxy may answer instead of the model')
})

test('an answer that does not stream', async () => {
  const choices = [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }]
  const server = await serveAlways((response) => sendJson(response, 200, { choices }))
  const [what] = await trouble(server.url)
  expect(what).toBe('the answer is not in the format of this API: a whole JSON answer instead of a stream')
  expect(server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([PATH])
})

test('no tokens at all', async () => {
  const server = await serveAlways((response) => sendStream(response, chatAnswer(0)))
  const [what, , remedy] = await trouble(server.url)
  expect(what).toMatch(/^the answer holds no tokens at all and ended at its length limit, /)
  expect(remedy).toContain('check model')
})

test('a redirect is not followed, and the key is not sent on', async () => {
  const other = await serveAlways((response) => sendStream(response, chatAnswer(8)))
  const server = await serveAlways((response) => response.writeHead(302, { location: `${other.url}/?k=${KEY}` }).end())
  const [what, , remedy] = await trouble(server.url)
  expect(what).toBe(
    `the endpoint redirects (302) to ${other.url}/; redirects are not followed, so that the key goes nowhere else`,
  )
  expect(remedy).toContain('set endpoint')
  expect(other.connections).toBe(0)
})

test('a rate limit', async () => {
  const server = await serveAlways((response) => refuse(response, 429, 'slow down', { 'retry-after': '1' }))
  const [what, , remedy] = await trouble(server.url, ['--ready-timeout', '20s'], WAITED_FOR)
  expect(what).toBe('the endpoint refuses requests with 429 (rate limit): slow down')
  expect(remedy).toContain('rate limit')
})

test('the wrong build', async () => {
  const server = await serve((response, { path }) =>
    path === '/version' ? response.end(`build 0ld ${KEY}`) : sendStream(response, chatAnswer(8)),
  )
  expect(await trouble(server.url, ['--expect-version', 'abc123', '--ready-timeout', '20s'], WAITED_FOR)).toEqual([
    'the endpoint does not show version "abc123", it shows "build 0ld *** tiny"',
    `  tried: GET ${server.url}/version`,
    '  remedy: wait for the rollout (ready-timeout), or check expect-version and version-url',
  ])
})
