import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { renderComment } from '../../src/render/comment.ts'
import { renderVerdictText } from '../../src/render/verdict-text.ts'
import { SITUATIONS } from '../support/situations.ts'

test('a verdict reads well in a terminal', () => {
  expect(renderVerdictText(SITUATIONS.regressed.verdict)).toMatchInlineSnapshot(`
    "❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %),
       confirmed by a second look

    metric          baseline      now  change                visible  verdict
    TPOT             12.5 ms  15.1 ms   +21 %  [+14, +29]     +7.0 %  regressed
    Plateau, tok/s       565      468   −17 %  [−21, −13]     −6.5 %  regressed
    TTFT             40.0 ms  40.0 ms     0 %  [−4.0, +4.0]    +12 %  no change seen

    TPOT +21 % at concurrency 1 to 32.
    Plateau throughput −17 % at concurrency 8 to 32.
    Looks like decode: tokens after the first come slower; the first comes as
      before.
    This run, as far as can be seen: the baseline has not moved within the 12 runs
      compared with.

    What else changed
      server version: vllm 0.11.0 → vllm 0.11.1

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21;
    tolerance 5 %. Unchanged code is red in at most 1 in 100 runs.
    "
  `)
  expect(renderVerdictText(SITUATIONS['a concurrency no longer holds'].verdict)).toMatchInlineSnapshot(`
    "❌ llama-8b: concurrency 32 no longer holds, 6.3 % of the requests fail (0.018 %
       before)

    metric          baseline      now  change                visible  verdict
    TPOT             12.5 ms  12.5 ms     0 %  [−4.0, +4.0]   +7.0 %  no change seen
    TTFT             40.0 ms  40.0 ms     0 %  [−4.0, +4.0]    +12 %  no change seen
    Plateau, tok/s       565      565     0 %  [−4.0, +4.0]   −6.5 %  no change seen

    Concurrency 32 no longer holds: 120 of 300 requests failed, 0.11 % in the
      baseline (118 timeout, 2 http_503).
    6.3 % of the requests fail, 0.018 % in the baseline.

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21;
    tolerance 5 %. Unchanged code is red in at most 1 in 100 runs.
    "
  `)
  expect(renderVerdictText(SITUATIONS['not comparable'].verdict)).toMatchInlineSnapshot(`
    "⚠️ llama-8b: not compared, output-tokens changed (128 → 256)

    14 recorded runs, none comparable:
      output-tokens: 128 → 256
    "
  `)
  expect(renderVerdictText(SITUATIONS['first run'].verdict)).toMatchInlineSnapshot(`
    "ℹ️ llama-8b: nothing to compare yet

    Smallest visible with   1 run  3 runs  8 runs
    TPOT                    +48 %   +25 %   +12 %
    TTFT                   +110 %   +52 %   +24 %
    Plateau throughput      −32 %   −20 %   −11 %
    "
  `)
})

test('no line is longer than 80 columns', () => {
  for (const { verdict } of Object.values(SITUATIONS)) {
    for (const line of renderVerdictText(verdict).split('\n')) {
      expect(Array.from(line).length, line).toBeLessThanOrEqual(80)
    }
  }
})

test('colours change nothing but colours', () => {
  for (const { verdict } of Object.values(SITUATIONS)) {
    const coloured = renderVerdictText(verdict, { colour: true })
    expect(coloured).toContain('\u001b[')
    expect(stripVTControlCharacters(coloured)).toBe(renderVerdictText(verdict))
  }
})

test('what others write cannot move the cursor or break lines', () => {
  const { verdict } = SITUATIONS.regressed
  const evil = 'evil\u001b[2J\n\u202e'
  const text = renderVerdictText({
    ...verdict,
    name: evil,
    whatElseChanged: [{ what: evil, before: evil, now: evil }],
    comparisons: verdict.comparisons.map((comparison) => ({ ...comparison, note: evil })),
    baseline: { ...verdict.baseline, origin: evil, skipped: [evil] },
  })
  expect(text).toContain('evil [2J')
  for (const sign of ['\u001b', '\u202e']) expect(text).not.toContain(sign)
})

test('a gate that has compared nothing three times in a row says so, in a terminal and in a comment', () => {
  const { verdict } = SITUATIONS['not comparable']
  const after = (uncomparedInARow: number) => ({ ...verdict, baseline: { ...verdict.baseline, uncomparedInARow } })
  const warning = '3 runs in a row compared with nothing'
  expect(renderVerdictText(after(3))).toContain(warning)
  expect(renderVerdictText(after(2))).not.toContain('in a row')
  expect(renderComment({ ...SITUATIONS['not comparable'], verdict: after(3) })).toContain(warning)
})
