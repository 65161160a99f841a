import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { READERS } from '../support/readers.ts'
import { growsTooFast, takesLong } from '../support/growth.ts'
import { FORMS } from './settings.ts'
import { property } from './property.ts'
import type { Property } from './property.ts'

const PARTS = [
  ...FORMS,
  ...' \n\r\t/@?.a1"\'\\…<>[]{}(),:;#*&`|-=%!'.split(''),
  '\r\n',
  '//',
  '##[',
  '<!--',
  '-->',
  'data: {}',
  'data: {}\n\n',
  'error: 1\n',
  'error:',
  '{"a":',
  '[{"a":1},',
  '{"choices":[{"delta":{"content":"a"}}]}\n',
  'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
  'sk-live/9f8e',
  '%25',
  '&amp;',
  '=\n',
  '\\u0061',
  'c2stbGl2ZS',
  'b="\\",',
  '- a\n',
  '&a [*a]\n',
  ' a:',
  '{"prompt":"a"}\n',
  '<title>',
  '</title',
  'model ',
  'error: model ',
  '\0',
  '\u00AD',
  '🔑',
]

const PART = fc.constantFrom(...PARTS)

/** Work that grows with the square of a text, whatever it begins and ends with, and whatever is said again and again. */
const PUMPED = fc.record({
  reader: fc.constantFrom(...Object.keys(READERS)),
  before: fc.oneof(fc.constant(''), PART),
  pump: fc.oneof(
    PART,
    fc.tuple(PART, PART).map((parts) => parts.join('')),
  ),
  after: fc.oneof(fc.constantFrom('', '!', '\n!'), PART),
})

/** Where a text takes long enough for its growth to be looked at. */
const LENGTH = 4_000
const SUSPICIOUS_MS = 3

export const GROWTH_PROPERTIES: readonly Property[] = [
  property(
    'growth',
    'a text of four times the length takes no reader sixteen times as long',
    PUMPED,
    ({ reader, before, pump, after }) => {
      const read = (length: number) => () => {
        try {
          READERS[reader]!(before + pump.repeat(Math.ceil(length / pump.length)) + after)
        } catch {
          // Refused.
        }
      }
      assert.ok(
        !takesLong(read(LENGTH), SUSPICIOUS_MS) || !growsTooFast(read),
        `${reader} takes the square of the length`,
      )
    },
    25,
  ),
]
