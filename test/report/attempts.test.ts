import { describe, expect, test } from 'vitest'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import { setAttemptsApart } from '../../src/report/attempts.ts'
import { aBaseline, aRow, judged, of, passesOf, recorded } from '../verdict/recorded.ts'

/** A red attempt, in which everything was as slow again in the fresh passes. */
function attemptOf(tpot: number, more: Partial<EarlierAttempt> = {}): EarlierAttempt {
  const row = aRow({ tpot })
  return { attempt: 1, verdict: 'regressed', candidates: [row], secondLook: passesOf(row), ...more }
}

describe('a history to which each attempt is added', () => {
  const rows = [1, 1.01, 1.2, 1.3].map((tpot) => aRow({ tpot }))
  const history = recorded(rows, (i) => ({
    runId: i < 2 ? `run-${i}` : 'own',
    verdict: i < 2 ? 'proven' : 'regressed',
  }))
  const grown = aBaseline(
    history.map((entry, i) => ({ ...entry, source: { ...entry.source, attempt: i === 3 ? 2 : 1 } })),
  )
  const apart = (attempt: number, earlier: readonly EarlierAttempt[] = []) =>
    setAttemptsApart(grown, { run: { id: 'own', attempt }, earlier })

  test('does not have a commit compared with itself: its attempts count together', () => {
    const { baseline, earlier } = apart(3)
    expect(baseline!.entries.map(({ source }) => source.runId)).toEqual(['run-0', 'run-1'])
    expect(earlier.map(({ attempt, verdict }) => [attempt, verdict])).toEqual([
      [1, 'regressed'],
      [2, 'regressed'],
    ])
    expect(of(judged(rows[2]!, [], { baseline, earlier }), 'tpot-p50').candidate!).toBeCloseTo(
      10 * Math.cbrt(1.2 * 1.2 * 1.3),
      6,
    )
    // What this attempt itself has recorded is a run like any other.
    expect(apart(2).baseline!.entries).toHaveLength(3)
  })

  test('and says less of an attempt than what kept its second look', () => {
    const known = attemptOf(1.2)
    expect(apart(3, [known]).earlier[0]).toBe(known)
    expect(apart(3, [known]).earlier.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('is left as it is outside of a workflow', () => {
    expect(setAttemptsApart(grown, {}).baseline).toBe(grown)
    expect(setAttemptsApart(null, { run: { id: 'own', attempt: 2 } })).toEqual({ baseline: null, earlier: [] })
  })
})
