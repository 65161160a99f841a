import { describe, expect, test } from 'vitest'
import { seedRandom } from '../../src/random.ts'
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

test.each([
  ['the square of a length takes', (length: number) => length ** 2, true],
  ['its power of 1.75 takes', (length: number) => length ** 1.75, true],
  ['the length takes', (length: number) => length, false],
  ['the length and its logarithm take', (length: number) => length * Math.log2(length), false],
] as const)(
  'what %s is known to grow too fast, or not to, on a machine that is busy by turns',
  (_, stepsOf, tooFast) => {
    const random = seedRandom('machines')
    for (let machine = 0; machine < 200; machine++) {
      let steps = 0
      const stepsAMs = random() * 10_000
      const takeMs = (work: () => void): number => {
        steps = 0
        work()
        const delay = 1 + random() * (random() < 0.3 ? 4 : 0.5)
        return (steps / stepsAMs) * delay
      }
      const workOn = (length: number) => () => void (steps += stepsOf(length))
      expect(growsTooFast(workOn, takeMs)).toBe(tooFast)
    }
  },
)

test('what takes no time to speak of does not grow too fast', () => {
  expect(
    growsTooFast(
      (length) => () => length,
      () => 1,
    ),
  ).toBe(false)
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
