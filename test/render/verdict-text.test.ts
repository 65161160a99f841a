import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { renderComment } from '../../src/render/comment.ts'
import { renderText, renderVerdictText } from '../../src/render/text.ts'
import { renderPage } from '../../src/render/page.ts'
import type { LostLevel, Verdict } from '../../src/report/verdict.ts'
import { aReport } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

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

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21,
    which this run contains; tolerance 5 %. Unchanged code is red in at most 1 in
    100 runs.
    "
  `)
  expect(renderVerdictText(SITUATIONS['a concurrency no longer holds'].verdict)).toMatchInlineSnapshot(`
    "❌ llama-8b: concurrency 32 no longer holds, 6.3 % of the requests fail (0.018 %
       before)

    metric          baseline      now  change                visible  verdict
    TPOT             12.5 ms  12.5 ms     0 %  [−4.0, +4.0]   +7.0 %  no change seen
    TTFT             40.0 ms  40.0 ms     0 %  [−4.0, +4.0]    +12 %  no change seen
    Plateau, tok/s       565      565     0 %  [−4.0, +4.0]   −6.5 %  no change seen

    Concurrency 32 no longer holds: 120 of 300 failed (118 timeout, 2 http_503), and
      again when repeated; in the baseline 1 of 900 failed.
    6.3 % of the requests fail, 0.018 % in the baseline.

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21,
    which this run contains; tolerance 5 %. Unchanged code is red in at most 1 in
    100 runs.
    "
  `)
  expect(renderVerdictText(SITUATIONS['not comparable'].verdict)).toMatchInlineSnapshot(`
    "⚠️ llama-8b: not compared, output-tokens changed (128 → 256)

    14 recorded runs, none with these settings:
      output-tokens: 128 → 256
    "
  `)
  expect(renderVerdictText(SITUATIONS['first run'].verdict)).toMatchInlineSnapshot(`
    "ℹ️ llama-8b: nothing to compare yet

    Limits
      ✓ pass  ttft-p90@8 <= 800ms: 40.4 ms
      ✓ pass  error-rate <= 1%: 0 %

    Would catch, with    1 run  3 runs  8 runs
    TPOT                 +48 %   +25 %   +12 %
    TTFT                +110 %   +52 %   +24 %
    Plateau throughput   −32 %   −20 %   −11 %
    "
  `)
})

/** A verdict with a level that the baseline holds and that could not be used. */
function withUnused(overrides: Partial<LostLevel> = {}): Verdict {
  const level: LostLevel = {
    concurrency: 2,
    verdict: 'not-measured',
    candidate: { ok: 8, failed: 0 },
    baseline: { ok: 300, failed: 0 },
    repeatFailed: null,
    p: null,
    reason: 'its figures are not valid',
    ...overrides,
  }
  return aVerdict({ lostLevels: [level] })
}

test.each<[overrides: Partial<LostLevel>, sentence: string]>([
  [{}, 'Concurrency 2 gave no usable figures (its figures are not valid).'],
  [
    { repeatFailed: false },
    'Concurrency 2 gave no usable figures (its figures are not valid), but did when it was repeated.',
  ],
  [
    { repeatFailed: true, candidate: { ok: 4, failed: 6 }, reason: 'the endpoint limited the rate' },
    'Concurrency 2 gave no usable figures (the endpoint limited the rate, 6 of 10 requests failed), nor when it was repeated.',
  ],
])('a level that mishap cost is told as it was: %o', (overrides, sentence) => {
  const verdict = withUnused(overrides)
  expect(renderVerdictText(verdict).replace(/\s+/g, ' ')).toContain(sentence)
  expect(renderComment({ ...SITUATIONS.regressed, verdict }).replaceAll('\\', '')).toContain(`- ${sentence}`)
  expect(renderPage({ report: aReport(), verdict })).toContain(sentence)
})

test('slow drift is told in every form, and not when there is nothing to tell', () => {
  const metrics = [
    { metric: 'tpot-p50', ofPlateau: null, change: 0.061 },
    { metric: 'plateau-throughput', ofPlateau: false, change: -0.052 },
  ] as const
  const drift = { since: 'v1.4', released: 12, newest: 5, metrics }
  const sentence = 'Slow drift since v1.4 (5 newest runs against 12): TPOT +6.1 %, highest throughput −5.2 %.'
  const shown = (verdict: Verdict): string[] =>
    [
      renderVerdictText(verdict),
      renderComment({ ...SITUATIONS.regressed, verdict }),
      renderPage({ report: aReport(), verdict }),
    ].map((text) => text.replaceAll('\\', '').replace(/\s+/g, ' '))
  for (const text of shown(aVerdict({ drift }))) expect(text).toContain(sentence)
  const red = { verdict: 'regressed', check: 'fail', comparisons: [aRegression()] } as const
  for (const text of shown(aVerdict({ drift, ...red }))) expect(text).toContain(sentence)
  for (const text of shown(aVerdict({ drift: { ...drift, metrics: [] } }))) expect(text).not.toContain('Slow drift')
})

test('limits are listed, those that do not hold first, and once where a report stands above the verdict', () => {
  const { verdict } = SITUATIONS['a limit is broken']
  expect(renderVerdictText(verdict)).toContain(
    [
      'Limits',
      '  ✗ FAIL  ttft-p90@32 <= 2s: 4.28 s',
      '  ✓ pass  ttft-p90@8 <= 800ms: 40.4 ms',
      '  ✓ pass  error-rate <= 1%: 0 %',
    ].join('\n'),
  )
  expect(renderText(aReport(), { verdict }).match(/^Limits$/gm)).toHaveLength(1)
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
