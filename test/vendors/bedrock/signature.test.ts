import { describe, expect, test } from 'vitest'
import { createSigner } from '../../../src/vendors/bedrock/signature.ts'
import type { UnsignedRequest } from '../../../src/vendors/bedrock/signature.ts'

/** The scope of AWS's published test suite for Signature Version 4. */
const SUITE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
  region: 'us-east-1',
  service: 'service',
}
const SUITE_DATE = new Date('2015-08-30T12:36:00Z')
const SUITE_TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function aRequest(overrides: Partial<UnsignedRequest>): UnsignedRequest {
  return { method: 'GET', host: 'example.amazonaws.com', path: '/', query: '', body: '', ...overrides }
}

describe("AWS's own vectors", () => {
  test.each<[string, Partial<UnsignedRequest>, string, string]>([
    ['get-vanilla', {}, 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      { query: 'Param2=value2&Param1=value1' },
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-unreserved',
      { query: `${UNRESERVED}=${UNRESERVED}` },
      'host;x-amz-date',
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    ],
    [
      'get-vanilla-utf8-query',
      { query: '%E1%88%B4=bar' },
      'host;x-amz-date',
      '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
    ],
    [
      'get-unreserved',
      { path: `/${UNRESERVED}` },
      'host;x-amz-date',
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
    [
      'get-utf8',
      { path: '/\u1234' },
      'host;x-amz-date',
      '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
    ],
    [
      'get-header-value-trim',
      { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
      'host;my-header1;my-header2;x-amz-date',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    [
      'post-vanilla',
      { method: 'POST' },
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-vanilla-query-order-value',
      { query: 'Param1=value2&Param1=value1' },
      'host;x-amz-date',
      '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
    ],
    [
      'post-vanilla-query',
      { method: 'POST', query: 'Param1=value1' },
      'host;x-amz-date',
      '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
    ],
    [
      'post-x-www-form-urlencoded-parameters',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf8' },
        body: 'Param1=value1',
      },
      'content-type;host;x-amz-date',
      '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
    ],
  ])('%s', (_, request, names, signature) => {
    expect(createSigner(SUITE)(aRequest(request), SUITE_DATE)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    })
  })

  test('post-sts-header-before: the token of credentials that expire is sent and signed', () => {
    const sign = createSigner({ ...SUITE, sessionToken: SUITE_TOKEN })
    const headers = sign(aRequest({ method: 'POST' }), SUITE_DATE)
    expect(headers['x-amz-security-token']).toBe(SUITE_TOKEN)
    expect(headers['authorization']).toMatch(
      /SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead$/,
    )
  })
})

describe('one signer over many requests', () => {
  const sign = createSigner(SUITE)
  const signature = (request: Partial<UnsignedRequest>, at = SUITE_DATE): string =>
    sign(aRequest(request), at)['authorization']!

  test('the key of another day is another one, and comes back', () => {
    const first = signature({})
    expect(signature({}, new Date('2015-08-31T00:00:00Z'))).toContain('/20150831/')
    expect(signature({})).toBe(first)
  })

  test('what is encoded on the wire is encoded once more, so that a colon in the name of a model is safe', () => {
    const path = '/model/a%3A0/converse-stream'
    expect(signature({ path })).not.toBe(signature({ path: '/model/a:0/converse-stream' }))
    expect(signature({ path })).toBe(signature({ path: '//model/a%3A0//converse-stream' }))
  })

  test('a query that is not well-formed is signed as it stands, and never thrown', () => {
    expect(signature({ query: '%zz=1&a' })).toMatch(/Signature=[0-9a-f]{64}$/)
    expect(signature({ query: 'a=b=c&a-=1' })).not.toBe(signature({ query: 'a=b&a-=1' }))
  })
})
