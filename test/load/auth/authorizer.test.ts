import { describe, expect, test } from 'vitest'
import { createAuthorizer } from '../../../src/load/auth/authorizers.ts'
import type { SignedRequest } from '../../../src/vendors/auth-way.ts'
import type { KeyPlace } from '../../../src/protocol/api.ts'
import { settingsFor } from '../../support/run-settings.ts'
import { START, authPorts } from './ports.ts'

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
