import { describe, expect, it } from 'vitest'
import { readProof } from '../../src/simulator/guard.ts'
import { statusAt, type Headers } from '../simulator/status-at.ts'
import { ALL_DOORS } from './doors.ts'
import { WITNESSES } from './repertoire.ts'

const statusOf = statusAt(ALL_DOORS)

describe('without --auth a key belongs where the API wants it', () => {
  it.each<[string, Headers, Headers]>([
    ['/v1/messages', { 'x-api-key': 'k' }, { 'api-key': 'k' }],
    ['/v1/messages', { authorization: 'Bearer k' }, { 'x-api-key': 'other' }],
    ['/v1/models', { 'x-api-key': 'k' }, { 'api-key': 'k' }],
    ['/v2/chat', { authorization: 'Bearer k' }, { 'api-key': 'k' }],
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

  it('in a bearer token of Bedrock, or in its signature when there is a key for those', () => {
    const target = '/model/m/converse'
    expect(statusOf({ apiKey: 'k' }, target, { authorization: 'Bearer k' })).toBe(200)
    expect(statusOf({ apiKey: 'k' }, target, { authorization: 'Bearer other' })).toBe(403)
    const unsigned = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID' }
    expect(statusOf({ clientId: 'AKID', clientSecret: 's' }, target, unsigned)).toBe(403)
  })
})

describe('--auth', () => {
  it('knows signatures beside the forms that ship', () => {
    expect(readProof('aws-sigv4', WITNESSES.proofs)).toBe(WITNESSES.proofs['aws-sigv4'])
    expect(() => readProof('kerberos', WITNESSES.proofs)).toThrow(
      'must be one of bearer, basic, oauth, aws-sigv4 or header:<name>',
    )
  })

  it('asks for one form on every path', () => {
    const options = { auth: readProof('header:X-Mine'), apiKey: 'k' }
    expect(statusOf(options, '/v1/messages', { 'x-mine': 'k' })).toBe(200)
    expect(statusOf(options, '/v1/messages', { 'x-api-key': 'k' })).toBe(401)
  })
})
