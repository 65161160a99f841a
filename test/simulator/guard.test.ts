import { describe, expect, it } from 'vitest'
import { readProof } from '../../src/simulator/guard.ts'
import { SHIPPED } from '../../src/simulator/repertoire.ts'
import { basic, statusAt } from './status-at.ts'
import type { Headers } from './status-at.ts'

const statusOf = statusAt(SHIPPED.doors)

describe('without --auth a key belongs where the API wants it', () => {
  it.each<[string, Headers, Headers]>([
    ['/v1/chat/completions', { authorization: 'Bearer k' }, { 'x-api-key': 'k' }],
    ['/openai/deployments/d/chat/completions?api-version=1', { 'api-key': 'k' }, { 'x-api-key': 'k' }],
    ['/serving-endpoints/e/invocations', { authorization: 'Bearer k' }, { 'x-api-key': 'k' }],
    ['/serving-endpoints/e/invocations', { authorization: basic('token:k') }, {}],
    ['/api/2.0/serving-endpoints/e', { authorization: 'Bearer fresh' }, { authorization: 'Bearer old' }],
  ])('%s', (target, right, elsewhere) => {
    expect(statusOf({ apiKey: 'k' }, target, right)).toBe(200)
    expect(statusOf({ apiKey: 'k' }, target, elsewhere)).toBe(401)
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
    const options = { auth: readProof(form), apiKey: form === 'basic' ? 'user:pass:word' : 'k' }
    expect(statusOf(options, '/v1/messages', right)).toBe(200)
    expect(statusOf(options, '/v1/messages', wrong)).toBe(401)
    expect(statusOf(options, '/v1/messages', {})).toBe(401)
  })

  it('and a form that nobody knows is refused with those that are', () => {
    expect(() => readProof('kerberos')).toThrow('must be one of bearer, basic, oauth or header:<name>')
    expect(() => readProof('header:a b')).toThrow('must be')
  })
})
