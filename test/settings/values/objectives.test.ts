import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OBJECTIVE_TIMES, readObjectives, renderObjectives } from '../../../src/settings/values/objectives.ts'

test('objectives are read in any order, by commas or lines, in ms or s', () => {
  expect(readObjectives('tpot<=50ms\nttft ≤ 0.3s, latency <= 10 s')).toEqual([
    { time: 'ttft', atMostMs: 300 },
    { time: 'tpot', atMostMs: 50 },
    { time: 'latency', atMostMs: 10_000 },
  ])
})

test.each([
  ['', 'must hold at least one objective, for example ttft <= 500ms, tpot <= 50ms'],
  ['ttft', 'has "ttft", which is not of the form time <= value unit'],
  ['ttft <= 1s <= 2s', 'which is not of the form time <= value unit'],
  ['ttft-p90 <= 1s', 'has "ttft-p90", and an objective is about every single request; write ttft, and slo-share for'],
  ['latency@8 <= 1s', 'has "latency@8", and an objective is about every single request; write latency'],
  ['inter-chunk <= 1s', 'has the unknown time "inter-chunk"; known are ttft, ttfo, tpot, latency'],
  ['latensy <= 1s', 'has the unknown time "latensy"; did you mean latency?'],
  ['ttft >= 1s', 'has ttft >=; an objective is what a time is at most, so write <='],
  ['ttft < 1s', 'has ttft <; an objective is what a time is at most, so write <='],
  ['ttft <= 500', 'has ttft without a unit; write the unit, ms or s, for example 500ms'],
  ['ttft <= 5 min', 'has ttft in "min"; write the unit, ms or s, for example 5ms'],
  ['ttft <= soon', 'has "soon" for ttft, which is not a number with its unit (ms or s)'],
  ['ttft <= -1s', 'has "-1s" for ttft, which is not a number with its unit'],
  ['ttft <= 0ms', 'has ttft at 0ms; must be above 0 and at most a day (86400s)'],
  ['ttft <= 86401s', 'has ttft at 86401s; must be above 0 and at most a day'],
  ['ttft <= 1s, ttft <= 2s', 'has ttft twice; keep one of them'],
  [
    'ttft <= 5s, latency <= 2s',
    'has ttft <= 5000ms beside latency <= 2000ms, and no request has a ttft above its latency; lower the bound of ttft, or remove it',
  ],
  ['ttft <= 5s, ttfo <= 2s', 'no request has a ttft above its ttfo'],
  ['tpot <= 5s, latency <= 2s', 'no request has a tpot above its latency'],
])('%j is refused: %s', (text, message) => {
  expect(() => readObjectives(text)).toThrow(message)
})

test('what is read is written so that it reads back', () => {
  const bound = fc.integer({ min: 1, max: 86_400_000 })
  fc.assert(
    fc.property(fc.shuffledSubarray([...OBJECTIVE_TIMES], { minLength: 1 }), bound, (times, atMostMs) => {
      const objectives = readObjectives(times.map((time) => `${time} <= ${atMostMs}ms`).join(', '))
      expect(objectives.map(({ time }) => time)).toEqual(OBJECTIVE_TIMES.filter((time) => times.includes(time)))
      expect(readObjectives(renderObjectives(objectives))).toEqual(objectives)
    }),
    { numRuns: 50 },
  )
})

test('no text makes the reader fail otherwise than with what is allowed, and none of it gets onto a terminal raw', () => {
  const signs = fc.string({ unit: fc.constantFrom(...'ttftlatency <>=≤,.\n0123456789ms-@#\u001b'.split('')) })
  fc.assert(
    fc.property(fc.oneof(fc.string(), signs), (text) => {
      try {
        readObjectives(text)
      } catch (error) {
        expect((error as Error).name).toBe('ValueError')
        expect((error as Error).message).not.toContain('\u001b')
      }
    }),
  )
})
