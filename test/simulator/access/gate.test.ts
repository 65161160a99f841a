import { describe, expect, it } from 'vitest'
import { createGate, type GateOptions } from '../../../src/simulator/access/gate.ts'
import type { TokenOffice } from '../../../src/simulator/access/token-office.ts'
import { readAuthForm } from '../../../src/simulator/access/auth-form.ts'

const NOBODY: GateOptions = { auth: null, apiKey: null, clientId: null, clientSecret: null }
const TOKENS: Pick<TokenOffice, 'stateOf'> = {
  stateOf: (token) => (token === 'fresh' ? 'good' : token === 'old' ? 'expired' : 'unknown'),
}

/** The status of a request with these headers; 200 when the gate lets it in. */
function statusOf(options: Partial<GateOptions>, target: string, headers: Headers): number {
  const gate = createGate({ ...NOBODY, ...options }, TOKENS)
  const lines = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  return gate({ method: 'POST', target, headers: lines, body: '' })?.status ?? 200
}

type Headers = Readonly<Record<string, string>>

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('without --auth a key belongs where the API wants it', () => {
  it.each<[string, Headers, Headers]>([
    ['/v1/chat/completions', { authorization: 'Bearer k' }, { 'x-api-key': 'k' }],
    ['/v1/messages', { 'x-api-key': 'k' }, { 'api-key': 'k' }],
    ['/v1/messages', { authorization: 'Bearer k' }, { 'x-api-key': 'other' }],
    ['/openai/deployments/d/chat/completions?api-version=1', { 'api-key': 'k' }, { 'x-api-key': 'k' }],
    ['/v2/chat', { authorization: 'Bearer k' }, { 'api-key': 'k' }],
    ['/serving-endpoints/e/invocations', { authorization: 'Bearer k' }, { 'x-api-key': 'k' }],
    ['/serving-endpoints/e/invocations', { authorization: basic('token:k') }, {}],
    ['/api/2.0/serving-endpoints/e', { authorization: 'Bearer fresh' }, { authorization: 'Bearer old' }],
  ])('%s', (target, right, elsewhere) => {
    expect(statusOf({ apiKey: 'k' }, target, right)).toBe(200)
    expect(statusOf({ apiKey: 'k' }, target, elsewhere)).toBe(401)
  })

  it.each(['v1beta', 'v1'])('in Gemini’s header or query, refused in its own statuses: %s', (version) => {
    const target = `/${version}/models/m:streamGenerateContent?alt=sse`
    expect(statusOf({ apiKey: 'k' }, target, { 'x-goog-api-key': 'k' })).toBe(200)
    expect(statusOf({ apiKey: 'k' }, `${target}&key=k`, {})).toBe(200)
    expect(statusOf({ apiKey: 'k' }, target, { 'x-goog-api-key': 'other' })).toBe(400)
    expect(statusOf({ apiKey: 'k' }, target, {})).toBe(403)
  })

  it('and is not asked for when there is none', () => {
    expect(statusOf({}, '/v1/chat/completions', {})).toBe(200)
  })

  it('with client credentials alone, only tokens that were given out', () => {
    const options = { clientId: 'id', clientSecret: 'secret' }
    const target = '/serving-endpoints/e/invocations'
    expect(statusOf(options, target, { authorization: 'Bearer fresh' })).toBe(200)
    expect(statusOf(options, target, { authorization: 'Bearer invented' })).toBe(403)
  })
})

describe('--auth asks for one form on every path', () => {
  it.each<[string, Headers, Headers]>([
    ['bearer', { authorization: 'Bearer k' }, { 'x-api-key': 'k' }],
    ['header:X-Mine', { 'x-mine': 'k' }, { authorization: 'Bearer k' }],
    ['basic', { authorization: basic('user:pass:word') }, { authorization: basic('user:other') }],
    ['oauth', { authorization: 'Bearer fresh' }, { authorization: 'Bearer old' }],
  ])('%s', (form, right, wrong) => {
    const options = { auth: readAuthForm(form), apiKey: form === 'basic' ? 'user:pass:word' : 'k' }
    expect(statusOf(options, '/v1/messages', right)).toBe(200)
    expect(statusOf(options, '/v1/messages', wrong)).toBe(401)
    expect(statusOf(options, '/v1/messages', {})).toBe(401)
  })

  it('and a form that nobody knows is refused with those that are', () => {
    expect(() => readAuthForm('kerberos')).toThrow('must be one of bearer, basic, oauth, aws-sigv4 or header:<name>')
    expect(() => readAuthForm('header:a b')).toThrow('must be')
  })
})
