import { expect, test } from 'vitest'
import { explainTokenText } from '../../../src/verdict/observe/observe.ts'
import { aRow, judged, LEVELS, of, spreadValues, steady } from '../recorded.ts'
import type { HistoryRow } from '../../../src/report/history.ts'

/** The same run with this much text in each token, at every level and in every pass, and so many tokens an event. */
function withText(row: HistoryRow, charactersPerToken: number, { tokensPerEvent = 1, spread = 0.02 } = {}): HistoryRow {
  const noise = spreadValues(3 * LEVELS.length, spread)
  return {
    ...row,
    levels: row.levels.map((level, i) => ({
      ...level,
      passes: level.passes.map((pass, j) => ({
        ...pass,
        tokenText: { charactersPerToken: charactersPerToken * Math.exp(noise[3 * i + j]!), tokensPerEvent },
      })),
    })),
  }
}

const history = steady(10).map((row) => withText(row, 4))

test('a server that sends half the tokens in half the chunks and claims all is not improved', () => {
  const claims = withText(aRow({ tpot: 0.5, throughput: 0.5 }), 2, { tokensPerEvent: 2 })
  const verdict = judged(claims, history)
  expect(verdict.verdict).not.toBe('improved')
  for (const metric of ['tpot-p50', 'plateau-throughput'] as const) {
    expect(of(verdict, metric)).toMatchObject({
      verdict: 'not-comparable',
      note: 'tokens are counted differently (characters a token 4 → 2, tokens an event 1 → 2)',
    })
  }
  expect(of(verdict, 'ttft-p50').change).not.toBeNull()
})

test('a server that guesses ahead sends as much text in each token, and is improved', () => {
  const faster = withText(aRow({ tpot: 0.5, throughput: 0.5 }), 4, { tokensPerEvent: 2 })
  expect(of(judged(faster, history), 'tpot-p50')).toMatchObject({ verdict: 'improved' })
})

test('what the answers happen to say is noise, up to four standard errors', () => {
  const before = withText(aRow(), 4)
  expect(explainTokenText(before, withText(aRow(), 4 * 1.04))).toBeNull()
  expect(explainTokenText(before, withText(aRow(), 4 * 1.1))).toContain('tokens are counted differently')
  expect(explainTokenText(before, withText(aRow(), 4 * 1.1, { spread: 0.2 }))).toBeNull()
  const once = (text: number) => {
    const { levels, ...row } = withText(aRow(), text, { spread: 0 })
    return { ...row, levels: levels.slice(0, 1).map((level) => ({ ...level, passes: level.passes.slice(0, 1) })) }
  }
  expect(explainTokenText(once(4), once(4.6))).toBeNull()
  expect(explainTokenText(once(4), once(2))).not.toBeNull()
})

test('runs that do not say how much text a token has are compared as before', () => {
  expect(explainTokenText(aRow(), withText(aRow(), 4))).toBeNull()
  expect(of(judged(aRow({ tpot: 0.5 }), history), 'tpot-p50')).toMatchObject({ verdict: 'improved' })
})

test('only runs that count alike are compared', () => {
  const mixed = [...steady(5).map((row) => withText(row, 2)), ...steady(6).map((row) => withText(row, 4))]
  expect(of(judged(withText(aRow(), 4), mixed), 'tpot-p50')).toMatchObject({ groups: 6, leftOut: 5 })
})
