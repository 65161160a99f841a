import { expect, test } from 'vitest'
import { readConnectionError } from '../../../src/load/transport/connection.ts'

function errorOf(code: string | undefined, more: object = {}): Error {
  return Object.assign(new Error('failed'), code === undefined ? {} : { code }, more)
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
    expect(readConnectionError(errorOf(code), headersSeen)).toEqual({ code, failure })
  }
})

test.each([
  ['ECONNREFUSED', 'connect', 'incomplete'],
  ['ECONNRESET', 'connect', 'incomplete'],
  ['EHOSTUNREACH', 'connect', 'incomplete'],
  ['UND_ERR_SOCKET', 'connect', 'incomplete'],
  ['CERT_HAS_EXPIRED', 'tls', 'tls'],
  ['HPE_INVALID_CONSTANT', 'parse', 'parse'],
])('%s is the endpoint’s: %s before the answer, %s in it', (code, before, within) => {
  expect(readConnectionError(errorOf(code), false)).toEqual({ code, failure: before })
  expect(readConnectionError(errorOf(code), true)).toEqual({ code, failure: within })
})

test('an error without a code is told by its name', () => {
  expect(readConnectionError(errorOf(undefined), false)).toEqual({ code: 'Error', failure: 'connect' })
})

test('this machine’s part is found behind the error of a host with several addresses, and behind a cause', () => {
  const several = new AggregateError([errorOf('ECONNREFUSED'), errorOf('EMFILE')])
  expect(readConnectionError(Object.assign(several, { code: 'ECONNREFUSED' }), false)).toEqual({
    code: 'EMFILE',
    failure: 'client_files',
  })
  const wrapped = errorOf('UND_ERR_SOCKET', { cause: errorOf('ENOBUFS') })
  expect(readConnectionError(wrapped, false)).toEqual({ code: 'ENOBUFS', failure: 'client_memory' })
})
