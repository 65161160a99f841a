import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readServerRequestId } from '../../../src/protocol/servers/server-request-id.ts'

const OURS = '0123456789abcdef'

test.each([
  ['x-request-id', 'req_0a1b2c'],
  ['request-id', 'req_011CSHoEeqs5C35K2UUqR7Fy'],
  ['apim-request-id', 'eb2486b2-bf72-4bac-bb4f-f30df0a0540c'],
  ['x-amzn-requestid', '79b9da39-b7ae-508a-a6bc-864b2829c622'],
  ['x-ms-request-id', '4d7a1f8e-6f0a-4f43-8f0f-0a8f9c9f2c11'],
  ['x-litellm-call-id', 'b980db26-9512-45cc-b1da-c511a363b83f'],
  ['cf-aig-log-id', '01JADMCQQQBWH3NXZ5GCRN98DP'],
])('%s is the id of the server', (name, id) => {
  expect(readServerRequestId({ date: 'today', [name]: id }, [OURS])).toBe(id)
})

test('what came back of the request is no id of the server, in whichever header', () => {
  expect(readServerRequestId({ 'x-request-id': OURS }, [OURS])).toBeNull()
  expect(readServerRequestId({ 'x-request-id': 'of a setting' }, [OURS, 'of a setting'])).toBeNull()
  expect(readServerRequestId({ 'x-request-id': OURS, 'x-ms-request-id': 'theirs' }, [OURS])).toBe('theirs')
  expect(readServerRequestId({}, [OURS])).toBeNull()
})

test('a header of one product, whose log has it, goes before the one that all have', () => {
  const headers = { 'x-request-id': '982ef905', 'apim-request-id': 'eb2486b2' }
  expect(readServerRequestId(headers, [OURS])).toBe('eb2486b2')
})

test('of the ids of a proxy and of the server behind it the first that is not ours is told', () => {
  expect(readServerRequestId({ 'x-request-id': `${OURS}, theirs` }, [OURS])).toBe('theirs')
})

test.each(['', 'two words', 'naïve', '\u009B2J', 'a\tb', 'x'.repeat(129)])('%j is no id', (id) => {
  expect(readServerRequestId({ 'x-request-id': id }, [OURS])).toBeNull()
})

test('whatever the headers are, an id is short, visible and not one that was sent', () => {
  const value = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(OURS, 'x'.repeat(129), 'é', `${OURS}, é`))
  const names = fc.constantFrom('x-request-id', 'request-id', 'x-amzn-requestid', 'date')
  fc.assert(
    fc.property(fc.dictionary(names, value), (headers) => {
      const id = readServerRequestId(headers, [OURS])
      if (id === null) return
      expect(id).toMatch(/^[\x21-\x7E]{1,128}$/)
      expect(id).not.toBe(OURS)
    }),
  )
})
