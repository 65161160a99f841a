import { describe, expect, test } from 'vitest'
import { cpuMs, growsTooFast } from '../support/growth.ts'
import { TEXT_READERS } from '../support/readers.ts'

const BEFORE = ['', 'a', 'ttft-p50@', 'http://', '<title>', '/v1', 'tpot-p50 +1% since ']
const PUMPS = [
  ' ',
  '\n',
  '/',
  '//',
  '@',
  '?',
  '.',
  'a',
  '1',
  'aaa',
  '"',
  '\\',
  '…',
  '<',
  '##[',
  'sk-live/9f8e',
  'b="\\",',
  '/v1',
]
const AFTER = ['', '!', ' !', '\n!']

// What reads whole documents takes longer, and is left to the fuzz.
describe.each(Object.keys(TEXT_READERS))('%s', (name) => {
  test('takes no more than its share of time for a longer text', () => {
    const read = (text: string) => () => {
      try {
        TEXT_READERS[name]!(text)
      } catch {
        // Refused.
      }
    }
    const slow = BEFORE.flatMap((before) =>
      PUMPS.flatMap((pump) =>
        AFTER.flatMap((after) => {
          const text = (length: number): string => before + pump.repeat(length / pump.length) + after
          const isSlow = cpuMs(read(text(4_000))) > 2 && growsTooFast((length) => read(text(length)))
          return isSlow ? [`${before}(${pump})…${after}`] : []
        }),
      ),
    )
    expect(slow).toEqual([])
  })
})
