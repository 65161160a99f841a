import { describe, expect, test } from 'vitest'
import { growsTooFast, takesLong } from '../support/growth.ts'
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

/** Work of so many steps. */
function count(steps: number): void {
  let sum = 0
  for (let i = 0; i < steps; i++) sum += Math.sqrt(i)
  expect(sum).toBeGreaterThan(0)
}

test.each([
  ['the square of a length takes', (length: number) => 0.75 * length ** 2, true],
  ['its power of 1.75 takes', (length: number) => 3 * length ** 1.75, true],
  ['the length takes', (length: number) => 1_000 * length, false],
  ['the length and its logarithm take', (length: number) => 100 * length * Math.log2(length), false],
] as const)('what %s is known to grow too fast, or not to', (_, steps, tooFast) => {
  expect(growsTooFast((length) => () => count(steps(length)))).toBe(tooFast)
})

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
          const isSlow = takesLong(read(text(4_000)), 2) && growsTooFast((length) => read(text(length)))
          return isSlow ? [`${before}(${pump})…${after}`] : []
        }),
      ),
    )
    expect(slow).toEqual([])
  })
})
