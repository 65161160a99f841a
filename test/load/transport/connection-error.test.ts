import { describe, expect, test } from 'vitest'
import { readConnectionError, readRefusedConnection } from '../../../src/load/transport/connection-error.ts'
import type { ConnectionFailure, ConnectionState } from '../../../src/load/transport/connection-error.ts'

function errorOf(code: string | undefined, more: object = {}): Error {
  return Object.assign(new Error('failed'), code === undefined ? {} : { code }, more)
}

function read(error: Error, state: Partial<ConnectionState> = {}): ConnectionFailure {
  return readConnectionError(error, {
    headersSeen: false,
    proxied: false,
    certified: false,
    outOfFiles: () => false,
    ...state,
  })
}

test.each([
  ['EMFILE', 'client_files'],
  ['ENFILE', 'client_files'],
  ['EADDRNOTAVAIL', 'client_ports'],
  ['EADDRINUSE', 'client_ports'],
  ['ENOBUFS', 'client_memory'],
  ['ENOMEM', 'client_memory'],
  ['EAI_MEMORY', 'client_memory'],
  ['ERR_MEMORY_ALLOCATION_FAILED', 'client_memory'],
])('%s is a failure of this machine, whatever had come of the answer', (code, failure) => {
  for (const headersSeen of [false, true]) {
    expect(read(errorOf(code), { headersSeen })).toEqual({ failure, trouble: null, message: 'failed' })
  }
})

test.each([
  ['ECONNREFUSED', 'connect', 'refused'],
  ['ENOTFOUND', 'connect', 'unknown-host'],
  ['EAI_NONAME', 'connect', 'unknown-host'],
  ['EAI_AGAIN', 'connect', 'no-lookup'],
  ['EHOSTUNREACH', 'connect', 'unreachable'],
  ['ENETDOWN', 'connect', 'unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect', 'no-connection'],
  ['ECONNRESET', 'connect', 'closed'],
  ['UND_ERR_SOCKET', 'connect', 'closed'],
  ['UND_ERR_INVALID_ARG', 'connect', 'unsendable'],
  ['ESOMETHING', 'connect', 'other-connection'],
])('%s is the endpoint’s before the answer, and breaks it off in the middle', (code, failure, name) => {
  expect(read(errorOf(code))).toMatchObject({ failure, trouble: { name } })
  expect(read(errorOf(code), { headersSeen: true })).toEqual({
    failure: 'incomplete',
    trouble: null,
    message: 'failed',
  })
})

test.each([
  ['CERT_HAS_EXPIRED', 'tls', 'expired'],
  ['CERT_NOT_YET_VALID', 'tls', 'not-yet-valid'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'private-authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls', 'private-authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'no-chain'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'wrong-name'],
  ['CERT_REVOKED', 'tls', 'bad-certificate'],
  ['INVALID_PURPOSE', 'tls', 'bad-certificate'],
  ['CA_MD_TOO_WEAK', 'tls', 'bad-certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'no-tls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'tls', 'no-tls'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'parse', 'http2-only'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls', 'client-certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'tls', 'client-certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls', 'client-certificate'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls', 'old-tls'],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'tls', 'unknown-name'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls', 'handshake'],
  ['UND_ERR_HEADERS_OVERFLOW', 'parse', 'large-headers'],
  ['HPE_INVALID_CHUNK_SIZE', 'parse', 'broken-http'],
  ['ERR_ASSERTION', 'parse', 'broken-http'],
])('%s is %s, %s', (code, failure, name) => {
  const { message, ...rest } = read(errorOf(code, { message: `${code} try --use-system-ca` }))
  expect(rest).toMatchObject({ failure, trouble: { name } })
  expect(message).not.toMatch(/--use-system-ca|SSL routines/)
})

test('a length that is not kept is told from a head that says two', () => {
  const error = errorOf('UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
  expect(read(error)).toMatchObject({ failure: 'parse', trouble: { name: 'two-lengths' } })
  expect(read(error, { headersSeen: true })).toMatchObject({ failure: 'parse', trouble: { name: 'wrong-length' } })
})

test('an error without a code is told by its name', () => {
  expect(read(errorOf(undefined))).toEqual({
    failure: 'connect',
    trouble: { name: 'other-connection', detail: 'Error' },
    message: 'no connection to the endpoint (Error)',
  })
})

test('this machine’s part is found behind the error of a host with several addresses, and behind a cause', () => {
  const several = new AggregateError([errorOf('ECONNREFUSED'), errorOf('EMFILE')])
  expect(read(Object.assign(several, { code: 'ECONNREFUSED' }))).toMatchObject({ failure: 'client_files' })
  const wrapped = errorOf('UND_ERR_SOCKET', { cause: errorOf('ENOBUFS') })
  expect(read(wrapped)).toMatchObject({ failure: 'client_memory' })
})

test.each(['ENOTFOUND', 'EAI_AGAIN', 'EAI_SYSTEM'])(
  'a look-up that fails with %s because no more files may be opened is this machine’s failure',
  (code) => {
    expect(read(errorOf(code), { outOfFiles: () => true })).toEqual({
      failure: 'client_files',
      trouble: null,
      message: 'failed, because no more files may be opened (EMFILE)',
    })
    expect(read(errorOf('ECONNREFUSED'), { outOfFiles: () => true })).toMatchObject({ failure: 'connect' })
  },
)

describe('behind a proxy', () => {
  test.each([
    ['ECONNREFUSED', 'proxy-refused'],
    ['ENOTFOUND', 'proxy-unknown'],
    ['EAI_AGAIN', 'proxy-unknown'],
    ['UND_ERR_CONNECT_TIMEOUT', 'proxy-unreachable'],
    ['EHOSTUNREACH', 'proxy-unreachable'],
    ['UND_ERR_SOCKET', 'closed'],
  ])('%s: %s', (code, name) => {
    expect(read(errorOf(code), { proxied: true })).toMatchObject({ failure: 'connect', trouble: { name } })
  })

  test.each([
    ['Proxy response (407) !== 200 when HTTP Tunneling', { name: 'proxy-password', detail: null }],
    ['Proxy Authentication Required (407)', { name: 'proxy-password', detail: null }],
    ['Proxy response (403) !== 200 when HTTP Tunneling', { name: 'proxy-forbids', detail: 'it answers 403' }],
    ['Proxy response (502) !== 200 when HTTP Tunneling', { name: 'proxy-fails', detail: 'it answers 502' }],
  ])('%s', (message, trouble) => {
    expect(read(errorOf('UND_ERR_ABORTED', { message }), { proxied: true })).toMatchObject({ trouble })
  })
})

test.each([
  [400, undefined, 'The plain HTTP request was sent to HTTPS port', 'tls-spoken'],
  [400, undefined, 'Client sent an HTTP request to an HTTPS server.', 'tls-spoken'],
  [400, undefined, "Reason: You're speaking plain HTTP to an SSL-enabled server port.", 'tls-spoken'],
  [400, undefined, 'This combination of host and port requires TLS.', 'tls-spoken'],
  [400, undefined, 'No required SSL certificate was sent', 'client-certificate'],
  [426, 'h2c', '', 'http2-only'],
  [426, 'TLS/1.2, HTTP/1.1', '', 'tls-spoken'],
  [464, undefined, '', 'http2-only'],
  [505, undefined, '', 'http2-only'],
])('an answer with %i, %s, %s: %s', (status, upgrade, body, name) => {
  expect(readRefusedConnection(status, { upgrade, body, certified: false })).toEqual({
    name,
    detail: `it answers ${status}`,
  })
})

test('who has shown a certificate is not told to show one, but that it is not accepted', () => {
  const error = errorOf('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')
  expect(read(error, { certified: true })).toMatchObject({ trouble: { name: 'refused-certificate' } })
  const body = 'The SSL certificate error'
  expect(readRefusedConnection(400, { upgrade: undefined, body, certified: true })).toMatchObject({
    name: 'refused-certificate',
  })
})

test('other refusals say nothing of the connection', () => {
  for (const [status, body] of [
    [400, 'max_tokens is too large'],
    [404, 'The plain HTTP request was sent to HTTPS port'],
    [426, 'update your client'],
  ] as const) {
    expect(readRefusedConnection(status, { upgrade: undefined, body, certified: false })).toBeNull()
  }
})
