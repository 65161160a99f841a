import { expect, test } from 'vitest'
import { encodeHiddenAttempts, MOST_HIDDEN, readHiddenAttempts } from '../../src/report/hidden-attempts.ts'
import { addMarker, markerOf, readRedFigures } from '../../src/github/pull-request/comment.ts'
import type { EarlierAttempt } from '../../src/report/looks.ts'
import { aRow } from '../verdict/recorded.ts'
import { anEdition } from '../github/editions.ts'

const ATTEMPT: EarlierAttempt = {
  attempt: 1,
  verdict: 'regressed',
  candidates: [aRow({ tpot: 1.234567 })],
  controls: [aRow()],
  sessions: { fresh: true, most: 4 },
  secondLook: { row: aRow({ tpot: 1.2 }), control: aRow() },
  limits: [
    { limit: 'tpot-p50@2 <= 10ms', concurrency: 2, outcome: 'fail', value: 12.3456789, bound: 11, reason: null },
    { limit: 'error-rate <= 1%', concurrency: null, outcome: 'not-measured', value: null, bound: null, reason: null },
  ],
}

/** A comment of ours with these attempts. */
function commentOf(attempts: readonly EarlierAttempt[], name = 'llama-8b'): string {
  const hidden = encodeHiddenAttempts({ [name]: { runId: 1001, attempts } })
  return addMarker(markerOf(name), { [name]: { 'tpot-p50': 0.2 } }, anEdition(), 'Body', hidden)
}

test('what attempts measured is read back from our comment, to five digits, with the figures that labels ask for', () => {
  const body = commentOf([ATTEMPT, { ...ATTEMPT, attempt: 2, secondLook: 'none' }])
  const { runId, attempts } = readHiddenAttempts(body)['llama-8b']!
  expect([runId, attempts.map(({ attempt }) => attempt)]).toEqual([1001, [1, 2]])
  const [first, second] = attempts
  expect(second!.secondLook).toBe('none')
  expect(first).toMatchObject({ verdict: 'regressed', sessions: { fresh: true, most: 4 } })
  const [row] = first!.candidates
  expect(row!.series).toEqual(ATTEMPT.candidates[0]!.series)
  expect(row!.traits).toEqual(ATTEMPT.candidates[0]!.traits)
  expect(row!.levels[0]!.passes[0]!.figures['tpot-p50']).toBe(12.346)
  expect(first!.controls).toHaveLength(1)
  expect(first!.secondLook).toMatchObject({ row: {}, control: {} })
  const [broken, unmeasured] = ATTEMPT.limits!
  expect(first!.limits).toEqual([{ ...broken, value: 12.346 }, unmeasured])
  expect(readRedFigures(markerOf('llama-8b'), body)).toEqual({ 'llama-8b': { 'tpot-p50': 0.2 } })
})

test('neither host nor model nor runner stands in it, and of a server only which build it was', () => {
  const context = { ...aRow().context, host: 'gpu-7.internal', model: 'secret-model', build: 'b1' }
  const body = commentOf([{ ...ATTEMPT, candidates: [{ ...aRow(), context }] }])
  expect(body).not.toMatch(/gpu-7|secret-model|github-hosted|staging/)
  expect(readHiddenAttempts(body)['llama-8b']!.attempts[0]!.candidates[0]!.context.build).toBe('b1')
})

test('a comment has room for its words: what is too much is left out, the oldest attempts first', () => {
  const many = Array.from({ length: 10 }, (_, i) => ({ ...ATTEMPT, attempt: i + 1 }))
  const body = commentOf(many)
  const kept = readHiddenAttempts(body)['llama-8b']!.attempts.map(({ attempt }) => attempt)
  expect(kept.at(-1)).toBe(10)
  expect(kept.length).toBeLessThan(10)
  expect(body.length).toBeLessThan(MOST_HIDDEN + 1000)
  const wide = aRow({}, { levels: Array.from({ length: 300 }, (_, i) => i + 1) })
  expect(encodeHiddenAttempts({ 'llama-8b': { runId: 1, attempts: [{ ...ATTEMPT, candidates: [wide] }] } })).toBe('')
  expect(encodeHiddenAttempts({ 'llama-8b': { runId: 1, attempts: [] } })).toBe('')
})

test.each(['--> visible', '--!> visible', '-->--!>', '>', '<!-- > -->'])(
  'no text of others ends the comment that hides it: %s',
  (build) => {
    const row = { ...aRow(), context: { ...aRow().context, build } }
    const body = commentOf([{ ...ATTEMPT, candidates: [row] }])
    // Marker and figures, edition, attempts; a browser ends a comment at either.
    expect(body.split('\n')[0]!.match(/--!?>/g)).toHaveLength(4)
    expect(readHiddenAttempts(body)['llama-8b']!.attempts[0]!.candidates[0]!.context.build).toBe(build)
  },
)

test('what is not exactly ours counts as nothing', () => {
  const body = commentOf([ATTEMPT])
  for (const spoilt of [
    '',
    'x',
    `quoted\n${body}`,
    body.replace('"regressed"', '"great"'),
    body.replace(/"key":"[0-9a-f]/, '"key":"x'),
    body.replace('12.346', '-12.346'),
    body.replace('12.346', '"12.346"'),
    body.replace('"figures":["', '"figures":["other-'),
    body.replace('{"llama-8b":{"run"', '{"../llama":{"run"'),
    body.replace('"candidates":[', '"candidates":[],"others":['),
    body.replace('"attempt":1,"verdict"', '"attempt":1.5,"verdict"'),
  ]) {
    expect(spoilt).not.toBe(body)
    expect(Object.keys(readHiddenAttempts(spoilt)), spoilt.slice(0, 300)).toEqual([])
  }
})
