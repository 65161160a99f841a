import { describe, expect, it } from 'vitest'
import type { Keys, ReceivedRequest } from '../../src/simulator/guard.ts'
import { awsSignature, signatureProblem } from './sigv4.ts'

/** The key, date and scope of AWS's published test suite. */
const KEY = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const NOW = Date.parse('2015-08-30T12:36:00Z')
const HEADERS = { host: ['example.amazonaws.com'], 'x-amz-date': ['20150830T123600Z'] }

function signed(signature: string, given: Partial<ReceivedRequest> = {}, signedHeaders = 'host;x-amz-date') {
  const credential = 'Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
  const authorization = [`AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`]
  const headers = { ...HEADERS, ...given.headers, authorization }
  return { method: 'GET', target: '/', body: '', ...given, headers }
}

const GET_VANILLA = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'

describe('the verifier of AWS signatures accepts what AWS published', () => {
  const form = { 'content-type': ['application/x-www-form-urlencoded'] }
  it.each<[name: string, request: ReceivedRequest]>([
    ['get-vanilla', signed(GET_VANILLA)],
    ['post-vanilla', signed('5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b', { method: 'POST' })],
    [
      'get-vanilla-query-order-key-case',
      signed('b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500', {
        target: '/?Param2=value2&Param1=value1',
      }),
    ],
    ['get-utf8', signed('8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85', { target: '/\u1234' })],
    ['get-relative', signed(GET_VANILLA, { target: '/example/..' })],
    ['get-slash', signed(GET_VANILLA, { target: '//' })],
    [
      'get-header-key-duplicate',
      signed(
        'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
        { headers: { 'my-header1': ['value2', 'value2', 'value1'] } },
        'host;my-header1;x-amz-date',
      ),
    ],
    [
      'get-header-value-trim',
      signed(
        'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
        { headers: { 'my-header1': [' value1'], 'my-header2': [' "a   b   c"'] } },
        'host;my-header1;my-header2;x-amz-date',
      ),
    ],
    [
      'post-x-www-form-urlencoded',
      signed(
        'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
        { method: 'POST', body: 'Param1=value1', headers: form },
        'content-type;host;x-amz-date',
      ),
    ],
  ])('%s', (_, request) => expect(signatureProblem(request, KEY, 'service', NOW)).toBeNull())
})

describe('the verifier of AWS signatures refuses', () => {
  const good = signed(GET_VANILLA)
  const wrong = (request: ReceivedRequest, now = NOW, service = 'service') =>
    signatureProblem(request, KEY, service, now)?.type
  it.each<[what: string, type: string | undefined]>([
    ['another method', wrong({ ...good, method: 'POST' })],
    ['another path', wrong({ ...good, target: '/other' })],
    ['another query', wrong({ ...good, target: '/?a=1' })],
    ['another body', wrong({ ...good, body: '{}' })],
    ['another host', wrong({ ...good, headers: { ...good.headers, host: ['evil.example'] } })],
    ['a header of AWS that is not signed', wrong(signed(GET_VANILLA, { headers: { 'x-amz-security-token': ['t'] } }))],
    ['an old date', wrong(good, NOW + 6 * 60_000)],
    ['a date to come', wrong(good, NOW - 6 * 60_000)],
    ['another service', wrong(good, NOW, 'bedrock')],
    ['a wrong hash of the body', wrong(signed(GET_VANILLA, { headers: { 'x-amz-content-sha256': ['00'] } }))],
  ])('%s', (_, type) => expect(type).toBe('InvalidSignatureException'))

  it('another key and no signature at all, each by its name', () => {
    const other = { ...KEY, id: 'AKIDOTHER' }
    expect(signatureProblem(good, other, 'service', NOW)?.type).toBe('UnrecognizedClientException')
    const { authorization: _, ...none } = good.headers
    expect(wrong({ ...good, headers: none })).toBe('MissingAuthenticationTokenException')
    expect(wrong({ ...good, headers: { ...none, authorization: ['Bearer key'] } })).toBe(
      'MissingAuthenticationTokenException',
    )
    expect(wrong({ ...good, headers: { ...good.headers, 'x-amz-date': ['today'] } })).toBe(
      'IncompleteSignatureException',
    )
  })
})

describe('--auth aws-sigv4', () => {
  it('wants the key whose signatures it is to verify', () => {
    const keys: Keys = {
      apiKey: null,
      clientId: 'AKID',
      clientSecret: null,
      tokens: { stateOf: () => 'unknown' },
      nowMs: () => NOW,
    }
    expect(() => awsSignature(signed(GET_VANILLA), keys)).toThrow('needs an access key id and its secret')
    expect(awsSignature(signed(GET_VANILLA), { ...keys, clientId: KEY.id, clientSecret: KEY.secret })).toMatchObject({
      status: 403,
      headers: { 'x-amzn-errortype': 'InvalidSignatureException' },
    })
  })
})
