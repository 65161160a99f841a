import { expect, onTestFinished, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { createAuthorizer, NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import type { Authorizer } from '../../../src/load/ports.ts'
import { findFatalRefusal } from '../../../src/load/explain.ts'
import { getPage, openTransport, sendEach } from '../../../src/load/transport/target.ts'
import type { Target } from '../../../src/load/transport/target.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import type { RequestSpec } from '../../../src/protocol/api.ts'
import type { Settings } from '../../../src/settings.ts'
import { chatAnswer, refuse, sendJson, sendStream } from '../../support/answers.ts'
import { serve } from '../../support/http-server.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { authPorts } from './ports.ts'

const NEVER = new AbortController().signal
const PORTS = { openTransport, signal: NEVER }
const SPEC: RequestSpec = { prompts: ['hello'], outputTokens: 2, nonce: 'n' }
const PATH = '/serving-endpoints/llm/invocations'
const OAUTH = ['--auth', 'databricks-oauth', '--client-id', 'id', '--client-secret', 'secret-0123456789']

/**
 * A workspace that gives out tok-1, tok-2, …, if it gives any, and lets in the newest one, as long as `isOpen` says so.
 */
async function workspace({
  gives = true,
  status = 401,
  isOpen = (_newest: number): boolean => true,
  onFetch = (): void => {},
} = {}) {
  let newest = 0
  const server = await serve((response, { path, headers }) => {
    if (path === '/oidc/v1/token') {
      if (!gives) return undefined
      newest++
      onFetch()
      return sendJson(response, 200, { access_token: `tok-${newest}`, expires_in: 3600 })
    }
    const isLetIn = headers.authorization === `Bearer tok-${newest}` && isOpen(newest)
    if (!isLetIn) return refuse(response, status, 'Invalid access token.')
    return path.startsWith('/version') ? response.end('v1') : sendStream(response, chatAnswer(2))
  })
  return {
    url: server.url,
    asked: (path: string) => server.requests.filter((request) => request.path === path),
    /** What was given out before is worth nothing any more. */
    expire: () => void newest++,
  }
}

function targetOf(settings: Settings, auth: Authorizer): Target {
  const api = findApi('databricks')
  const dialect = {
    task: 'chat',
    model: null,
    fields: new Set<never>(),
    lengthField: 'max_tokens',
    extraBody: {},
  } as const
  return { api, auth, dialect, url: api.url(settings.endpoint, 'chat', null) }
}

async function running(url: string, flags: readonly string[] = OAUTH) {
  const settings = settingsFor(`${url}${PATH}`, flags)
  const ports = authPorts()
  const target = targetOf(settings, createAuthorizer(settings, ports))
  const transport = openTransport(settings, target, ports)
  onTestFinished(() => transport.close())
  return { settings, ports, target, transport, send: async (worker = 0) => transport.send(worker, SPEC, NEVER) }
}

test('32 workers share one token, and the wait for it is part of no request', async () => {
  const server = await workspace({ onFetch: () => ports.pass(50) })
  const { send, ports } = await running(server.url)
  const exchanges = await Promise.all(Array.from({ length: 32 }, async (_, worker) => send(worker)))
  expect(server.asked('/oidc/v1/token')).toHaveLength(1)
  for (const { failure, readyAt } of exchanges) {
    expect(failure).toBeNull()
    expect(readyAt).toBe(50)
  }
})

test('credentials are made before the turn of a worker begins', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(2)))
  const ports = authPorts()
  const auth = {
    ...NO_AUTH,
    headers: () => {
      ports.pass(10)
      return { authorization: 'made' }
    },
  }
  const settings = settingsFor(`${server.url}${PATH}`)
  const transport = openTransport(settings, targetOf(settings, auth), ports)
  onTestFinished(() => transport.close())
  const { readyAt, endAt } = await transport.send(0, SPEC, NEVER)
  expect(server.requests[0]!.headers.authorization).toBe('made')
  expect([readyAt, endAt]).toEqual([10, 10])
})

test('a request that was written before its token was replaced is sent with the new one', async () => {
  const server = await workspace()
  const { send, transport, ports } = await running(server.url)
  await send()
  const written = transport.prepare!(SPEC)
  ports.pass(3_600_000)
  expect((await transport.send(0, written, NEVER)).failure).toBeNull()
  const sent = server.asked(PATH).map(({ headers, body }) => ({ token: headers.authorization, body }))
  expect(sent.map(({ token }) => token)).toEqual(['Bearer tok-1', 'Bearer tok-2'])
  expect(sent[1]!.body).toBe(sent[0]!.body)
})

test('a signature is made when the request is written, and anew where that is a minute ago', async () => {
  const server = await serve((response) => sendStream(response, chatAnswer(2)))
  const ports = authPorts()
  const variables = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret-0123456789',
    AWS_REGION: 'eu-west-1',
  }
  const settings = { ...settingsFor(`${server.url}${PATH}`), auth: { kind: 'aws-sigv4' as const }, variables }
  const transport = openTransport(settings, targetOf(settings, createAuthorizer(settings, ports)), ports)
  onTestFinished(() => transport.close())
  for (const waitedMs of [0, 59_999, 60_000]) {
    const written = transport.prepare!(SPEC)
    ports.pass(waitedMs)
    expect((await transport.send(0, written, NEVER)).failure).toBeNull()
  }
  const dates = server.requests.map(({ headers }) => headers['x-amz-date'])
  expect(dates).toEqual(['20261122T120000Z', '20261122T120000Z', '20261122T120159Z'])
})

test.each([401, 403])('a token that %i refuses in the middle is replaced once for all workers', async (status) => {
  const server = await workspace({ status })
  const { send, ports } = await running(server.url)
  expect((await send()).failure).toBeNull()
  server.expire()
  ports.pass(60_000)
  const refused = await Promise.all(Array.from({ length: 32 }, async (_, worker) => send(worker)))
  for (const { failure, renewed } of refused)
    expect({ failure, renewed }).toEqual({ failure: `http_${status}`, renewed: true })
  expect(server.asked('/oidc/v1/token')).toHaveLength(2)
  const after = await Promise.all(Array.from({ length: 32 }, async (_, worker) => send(worker)))
  for (const { failure, renewed } of after) expect({ failure, renewed }).toEqual({ failure: null, renewed: false })
})

test('a token that is refused after it was replaced is refused for good, and told as one that was good before', async () => {
  const server = await workspace({ isOpen: (newest) => newest < 2 })
  const { send, ports } = await running(server.url)
  await send()
  server.expire()
  ports.pass(60_000)
  expect((await send()).renewed).toBe(true)
  const last = await send()
  expect(last).toMatchObject({ failure: 'http_401', renewed: false, acceptedUntil: expect.any(Date) })
  const error = findFatalRefusal(last, `${server.url}${PATH}`)
  expect(error!.message).toContain('the key was accepted until 12:00:00 UTC and is refused now (401)')
})

test('wrong credentials are not renewed', async () => {
  const server = await workspace({ isOpen: () => false })
  const { send, ports } = await running(server.url)
  ports.pass(60_000)
  const exchange = await send()
  expect(exchange).toMatchObject({ failure: 'http_401', renewed: false })
  expect(exchange.acceptedUntil).toBeUndefined()
  expect(server.asked('/oidc/v1/token')).toHaveLength(1)
})

test('a key that cannot be renewed and is refused in the middle was accepted until then', async () => {
  let isOpen = true
  const server = await serve((response) =>
    isOpen ? sendStream(response, chatAnswer(2)) : refuse(response, 401, 'expired'),
  )
  const { send, ports } = await running(server.url, ['--api-key', 'dapi-0123'])
  await send()
  ports.pass(7_000)
  await send()
  isOpen = false
  ports.pass(60_000)
  const error = findFatalRefusal(await send(), server.url)
  expect(error!.message).toContain('the key was accepted until 12:00:07 UTC and is refused now (401): expired')
  expect(error!.remedy).toContain('databricks-oauth')
})

test('a refusal of what is asked, not of who asks, renews nothing', async () => {
  let guardrail = false
  const server = await serve((response, { path }) => {
    if (path === '/oidc/v1/token') return sendJson(response, 200, { access_token: 'tok', expires_in: 3600 })
    return guardrail ? refuse(response, 403, 'a guardrail refused the prompt') : sendStream(response, chatAnswer(2))
  })
  const { send, ports } = await running(server.url)
  await send()
  guardrail = true
  ports.pass(60_000)
  const exchange = await send()
  expect(exchange).toMatchObject({ failure: 'http_403', renewed: false })
  expect(exchange.acceptedUntil).toBeUndefined()
})

test('what is not timed is sent again with the new token', async () => {
  const server = await workspace()
  const { settings, target, ports } = await running(server.url)
  await sendEach(settings, target, [SPEC], PORTS)
  server.expire()
  ports.pass(60_000)
  const exchanges = await sendEach(settings, target, [SPEC, SPEC], PORTS)
  expect(exchanges.map(({ failure }) => failure)).toEqual([null, null])
})

test('without a token nothing is sent to the endpoint, and the reason is told', async () => {
  const server = await serve((response) => response.writeHead(401).end('{"error":"invalid_client"}'))
  const { send, settings, target } = await running(server.url)
  await expect(send()).rejects.toThrow(EndpointError)
  expect(await getPage(settings, target, new URL('/version', server.url), NEVER)).toBeNull()
  expect(server.requests.map(({ path }) => path)).toEqual(['/oidc/v1/token'])
})

test('a page of the endpoint is read with the token, a page of somebody else without', async () => {
  const server = await workspace()
  const other = await serve((response) => response.end('other'))
  const { settings, target } = await running(server.url)
  expect(await getPage(settings, target, new URL('/version', server.url), NEVER)).toEqual({ status: 200, text: 'v1' })
  expect(await getPage(settings, target, new URL(other.url), NEVER)).toEqual({ status: 200, text: 'other' })
  expect(other.requests[0]!.headers.authorization).toBeUndefined()
})

test('a run that is cancelled while it waits for its token sends nothing', async () => {
  const server = await workspace({ gives: false })
  const { settings, target } = await running(server.url)
  const cancel = new AbortController()
  const sent = sendEach(settings, target, [SPEC], { openTransport, signal: cancel.signal })
  await expect.poll(() => server.asked('/oidc/v1/token').length).toBe(1)
  cancel.abort()
  expect(await sent).toMatchObject([{ cancelled: true, failure: null, status: null }])
  expect(server.asked(PATH)).toEqual([])
})
