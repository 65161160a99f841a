import { describe, expect, test } from 'vitest'
import { createAuthorizer, createTokenAuthorizer } from '../../../src/load/auth/authorizers.ts'
import type { SignedRequest, Token } from '../../../src/vendors/vendor.ts'
import type { KeyPlace } from '../../../src/protocol/api.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { START, authPorts } from './ports.ts'
import { EndpointError } from '../../../src/errors.ts'

const URL_TEXT = 'http://127.0.0.1:8000/v1/chat/completions'
const REQUEST: SignedRequest = { method: 'POST', url: new URL(URL_TEXT), body: '{}' }
const NEVER = new AbortController().signal

function headersOf(flags: string, place: KeyPlace = 'bearer', endpoint = URL_TEXT) {
  const settings = settingsFor(endpoint, flags === '' ? [] : flags.split(' '))
  return createAuthorizer(settings, authPorts()).headers(REQUEST, place)
}

describe('a key', () => {
  test.each<[string, string, KeyPlace, Readonly<Record<string, string>>]>([
    ['goes where the API wants it', '--api-key k', { header: 'x-api-key' }, { 'x-api-key': 'k' }],
    ['is a bearer token where the API wants one', '--api-key k', 'bearer', { authorization: 'Bearer k' }],
    ['is one wherever the user says so', '--api-key k --auth bearer', { header: 'x' }, { authorization: 'Bearer k' }],
    ['goes into the header that the user names', '--api-key k --auth header:X-Key', { header: 'x' }, { 'x-key': 'k' }],
    ['is not there', '', { header: 'x-api-key' }, {}],
    ['is not asked for', '--auth none', 'bearer', {}],
  ])('%s', (_, flags, place, expected) => {
    expect(headersOf(flags, place)).toEqual(expected)
  })

  test('of a user and a password is sent as Basic', () => {
    const basic = Buffer.from('user:pass:word').toString('base64')
    expect(headersOf('--api-key user:pass:word --auth basic', { header: 'x' })).toEqual({
      authorization: `Basic ${basic}`,
    })
  })

  test('of Databricks that stands alone belongs to the user "token"', () => {
    const endpoint = 'https://w.cloud.databricks.com/serving-endpoints/llm/invocations'
    const basic = Buffer.from('token:dapi-1').toString('base64')
    expect(headersOf('--api-key dapi-1 --auth basic', 'bearer', endpoint)).toEqual({ authorization: `Basic ${basic}` })
  })

  test('has nothing to fetch and nothing to renew, and is known to have been let in', async () => {
    const ports = authPorts()
    const auth = createAuthorizer(settingsFor(URL_TEXT, ['--api-key', 'k']), ports)
    const sent = auth.headers(REQUEST, 'bearer')
    expect(auth.acceptedUntil()).toBeNull()
    ports.pass(5_000)
    auth.noteAccepted(sent)
    ports.pass(60_000)
    expect(auth.acceptedUntil()).toEqual(new Date(START.getTime() + 5_000))
    expect(auth.stale).toBe(false)
    await auth.refresh(NEVER)
    expect(await auth.renew(sent, NEVER)).toBe(false)
  })
})

test('AWS requests are signed for the region of the host, at the time of the wall clock, with what is sent', () => {
  const url = new URL('https://bedrock-runtime.eu-west-1.amazonaws.com/model/a%3A0/converse-stream')
  const variables = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' }
  const settings = { ...settingsFor(url.href), auth: { kind: 'aws-sigv4' } as const, variables }
  const auth = createAuthorizer(settings, authPorts())
  const headers = auth.headers({ method: 'POST', url, body: '{"a":1}' }, 'bearer')
  expect(headers).toEqual({
    'x-amz-date': '20261122T120000Z',
    'x-amz-security-token': 'session',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261122\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    ),
  })
  expect(auth.headers({ method: 'POST', url, body: '{"a":2}' }, 'bearer')).not.toEqual(headers)
  expect(JSON.stringify(headers)).not.toContain('secret')
})

const HOUR = 3_600_000
/** A token endpoint whose answers the test gives, one after another: t1, t2, … */
function authorizer({
  lifetimeMs = HOUR,
  requestTimeoutMs = 300_000,
}: { lifetimeMs?: number | null; requestTimeoutMs?: number } = {}) {
  const ports = authPorts()
  const waiting: { resolve: (token: Token) => void; reject: (error: unknown) => void }[] = []
  let fetched = 0
  const auth = createTokenAuthorizer(
    async (signal) => {
      fetched++
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        waiting.push({ resolve, reject })
      })
    },
    { requestTimeoutMs },
    ports,
  )
  return {
    auth,
    ports,
    fetches: () => fetched,
    sent: () => auth.headers(REQUEST, 'bearer'),
    /** Answers the newest fetch. */
    answer: () => waiting.pop()!.resolve({ value: `t${fetched}`, lifetimeMs }),
    fail: () => waiting.pop()!.reject(new EndpointError('down', { tried: 'POST', remedy: 'wait' })),
    async prepared() {
      const done = auth.refresh(NEVER)
      this.answer()
      await done
      return this
    },
  }
}

test('the token is fetched once for all who wait, and hidden before anything is sent with it', async () => {
  const { auth, ports, answer, fetches, sent } = authorizer()
  expect(auth.stale).toBe(true)
  expect(sent()).toEqual({})
  const all = Promise.all(Array.from({ length: 32 }, async () => auth.refresh(NEVER)))
  answer()
  await all
  expect(fetches()).toBe(1)
  expect(auth.stale).toBe(false)
  expect(sent()).toEqual({ authorization: 'Bearer t1' })
  expect(ports.hidden).toEqual(['t1'])
  await auth.refresh(NEVER)
  expect(fetches()).toBe(1)
})

test.each([
  ['a long request fits in before the end, up to two minutes', HOUR, 300_000, HOUR - 120_000],
  ['a shorter request needs less', HOUR, 60_000, HOUR - 60_000],
  ['never less than servers ask for', HOUR, 5_000, HOUR - 40_000],
  ['a short-lived one is used half its life', 60_000, 300_000, 30_000],
])('when a token is replaced: %s', async (_, lifetimeMs, requestTimeoutMs, staleAt) => {
  const { auth, ports, sent, answer } = await authorizer({ lifetimeMs, requestTimeoutMs }).prepared()
  ports.pass(staleAt - 1)
  expect(auth.stale).toBe(false)
  ports.pass(1)
  expect(auth.stale).toBe(true)
  const done = auth.refresh(NEVER)
  answer()
  await done
  expect(sent()).toEqual({ authorization: 'Bearer t2' })
  expect(auth.stale).toBe(false)
})

test('a token that is good for no time is not fetched anew for every request', async () => {
  const { auth, ports } = await authorizer({ lifetimeMs: 0.001 }).prepared()
  ports.pass(499)
  expect(auth.stale).toBe(false)
})

test('a token that does not say how long it lives is kept until it is refused', async () => {
  const { auth, ports } = await authorizer({ lifetimeMs: null }).prepared()
  ports.pass(1_000 * HOUR)
  expect(auth.stale).toBe(false)
})

test('a fetch that its asker gives up is made again for those who still wait', async () => {
  const { auth, answer, fetches, sent } = authorizer()
  const impatient = new AbortController()
  const first = auth.refresh(impatient.signal)
  const second = auth.refresh(NEVER)
  impatient.abort()
  await first
  expect(sent()).toEqual({})
  await expect.poll(fetches, { interval: 1 }).toBe(2)
  answer()
  await second
  expect(fetches()).toBe(2)
  expect(sent()).toEqual({ authorization: 'Bearer t2' })
})

describe('when no token can be had', () => {
  test('everybody learns why, and for a while nobody asks again', async () => {
    const { auth, ports, fail, answer, fetches } = authorizer()
    const all = [auth.refresh(NEVER), auth.refresh(NEVER)]
    fail()
    for (const one of await Promise.allSettled(all)) expect(one.status).toBe('rejected')
    await expect(auth.refresh(NEVER)).rejects.toThrow('down')
    expect(fetches()).toBe(1)
    ports.pass(10_000)
    const again = auth.refresh(NEVER)
    answer()
    await again
    expect(fetches()).toBe(2)
  })

  test('the old one is used to its end', async () => {
    const { auth, ports, fail, fetches, sent } = await authorizer().prepared()
    ports.pass(HOUR - 60_000)
    const done = auth.refresh(NEVER)
    fail()
    await done
    expect(auth.stale).toBe(false)
    expect(sent()).toEqual({ authorization: 'Bearer t1' })
    ports.pass(10_000)
    expect(auth.stale).toBe(true)
    ports.pass(60_000)
    const last = auth.refresh(NEVER)
    fail()
    await expect(last).rejects.toThrow('down')
    expect(fetches()).toBe(3)
  })
})

describe('a token that is refused', () => {
  test('is not replaced when it was never let in: the credentials are wrong', async () => {
    const { auth, ports, sent, fetches } = await authorizer().prepared()
    ports.pass(HOUR / 2)
    expect(await auth.renew(sent(), NEVER)).toBe(false)
    expect(fetches()).toBe(1)
    expect(auth.acceptedUntil()).toBeNull()
  })

  test('is replaced once for all workers that meet it, also for those that meet it late', async () => {
    const { auth, ports, sent, answer, fetches } = await authorizer().prepared()
    const old = sent()
    auth.noteAccepted(old)
    ports.pass(HOUR / 2)
    const all = Promise.all(Array.from({ length: 31 }, async () => auth.renew(old, NEVER)))
    answer()
    expect(new Set(await all)).toEqual(new Set([true]))
    expect(sent()).toEqual({ authorization: 'Bearer t2' })
    expect(await auth.renew(old, NEVER)).toBe(true)
    expect(fetches()).toBe(2)
    expect(ports.hidden).toEqual(['t1', 't2'])
  })

  test('leaves a successor that must be let in before it is replaced too', async () => {
    const { auth, ports, sent, answer, fetches } = await authorizer().prepared()
    const old = sent()
    auth.noteAccepted(old)
    ports.pass(HOUR / 2)
    const renewed = auth.renew(old, NEVER)
    answer()
    await renewed
    ports.pass(60_000)
    // One that began with the old token proves nothing about the new one.
    auth.noteAccepted(old)
    expect(await auth.renew(sent(), NEVER)).toBe(false)
    auth.noteAccepted(sent())
    const again = auth.renew(sent(), NEVER)
    answer()
    expect(await again).toBe(true)
    expect(fetches()).toBe(3)
  })

  test('a moment after it was fetched has not expired', async () => {
    const { auth, ports, sent, fetches } = await authorizer().prepared()
    auth.noteAccepted(sent())
    ports.pass(999)
    expect(await auth.renew(sent(), NEVER)).toBe(false)
    expect(fetches()).toBe(1)
    expect(auth.acceptedUntil()).toEqual(START)
  })

  test('says so when no other one can be had', async () => {
    const { auth, ports, sent, fail } = await authorizer().prepared()
    auth.noteAccepted(sent())
    ports.pass(60_000)
    const renewed = auth.renew(sent(), NEVER)
    fail()
    await expect(renewed).rejects.toThrow('down')
  })
})
