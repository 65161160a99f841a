import { expect, test } from 'vitest'
import { renderHeadline, renderTitle } from '../../../src/render/text.ts'
import type { LostLevel } from '../../../src/report/verdict.ts'
import { VERDICT_WORDS, REASONS } from '../../../src/report/verdict.ts'
import type { RunReport } from '../../../src/report/run-report.ts'
import { aLevel, aReport } from '../../support/builders.ts'
import { SITUATIONS } from '../../support/situations.ts'
import { aComparison, aRegression, aVerdict } from '../../support/verdict-builders.ts'

test('each situation has its sentence', () => {
  const titles = Object.entries(SITUATIONS).map(([situation, { verdict }]) => `${situation} | ${renderTitle(verdict)}`)
  expect(titles.join('\n')).toMatchInlineSnapshot(`
    "regressed | ❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look
    no change seen | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    improved | ✅ llama-8b: better: TPOT −12 % (−15 to −9 %)
    proven | ✅ llama-8b: proven within tolerance: TPOT 10 %, TTFT 15 % and plateau throughput 10 %
    not proven | ❌ llama-8b: not proven that TPOT is within 10 % (measured −4 to +13 %)
    suspect | ⚠️ llama-8b: suspect: TTFT +8.0 % (1 to 15 %), not so in a second look
    main has moved | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    worse than a main that has moved | ❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look
    accepted | ✅ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), accepted by @octocat
    red by a narrow margin | ❌ llama-8b: TPOT +18 % (2 to 36 %), still so in a second look
    red beside a control | ❌ llama-8b: TPOT +10 % (5 to 15 %)
    green beside a control with history | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    a control that died | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    a noisy endpoint | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    runs that have begun to spread more | ✅ llama-8b: no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs)
    red, and the server says why | ❌ llama-8b: TTFT +30 % (20 to 40 %)
    a limit is broken | ❌ llama-8b: limit broken, ttft-p90@32 <= 2s is 4.28 s
    a concurrency no longer holds | ❌ llama-8b: concurrency 32 no longer holds, 6.3 % of the requests fail (0.018 % before)
    not comparable | ⚠️ llama-8b: not compared, output-tokens changed (128 → 256)
    beside a control and with objectives | ❌ llama-8b: capacity −23 % (−27 to −19 %), plateau throughput −17 % (−21 to −13 %)
    a run that is not valid | ❌ llama-8b: could not be measured: the run as a whole is not valid
    first run | ℹ️ llama-8b: nothing to compare yet
    no baseline wanted | ℹ️ llama-8b: not compared, only limits decide
    skipped | ℹ️ llama-8b: skipped, nothing was sent: a pull request of a fork has no key
    cancelled | ❌ llama-8b: cancelled before it was measured, so nothing was decided
    not measured | ❌ llama-8b: could not be measured: the run as a whole is not valid
    only observed | ⚠️ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look
    one of eight gates | ❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look
    by threshold | ❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look"
  `)
})

test('where nothing is compared and nothing limited, no limit is said to decide', () => {
  const { verdict } = SITUATIONS['no baseline wanted']
  expect(renderTitle({ ...verdict, limits: [] })).toBe('ℹ️ llama-8b: not compared, and no limits are set')
})

test('where no recorded run and no control has a metric of this run, it is no first run', () => {
  const comparisons = [aComparison({ metric: 'attainment', verdict: 'not-comparable' })]
  const verdict = aVerdict({ verdict: 'not-comparable', check: 'warn', reasons: ['attainment'], comparisons })
  expect(renderTitle(verdict)).toBe('⚠️ llama-8b: not compared')
  const beside = { ...verdict, baseline: { ...verdict.baseline, origin: null } }
  expect(renderTitle(beside)).toBe('⚠️ llama-8b: not compared')
})

test('every word and every reason gives a sentence of plain text', () => {
  const nothing = { comparisons: [], errorRate: null }
  for (const verdict of VERDICT_WORDS) {
    for (const { code } of REASONS) {
      const title = renderTitle(aVerdict({ ...nothing, verdict, reasons: [code], check: 'fail' }))
      expect(title).toMatch(/^❌ llama-8b: \S.*[^:,\s]$/)
      expect(title).not.toMatch(/undefined|null|NaN/)
    }
  }
})

test('reasons of what was not measured are said in words', () => {
  const because = (...reasons: string[]) =>
    renderTitle(aVerdict({ verdict: 'not-measured', check: 'fail', comparisons: [], reasons }))
  expect(because('endpoint')).toBe('❌ llama-8b: could not be measured: the endpoint could not be reached or refused')
  expect(because('tpot-p50', 'ttft-p90', 'levels-missing')).toBe(
    '❌ llama-8b: could not be measured: TTFT p90 and TPOT; too many levels could not be measured, for reasons that are not the server’s',
  )
  expect(because('of-a-newer-version')).toBe('❌ llama-8b: could not be measured: of-a-newer-version')
})

test('failures that fresh passes did not show are suspect', () => {
  const errorRate = {
    verdict: 'suspect',
    candidate: { ok: 1900, failed: 100 },
    baseline: { ok: 19_980, failed: 20 },
    rise: 0.049,
    p: 1e-9,
  } as const
  const verdict = aVerdict({ verdict: 'suspect', check: 'warn', comparisons: [], reasons: ['error-rate'], errorRate })
  expect(renderTitle(verdict)).toBe('⚠️ llama-8b: suspect: 5 % of the requests failed (0.1 % before), not proven')
})

test('a title names two things and counts the rest', () => {
  const comparisons = (['tpot-p50', 'ttft-p50', 'latency-p50', 'ttfo-p50'] as const).map((metric) =>
    aRegression({ metric, confirmed: metric !== 'ttft-p50' }),
  )
  expect(renderTitle(aVerdict({ verdict: 'regressed', check: 'fail', comparisons }))).toBe(
    '❌ llama-8b: TPOT +21 % (17 to 25 %), TTFT +21 % (17 to 25 %) and 2 more',
  )
  const lost = [16, 24, 32].map((concurrency): LostLevel => ({
    concurrency,
    verdict: 'regressed',
    candidate: { ok: 1, failed: 9 },
    baseline: { ok: 9, failed: 0 },
    repeatFailed: true,
    p: 0.001,
    reason: 'the server did not hold it',
  }))
  expect(renderTitle(aVerdict({ verdict: 'regressed', check: 'fail', lostLevels: lost }))).toBe(
    '❌ llama-8b: concurrency 16, 24 and 32 no longer hold',
  )
})

test('a title names a broken limit before what is relative', () => {
  const limits = [
    { limit: 'tpot-p50@8 <= 12ms', concurrency: 8, outcome: 'fail', value: 14.4, bound: 14.3, reason: null },
  ] as const
  const comparisons = (['tpot-p50', 'ttft-p50'] as const).map((metric) => aRegression({ metric }))
  const verdict = aVerdict({ verdict: 'regressed', check: 'fail', reasons: ['limit'], comparisons, limits })
  expect(renderTitle(verdict)).toBe(
    '❌ llama-8b: limit broken, tpot-p50@8 <= 12ms is 14.4 ms, TPOT +21 % (17 to 25 %) and 1 more',
  )
})

test('levels that lack the times of their streams are told, and are no good news', () => {
  const { verdict, report } = SITUATIONS['no change seen']
  const of = (buffered: number): string => {
    const levels = report!.levels.map((level, i) =>
      i < buffered ? { ...level, state: 'buffered' as const, ttftMs: null, tpotMs: null } : level,
    )
    return renderTitle(verdict, { ...report!, levels })
  }
  expect(of(0)).toMatch(/^✅ .*4 of 5 runs\)$/)
  expect(of(1)).toMatch(/^ℹ️ .*; no TTFT and TPOT at 1 of \d levels: answers were held back on the way$/)
  expect(of(report!.levels.length)).toMatch(/^ℹ️ .*; no TTFT and TPOT: answers were held back on the way$/)
})

test('a name cannot give the runner a command', () => {
  expect(renderTitle(aVerdict({ name: '::error::x\n::set-output' }))).not.toMatch(/\n|^::/)
})

test('where levels are missing, the title names the causes, by the report where it has all of those levels', () => {
  const level: LostLevel = {
    concurrency: 8,
    verdict: 'not-measured',
    candidate: { ok: 0, failed: 0 },
    baseline: { ok: 100, failed: 0 },
    repeatFailed: null,
    p: null,
    reason: 'this machine was too busy, or at a limit of its own',
  }
  const of = (lostLevels: readonly LostLevel[], report: RunReport | null = null) =>
    renderTitle(aVerdict({ comparisons: [], lostLevels, verdict: 'not-measured', reasons: ['levels-missing'] }), report)
  expect(of([level, { ...level, concurrency: 16 }])).toMatch(/; this machine was too busy, or at a limit of its own$/)
  expect(of([level, { ...level, reason: 'it was not tried' }])).toMatch(
    /; this machine was too busy, .*; it was not tried$/,
  )
  const report = aReport({
    measured: [1, 8].map((concurrency) => aLevel(concurrency)),
    validity: { ok: true, cause: 'the second half was slower (1 of 2 levels)', findings: [] },
  })
  expect(of([level], report)).toMatch(/server’s; the second half was slower \(1 of 2 levels\)$/)
  expect(of([level, { ...level, concurrency: 16 }], report)).not.toContain('second half')
})

test('where several names pass and not all are green, the headline says what is to be known of the one that it names', () => {
  const verdicts = [aVerdict({ name: 'chat', verdict: 'no-baseline' }), SITUATIONS.improved.verdict]
  const headline = renderHeadline(verdicts.map((verdict) => ({ verdict, report: null })))
  expect(headline).toBe('ℹ️ Both pass; chat: nothing to compare yet')
})

test('what could not be measured has the name that the table gives it', () => {
  const unmeasured = (ofPlateau: boolean) =>
    renderTitle(
      aVerdict({
        comparisons: [aComparison({ metric: 'plateau-throughput', verdict: 'not-measured', ofPlateau })],
        verdict: 'not-measured',
        reasons: ['plateau-throughput'],
      }),
    )
  expect(unmeasured(true)).toContain('could not be measured: plateau throughput')
  expect(unmeasured(false)).toContain('could not be measured: highest throughput')
})
