import { describe, expect, test } from 'vitest'
import { computeLevelOfLook } from '../../src/stats/hypothesis-tests.ts'
import { decideVerdict } from '../../src/verdict/decide.ts'
import { judgeSoFar } from '../../src/verdict/so-far.ts'
import { entriesOf } from '../../src/report/history-row.ts'
import type { DecideInput, DecisionPolicy } from '../../src/verdict/policy.ts'
import { aBaseline, aRow, inputOf, lost, of, recorded, spreadValues, unusable } from './recorded.ts'

const TPOT = { metrics: ['tpot-p50'] } as const
const SOURCE = { sha: null, ref: null, runId: '1', attempt: 1, event: 'push', url: null }

const isDecided = (input: DecideInput) => judgeSoFar(input).word

/** Fresh sessions without history, each slower than its control by so much; the controls spread, too. */
function sessionsOf(
  differences: readonly number[],
  { policy = {}, most = 4, fresh = true }: { policy?: Partial<DecisionPolicy>; most?: number; fresh?: boolean } = {},
): DecideInput {
  const hours = [0, 0.03, -0.02, 0.05]
  const at = (y: number) => aRow({ all: Math.exp(y) })
  return {
    ...inputOf(
      differences.map((d, i) => at(d + hours[i]!)),
      [],
      { policy: { ...TPOT, ...policy } },
    ),
    controls: differences.map((_, i) => at(hours[i]!)),
    sessions: { fresh, most },
  }
}

test.each<[string, readonly number[], 'red' | 'green' | 'open']>([
  ['a small difference, once', [0], 'green'],
  ['a difference that may be twice the tolerance', [0.033], 'open'],
  ['a large one, once', [0.25], 'open'],
  ['the same in two sessions', [0.25, 0.24], 'red'],
  ['a huge one, once', [0.35], 'red'],
  ['one that is not yet clear', [0.1], 'open'],
  ['the same after three sessions', [0.1, 0.095, 0.105], 'red'],
  ['one that went away', [0.04, -0.01], 'green'],
  ['one that went away as far as deployments are not assumed to differ', [0.05, -0.02], 'open'],
])('%s: %j is %3$s', (_, differences, word) => {
  expect(isDecided(sessionsOf(differences))).toBe(word)
})

test('red is what the word is, and green is never red', () => {
  for (const differences of [[0.35], [0.1, 0.095, 0.105]])
    expect(decideVerdict(sessionsOf(differences))).toMatchObject({ verdict: 'regressed', reasons: ['tpot-p50'] })
  expect(decideVerdict(sessionsOf([0])).check).toBe('pass')
})

test('what the last session leaves open is no change seen, with what would have been found', () => {
  const input = sessionsOf([0.045, 0.05, 0.04, 0.045], { policy: { tolerance: { all: 0.02, byMetric: {} } } })
  const open = { ...input, policy: { ...input.policy, falseAlarmRate: 1e-6 } }
  expect(isDecided(open)).toBe('open')
  const verdict = decideVerdict(open)
  expect(of(verdict, 'tpot-p50').smallestVisible).toBeGreaterThan(0.05)
  expect(verdict.check).not.toBe('fail')
})

test('green is at the level that the sessions so far leave of 5 %, where nothing is recorded', () => {
  // ln 1.1 = .0953, less t.95(4) = 2.132 times .03, and less t.9696(5) = 2.412 times √((4 · .03² + 2 · .017²) / 5 / 2).
  expect(computeLevelOfLook(0.05, { most: 2, look: 2, bound: 'constant' })).toBeCloseTo(0.030367, 5)
  expect([[0.0312], [0.0315]].map((each) => isDecided(sessionsOf(each)))).toEqual(['green', 'open'])
  expect([0.0458, 0.0462].map((d) => isDecided(sessionsOf([d - 0.017, d + 0.017])))).toEqual(['green', 'open'])
})

test('sessions that differ by more than is assumed take its place, half as much again, where no pair shows better', () => {
  // 2 · .03² is 2 of .03², so 3 · .03² is assumed: .0953 less 2.412 times √((4 · 3 · .03² + 2 · .03²) / 5 / 2).
  expect([0.0095, 0.0099].map((d) => isDecided(sessionsOf([d - 0.03, d + 0.03])))).toEqual(['green', 'open'])
})

test('a spread that all metrics show together counts in each of them', () => {
  const tpot = [0.1, 0.095, 0.105]
  const inAll = (throughput: readonly number[]): DecideInput => {
    const input = sessionsOf(tpot)
    const rows = tpot.map((d, i) => aRow({ tpot: Math.exp(d), throughput: Math.exp(-throughput[i]!) }))
    return {
      ...input,
      candidates: rows,
      controls: rows.map(() => aRow()),
      policy: { ...input.policy, metrics: ['tpot-p50', 'plateau-throughput'] },
    }
  }
  expect(isDecided(inAll([0, 0.005, -0.005]))).toBe('red')
  expect(isDecided(inAll([0, 0.1, -0.1]))).toBe('open')
})

test('what a user expects runs to spread by is not widened by what sessions of other metrics show', () => {
  const differences = [0.07, 0.0, 0.07]
  const expected = (expectedSpread: DecisionPolicy['expectedSpread']) =>
    of(decideVerdict(sessionsOf(differences, { policy: { expectedSpread } })), 'tpot-p50').spread
  // s² = (4 · .03² + 2 · .0404²) / 6, and with .03 assumed by default 1.5 · .0404² in place of .03².
  expect(expected(0.03)).toBeCloseTo(Math.sqrt((4 * 0.03 ** 2 + (2 / 3) * 0.07 ** 2) / 6), 6)
  expect(expected('auto')).toBeCloseTo(Math.sqrt((4 * 0.5 * 0.07 ** 2 + (2 / 3) * 0.07 ** 2) / 6), 6)
})

test('what is suspect is measured again, although it cannot be twice the tolerance', () => {
  const calm = recorded(
    spreadValues(19, 0.018).map((y) => aRow({ all: Math.exp(y) })),
    () => ({ control: aRow() }),
  )
  const beside = (d: number) => ({ ...sessionsOf([d]), baseline: aBaseline(calm) })
  expect([0.045, 0.052].map((d) => decideVerdict(beside(d)).verdict)).toEqual(['no-change-seen', 'suspect'])
  expect([0.045, 0.052].map((d) => isDecided(beside(d)))).toEqual(['green', 'open'])
})

describe('the bound', () => {
  // s² = (4 · .03²) / 4 with 4 degrees of freedom: D = t · .03.
  const alone = (d: number, most: number) => isDecided(sessionsOf([d], { most }))
  test('is that of Wang and Tsiatis over as many looks as there may be, where nothing is recorded', () => {
    // t(4) beyond p, times .03: .1161 at p = .009, and .3186 at the .00022256 that the first of four looks has of it.
    expect(computeLevelOfLook(0.009, { most: 4, look: 1, bound: 'falling' })).toBeCloseTo(0.00022256, 7)
    expect([alone(0.1159, 1), alone(0.1163, 1)]).toEqual(['green', 'red'])
    expect([alone(0.318, 4), alone(0.319, 4)]).toEqual(['open', 'red'])
  })

  test('is lower where fewer sessions are allowed', () => {
    expect(alone(0.2, 2)).toBe('red')
    expect(alone(0.2, 4)).toBe('open')
  })

  test('is that of Wang and Tsiatis where pairs show the spread, too', () => {
    const pairs = recorded(
      spreadValues(12, 0.03).map((y) => aRow({ all: Math.exp(y) })),
      () => ({ control: aRow() }),
    )
    const beside = (d: number) => ({ ...sessionsOf([d]), baseline: aBaseline(pairs) })
    // t(11) beyond the same .00022256, 4.936, times .03 √(1 + 1/12).
    expect([0.153, 0.155].map((d) => isDecided(beside(d)))).toEqual(['open', 'red'])
  })
})

describe('while main may just have moved, as its newest run was worse', () => {
  const pairs = recorded(
    [...spreadValues(19, 0.02), 0.05].map((y) => aRow({ all: Math.exp(y) })),
    () => ({ control: aRow() }),
  )
  const beside = (d: number, most = 4) => ({ ...sessionsOf([d], { most }), baseline: aBaseline(pairs) })

  test('red does not end the sessions before the last, unless it is that much worse', () => {
    expect([0.13, 0.14].map((d) => isDecided(beside(d)))).toEqual(['open', 'red'])
    expect(isDecided(beside(0.13, 1))).toBe('red')
  })

  test('what the budget ends is judged as after the last', () => {
    expect([0.11, 0.13].map((d) => decideVerdict(beside(d)).verdict)).toEqual(['suspect', 'regressed'])
  })
})

test('nothing is open where nothing is deployed anew, nor without anything to compare with', () => {
  expect(isDecided(sessionsOf([0.05], { fresh: false }))).toBe('green')
  expect(isDecided(sessionsOf([0.25], { fresh: false }))).toBe('red')
  const { controls: _, ...alone } = sessionsOf([0.05])
  expect(isDecided(alone)).toBe('green')
  expect(isDecided({ ...sessionsOf([0.25]), trouble: 'endpoint' })).toBe('green')
})

test('a release goes on until it is proven', () => {
  const release = { gate: 'release' } as const
  const words = [1, 2, 3].map((n) => isDecided(sessionsOf(Array(n).fill(0.005), { policy: release })))
  expect(words).toEqual(['open', 'open', 'green'])
})

test('what could not be measured, what was lost and errors that rise are repeated', () => {
  const with_ = (level: Parameters<typeof aRow>[1], n = 1): DecideInput => ({
    ...sessionsOf(Array(n).fill(0)),
    candidates: Array.from({ length: n }, () => aRow({}, level)),
    controls: Array.from({ length: n }, () => aRow()),
  })
  const broken = { level: (c: number) => (c === 8 ? lost() : {}) }
  expect(isDecided(with_(broken))).toBe('open')
  expect(isDecided(with_(broken, 2))).toBe('red')
  expect(isDecided(with_({ level: () => unusable('client-saturated') }))).toBe('open')
  const passes = aRow().levels[0]!.passes.map((pass) => ({ ...pass, ok: 180, failed: 20 }))
  expect(isDecided(with_({ level: () => ({ passes }) }))).toBe('open')
  expect(isDecided(with_({ level: () => ({ passes }) }, 2))).toBe('red')
})

test('of fresh sessions the history keeps the first, which was not chosen by what it said', () => {
  const input = sessionsOf([0.05, 0.04, 0.06])
  const kept = entriesOf(decideVerdict(input), input.candidates, SOURCE, input.controls)
  expect(kept.map(({ row, control }) => [row, control])).toEqual([[input.candidates[0], input.controls![0]]])
  const repeated = { ...input, sessions: { fresh: false, most: 3 } }
  expect(entriesOf(decideVerdict(repeated), repeated.candidates, SOURCE, repeated.controls)).toHaveLength(3)
})

describe('what keeps another session coming', () => {
  const TIMES = { metrics: ['ttft-p50', 'tpot-p50'] } as const

  test('is named with how far it may still be worse, and where that would be enough', () => {
    // ln 1.1 = .0953, beyond which .05 + 2.132 · .03 = .1140 lies.
    const [open, ...others] = judgeSoFar(sessionsOf([0.05])).open
    expect(others).toEqual([])
    expect(open).toMatchObject({ what: 'wide', metric: 'tpot-p50' })
    const { change, most, needed } = open as Record<'change' | 'most' | 'needed', number>
    expect([change, most, needed].map((each) => Math.log1p(each).toFixed(4))).toEqual(['0.0500', '0.1140', '0.0953'])
  })

  test('is never what became better: only the other metric is', () => {
    const faster = sessionsOf([-0.2], { policy: TIMES })
    expect(judgeSoFar(faster)).toEqual({ word: 'green', open: [] })
    const candidates = faster.candidates.map((row) => ({
      ...row,
      levels: row.levels.map((level) => ({
        ...level,
        passes: level.passes.map((pass) => ({
          ...pass,
          figures: { ...pass.figures, 'ttft-p50': pass.figures['ttft-p50']! / Math.exp(-0.2) },
        })),
      })),
    }))
    const { word, open } = judgeSoFar({ ...faster, candidates })
    expect(word).toBe('open')
    expect(open).toMatchObject([{ what: 'wide', metric: 'ttft-p50' }])
  })

  test('is nothing once it is red', () => {
    expect(judgeSoFar(sessionsOf([0.35]))).toEqual({ word: 'red', open: [] })
  })
})
