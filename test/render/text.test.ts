import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { MeasuredLevel } from '../../src/metrics/level/level-metrics.ts'
import type { ServerSide } from '../../src/metrics/level/server-side.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import { findCapacity, sumUpKept, findBestWithin } from '../../src/metrics/plateau/capacity.ts'
import { findPlateau } from '../../src/metrics/plateau/plateau.ts'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { wrap } from '../../src/words/terminal.ts'
import { renderText, renderVerdictText } from '../../src/render/text.ts'
import { describePlateau } from '../../src/render/view/plateau.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import type { LostLevel, Verdict } from '../../src/report/verdict.ts'
import { readLimits } from '../../src/settings/values/limits.ts'
import { readObjectives } from '../../src/settings/values/objectives.ts'
import { checkLimits } from '../../src/verdict/limits.ts'
import { aFailure, aLevel, aLevelOf, aLevelRun, aReport, SERIES_FIELDS, steadyRecords } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

/** A server with eight slots: beyond them requests queue. */
function servedBy8Slots(concurrency: number, speeds: readonly number[]): MeasuredLevel {
  const batch = Math.min(concurrency, 8)
  const queueing = concurrency / batch
  const tpotMs = 10 + 0.5 * batch
  return aLevel(
    concurrency,
    speeds.map((speed) => ({
      tpotMs: tpotMs / speed,
      ttftMs: (40 + (queueing - 1) * 100 * tpotMs) / speed,
      outputTokens: 100,
    })),
  )
}

const SWEEP = [1, 2, 4, 8, 16, 32].map((concurrency) => servedBy8Slots(concurrency, [1, 1.01, 0.99]))

test('a report reads well in a terminal of 80 columns', () => {
  const within = findBestWithin(SWEEP, [{ metric: 'ttft-p50', valueMs: 500 }])
  const report = aReport({ measured: SWEEP, within })
  const limits = checkLimits(
    readLimits('ttft-p50@8 <= 100ms, tpot-p50@1 <= 5ms, ttft-p99@1 <= 1s, error-rate <= 1%'),
    report,
  )
  const text = renderText({ ...report, limits })
  expect(text).toMatchInlineSnapshot(`
    "staging · meta-llama/Llama-3.1-8B-Instruct · openai-chat
    512 input and 128 output tokens · 6 levels × 3 passes in 4 min 12 s

    level  ok/failed  TTFT p50      p90  TPOT p50  lat. p50  tok/s  req/s  state
        1       30/0   40.0 ms        –   10.5 ms    1.08 s   92.5  0.925  ok
        2       54/0   40.0 ms        –   11.0 ms    1.13 s    177   1.77  ok
        4      108/0   40.0 ms  40.4 ms   12.0 ms    1.23 s    325   3.25  ok
        8      184/0   40.0 ms  40.4 ms   14.0 ms    1.43 s    561   5.61  ok
       16      192/0    1.44 s   1.45 s   14.0 ms    2.83 s    566   5.66  ok
       32      192/0    4.24 s   4.28 s   14.0 ms    5.63 s    569   5.69  ok
    – p90 takes 64 requests: level 1 needs 34 more, level 2 needs 10 more.

    Throughput by concurrency, in tok/s
        1  92.5  ██████▌
        2   177  ████████████▌
        4   325  ██████████████████████▉
        8   561  ███████████████████████████████████████▍  plateau, knee 7.6
       16   566  ███████████████████████████████████████▊  plateau
       32   569  ████████████████████████████████████████  plateau

    Plateau: 565 tok/s (95 % interval 561 to 569), knee at concurrency 7.6. More
    concurrency adds only latency.
    Within ttft-p50 <= 500ms: 564 tok/s at concurrency 13, interpolated between
    levels.

    Limits
      ✗ FAIL  tpot-p50@1 <= 5ms: 10.5 ms
      ? not measured  ttft-p99@1 <= 1s: it needs 632 more requests
      ✓ pass  ttft-p50@8 <= 100ms: 40.0 ms
      ✓ pass  error-rate <= 1%: 0 %

    Build not checked; expect-version names the one that is meant.
    "
  `)
  for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80)
})

test('objectives say of each level which share keeps them, and where the best goodput is, in 80 columns', () => {
  const slo = { objectives: readObjectives('ttft <= 500ms, tpot <= 50ms'), share: 0.95 }
  const measured = [4, 16].map((concurrency) => {
    const records = steadyRecords(concurrency).map((record, i) =>
      concurrency === 16 && i % 3 > 0 ? { ...record, ttftMs: 900 } : record,
    )
    return summariseLevel([aLevelRun({ concurrency, records })], { task: 'chat', tolerance: 0.05, slo })
  })
  const about = {
    objectives: 'ttft <= 500ms, tpot <= 50ms',
    share: 0.95,
    capacity: findCapacity(measured, 'concurrency'),
    ...sumUpKept(measured),
  }
  const text = renderText(aReport({ measured, slo: about }))
  expect(text.split('\n').slice(3, 6)).toMatchInlineSnapshot(`
    [
      "level  ok/failed  TTFT p50  TPOT p50  lat. p50  tok/s  req/s   kept  state",
      "    4       40/0   50.0 ms   10.0 ms    1.04 s    384   3.84  100 %  ok",
      "   16      160/0    900 ms   10.0 ms    1.04 s  1,537   15.4   34 %  ok",
    ]
  `)
  expect(text).toContain('Capacity: up to ')
  expect(text).toContain('Objectives ttft <= 500ms, tpot <= 50ms: best goodput')
  for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80)
  const tellBound = (state: 'at-least' | 'below') => {
    const capacity = { state, concurrency: { value: 4, low: null, high: null }, passes: [] }
    const levels = [measured[0]!, { ...measured[1]!, valid: false }]
    return renderText(aReport({ measured: levels, slo: { ...about, capacity } })).replaceAll(/\s+/g, ' ')
  }
  expect(tellBound('at-least')).toContain('Capacity: at least 4 in flight; at every usable level 95 % of')
  // Where every pass ends at one level, because the next is too much, and where the client failed all above it.
  const toOne = { state: 'found', concurrency: { value: 4, low: 4, high: 4 }, passes: [4, 4] } as const
  expect(renderText(aReport({ measured, slo: { ...about, capacity: toOne } })).replaceAll(/\s+/g, ' ')).toContain(
    'Capacity: up to 4 in flight, 95 % of the requests keep',
  )
  const between = { state: 'found', concurrency: { value: 4, low: 3.5, high: 4.5 }, passes: [4, 4] } as const
  expect(renderText(aReport({ measured, slo: { ...about, capacity: between } })).replaceAll(/\s+/g, ' ')).toContain(
    'Capacity: up to 4 in flight (95 % interval 3.5 to 4.5, by its passes alone), 95 % of the requests keep',
  )
  const inGap = { ...measured[1]!, concurrency: 8, valid: false }
  const gapped = aReport({ measured: [measured[0]!, inGap, measured[1]!], slo: about })
  expect(renderText(gapped).replaceAll(/\s+/g, ' ')).toMatch(
    /best goodput [^:]* of the requests keep them; 1 of 3 levels could not be used\. /,
  )
  expect(renderText(gapped).replaceAll(/\s+/g, ' ')).toContain(
    'It is interpolated between concurrency 4 and 16 alone, since 1 level could not be used: see the findings.',
  )
  expect(text).not.toContain('interpolated')
  expect(tellBound('at-least')).toContain('1 level could not be used: see the findings.')
  expect(tellBound('at-least')).not.toContain('Add higher levels')
  expect(tellBound('below')).toContain('Capacity: below 4 in flight; at no usable level 95 % of')
  const price = { perHour: 2.5, tokens: 'outputTokensPerSecond', atPlateau: 0.452, atCapacity: 0.81 } as const
  expect(renderText(aReport({ measured, slo: about, price })).replaceAll(/\s+/g, ' ')).toContain(
    'At 2.50 an hour, a million output tokens cost 0.452 at the highest throughput, 0.810 at the capacity, if the server is never idle.',
  )
  const unusable = measured.map((level) => ({ ...level, valid: false }))
  expect(renderText(aReport({ measured: unusable, slo: about }))).toContain('tpot <= 50ms: no usable level.')
  const whole = [{ ...aLevel(1), valid: true, state: 'buffered' as const }]
  const told = renderText(aReport({ measured: whole, slo: about })).replaceAll(/\s+/g, ' ')
  expect(told).toContain('tpot <= 50ms: the answers do not have the times that they are about.')
})

test('what went wrong is told with its remedy, once for all levels', () => {
  const failing = summariseLevel(
    [
      aLevelRun({
        concurrency: 8,
        records: [...steadyRecords(8), ...Array.from({ length: 20 }, () => aFailure('http_503'))],
      }),
    ],
    { task: 'chat', tolerance: 0.05 },
  )
  const chunks = [1, 2].map((concurrency) => aLevel(concurrency, [{ tokenSource: 'chunks' }]))
  const text = renderText(aReport({ measured: [...chunks, failing] }))
  expect(text).toMatchInlineSnapshot(`
    "staging · meta-llama/Llama-3.1-8B-Instruct · openai-chat
    512 input and 128 output tokens · 3 levels × 1 pass in 4 min 12 s

    level  ok/failed  TTFT p50  p90  TPOT p50  lat. p50  tok/s  req/s  state
        1       10/0   50.0 ms    –   10.0 ms    1.04 s   96.1  0.961  ok
        2       20/0   50.0 ms    –   10.0 ms    1.04 s    192   1.92  ok
        8      80/20   50.0 ms    –   10.0 ms    1.04 s    768   7.68  lost
    – p90 takes 64 requests: level 1 needs 54 more, level 2 needs 44 more.

    Throughput by concurrency, in tok/s
        1  96.1  ████████████████████
        2   192  ████████████████████████████████████████  knee 1.9

    Plateau: 192 tok/s (one pass, no interval), knee at concurrency 1.9. It
    collapses: the server does not hold concurrency 8.

    Findings
      ! level 8: 20 of 100 requests failed (20 %): http_503 × 20.
        → Read the failure classes and the server log; a lower load
          (max-concurrency, or a list of concurrency or rate) avoids an overloaded
          server.
      ! level 1: 10 of 10 answers state no token count; their events were counted.
        Also at level 2.
        → Enable usage in streams where the server can
          (stream_options.include_usage); else compare only runs of the same model
          and server.

    Build not checked; expect-version names the one that is meant.
    "
  `)
  for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(80)
})

test('the server stands there where it shows its version', () => {
  const report = aReport()
  const text = renderText({ ...report, context: { ...report.context, serverVersion: 'vLLM 0.11.0' } })
  expect(text).toContain('\nServer: vLLM 0.11.0.\nBuild not checked;')
})

test('where reasoning comes first, the table is told apart from the answer', () => {
  const level = (concurrency: number, ttfoMs: number | null) => aLevel(concurrency, [{ ttftMs: 50, ttfoMs }])
  const noteOf = (...measured: MeasuredLevel[]) => /^(Reasoning .*\n?.*)$/m.exec(renderText(aReport({ measured })))?.[1]
  expect(noteOf(level(1, 700), level(2, 900))?.replaceAll('\n', ' ')).toMatch(
    /^Reasoning comes first; the answer itself begins \(TTFO p50\) after 700 ms at level 1, 900 ms at level 2\./,
  )
  expect(noteOf(level(1, null))).toMatch(
    /^Reasoning took all tokens, so no answer began \(TTFO\); raise output-tokens\./,
  )
  expect(noteOf(level(1, 50))).toBeUndefined()
})

test.each([
  ['rerank', 'documents/s'],
  ['score', 'pairs/s'],
])('%s shows latency and %s', (task, unit) => {
  const series = addSeriesKey({ ...SERIES_FIELDS, workload: { ...SERIES_FIELDS.workload, task, batchSize: 8 } })
  const record = { ttftMs: null, tpotMs: null, lastTokenMs: 20, outputTokens: 0, inputTokens: 4096 }
  const measured = [aLevel(1, [record, record], { task: task as 'rerank', tolerance: 0.05 })]
  const text = renderText(aReport({ measured, series }))
  expect(text).toContain('512 input tokens a pair, batches of 8')
  expect(text).toContain(`level  ok/failed  latency p50      p90  ${unit}  input tok/s  state`)
})

test('embeddings show latency, sequences and input tokens', () => {
  const series = addSeriesKey({
    ...SERIES_FIELDS,
    workload: { ...SERIES_FIELDS.workload, task: 'embeddings', batchSize: 8 },
  })
  const record = { ttftMs: null, tpotMs: null, lastTokenMs: 20, outputTokens: 0, inputTokens: 4096 }
  const measured = [1, 2].map((concurrency) =>
    aLevel(concurrency, [record, record], { task: 'embeddings', tolerance: 0.05 }),
  )
  expect(renderText(aReport({ measured, series }))).toMatchInlineSnapshot(`
    "staging · meta-llama/Llama-3.1-8B-Instruct · openai-chat
    512 input tokens, batches of 8 · 2 levels × 2 passes in 4 min 12 s

    level  ok/failed  latency p50      p90  sequences/s  input tok/s  state
        1      954/0      20.0 ms  20.0 ms          381      195,048  ok
        2    1,908/0      20.0 ms  20.0 ms          762      390,095  ok

    Throughput by concurrency, in input tok/s
        1  195,048  ████████████████████
        2  390,095  ████████████████████████████████████████

    Plateau not reached: 390,095 input tok/s (95 % interval 390,095 to 390,095) at
    concurrency 2, the highest of the usable levels. Its levels are those of the
    recorded runs; under another name a run searches for higher ones.

    Build not checked; expect-version names the one that is meant.
    "
  `)
})

test('a run in which nothing succeeded does not look like one', () => {
  const dead = summariseLevel([aLevelRun({ records: [aFailure('connect')] })], { task: 'chat', tolerance: 0.05 })
  const text = renderText(aReport({ measured: [dead] }))
  expect(text).toContain('This run is not valid')
  expect(text).not.toContain('plateau')
  expect(renderText(aReport({ measured: [] }))).toContain('No level was measured.')
})

test('colours change nothing but colours', () => {
  const report = aReport({ measured: SWEEP })
  const coloured = renderText(report, { colour: true })
  expect(coloured).toContain('\u001b[')
  expect(stripVTControlCharacters(coloured)).toBe(renderText(report))
})

test('what servers say cannot move the cursor or break lines', () => {
  const report = aReport()
  const text = renderText({
    ...report,
    context: { ...report.context, servedModel: 'evil\u001b[2J\n\u202e' },
    validity: { ok: true, findings: [{ code: 'new-code', message: 'a\nb\u0007' }] },
  })
  expect(text).toContain('evil [2J')
  expect(text).toContain('! a b')
  for (const sign of ['\u001b', '\u0007', '\u202e']) expect(text).not.toContain(sign)
})

test('a level that this machine could not hold says whose doing it was', () => {
  const ours = { ...aLevelOf(4, [1]), state: 'client-saturated' as const, valid: false }
  const limit = { ...ours, concurrency: 8, invalidReasons: ['client-limit'] }
  const measured = [ours, limit]
  const within = findBestWithin(measured, [{ metric: 'ttft-p50', valueMs: 500 }])
  const text = renderText(aReport({ measured, within }))
  expect(text).toMatch(/^ *4 .* client busy$/m)
  expect(text).toMatch(/^ *8 .* client limit$/m)
  expect(text).not.toContain('saturated')
  expect(text).toContain('Within ttft-p50 <= 500ms: no usable level.')
})

test('a level without TTFT and TPOT does not read as ok', () => {
  const records = steadyRecords(1, { buffered: true })
  const text = renderText(
    aReport({ measured: [summariseLevel([aLevelRun({ records })], { task: 'chat', tolerance: 0.05 })] }),
  )
  expect(text).toMatch(/^ *1 .* buffered$/m)
})

test('each state of the plateau has its sentence', () => {
  const sentence = (levels: readonly MeasuredLevel[]) =>
    describePlateau({ ...aReport(), levels, plateau: findPlateau(levels) })
  const of = (...values: number[]) => values.map((value, i) => aLevelOf(2 ** i, [value]))
  expect(sentence(of(100, 200, 400))).toBe(
    'Plateau not reached: 400 tok/s (one pass, no interval) at concurrency 4, the highest of the usable levels. Its levels are those of the recorded runs; under another `name` a run searches for higher ones.',
  )
  expect(sentence([...of(100, 200), { ...aLevelOf(4, [1]), state: 'client-saturated', valid: false }])).toContain(
    'the highest of the usable levels. 1 level could not be used: see the findings.',
  )
  expect(sentence(of(100, 200, 210))).toBe(
    'Plateau: 205 tok/s (one pass, no interval), knee at concurrency 1.9. More concurrency adds only latency.',
  )
  expect(sentence(of(100, 200, 120))).toContain(
    'It collapses: beyond concurrency 2 throughput falls by more than 10 %.',
  )
  const [lost, limited] = (['lost', 'limited'] as const).map((state) => ({ ...aLevelOf(8, [1]), state, valid: false }))
  expect(sentence([...of(100, 200), lost!])).toContain('It collapses: the server does not hold concurrency 8.')
  expect(sentence([...of(100, 200), limited!])).toContain('at concurrency 2, then a rate limit ended the sweep.')
})

test('a rate that could not be used is not said to have been carried', () => {
  const series = { ...aReport().series, rates: [5, 20] }
  const sentence = (levels: readonly MeasuredLevel[]) =>
    describePlateau({ ...aReport(), series, levels, plateau: findPlateau(levels) })
  const used = aLevelOf(5, [100])
  expect(sentence([used])).toMatch(/No rate was too much for the server\.$/)
  for (const state of ['invalid', 'limited', 'client-saturated'] as const)
    expect(sentence([used, { ...aLevelOf(20, [1]), state, valid: false }])).toMatch(
      /1 rate could not be used: see the findings\.$/,
    )
})

test('a verdict reads well in a terminal', () => {
  expect(renderVerdictText(SITUATIONS.regressed.verdict)).toMatchInlineSnapshot(`
    "❌ llama-8b: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %),
       still so in a second look

    metric          baseline      now  change                 finds  verdict
    TPOT             12.5 ms  15.1 ms   +21 %  [+14, +29]    +7.0 %  regressed
    Plateau, tok/s       565      468   −17 %  [−21, −13]    −6.5 %  regressed
    TTFT             40.0 ms  40.0 ms     0 %  [−4.0, +4.0]   +12 %  no change seen
      In brackets the likely range; finds: the worsening found in 4 of 5 runs.

    TPOT +21 % at concurrency 1 to 32.
    Plateau throughput −17 % at concurrency 8 to 32.
    Looks like decode: tokens after the first come slower; the first comes as
      before.
    It comes from this run, as far as can be seen: the baseline has not moved within
      the 12 runs compared with.

    What else changed
      server version: vllm 0.11.0 → vllm 0.11.1

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21,
    which this run contains; tolerance 5 %. Unchanged code is red in about 1 of 100
    runs made like the recorded ones. Where something slows a run now and then that
    no recorded run has met, up to 3 of 100 are red. Where runs have just begun to
    spread more than the recorded ones, up to 15 of 100 are red.
    "
  `)
  expect(renderVerdictText(SITUATIONS['a concurrency no longer holds'].verdict)).toMatchInlineSnapshot(`
    "❌ llama-8b: concurrency 32 no longer holds, 6.3 % of the requests fail (0.018 %
       before)

    metric          baseline      now  change                 finds  verdict
    TPOT             12.5 ms  12.5 ms     0 %  [−4.0, +4.0]  +7.0 %  no change seen
    TTFT             40.0 ms  40.0 ms     0 %  [−4.0, +4.0]   +12 %  no change seen
    Plateau, tok/s       565      565     0 %  [−4.0, +4.0]  −6.5 %  no change seen
      In brackets the likely range; finds: the worsening found in 4 of 5 runs.

    Concurrency 32 no longer holds: 120 of 300 failed (118 timeout, 2 http_503), and
      again when repeated; in the baseline 1 of 900 failed.
    6.3 % of the requests fail, 0.018 % in the baseline.

    Compared with 12 runs (artifacts of perf.yml), the newest 3f2c1ab of 2026-11-21,
    which this run contains; tolerance 5 %. Unchanged code is red in about 1 of 100
    runs made like the recorded ones.
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

    Worsening found in 4 of 5 runs, after  1 recorded  3 recorded  8 recorded
    TPOT                                        +48 %       +25 %       +12 %
    TTFT                                       +110 %       +52 %       +24 %
    Plateau throughput                          −32 %       −20 %       −11 %
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

test('a figure keeps its unit on its line', () => {
  expect(wrap('of it 10 % in 24 s', { width: 8 })).toEqual(['of it', '10 % in', '24 s'])
  expect(wrap('now 480 tok/s', { width: 8 })).toEqual(['now', '480 tok/s'])
})

test('nothing is set as code in a terminal or on a page, and nothing is escaped there', () => {
  const findings = [{ code: 'drift' as const, message: 'Raise `max-duration`.', remedy: 'Give `--passes`, or less.' }]
  const report = { ...aReport(), validity: { ok: true, findings } }
  const verdict = aVerdict({ name: 'plateau-demo', baseline: { ...aVerdict().baseline, skipped: ['no `history`'] } })
  const html = renderPage({ report, verdict })
  for (const text of [renderText(report, { verdict }), html.slice(html.indexOf('<body>'))]) {
    expect(text).toContain('Raise max-duration.')
    expect(text).toContain('plateau-demo')
    expect(text).not.toMatch(/[`\\]/)
  }
})

test('no line is longer than 80 columns', () => {
  for (const { verdict } of Object.values(SITUATIONS)) {
    for (const line of renderVerdictText(verdict).split('\n')) {
      expect(Array.from(line).length, line).toBeLessThanOrEqual(80)
    }
  }
})

test('a table of all that a server says is not longer than 80 columns', () => {
  const server: ServerSide = {
    source: 'vLLM',
    ttftMs: 47.9,
    tpotMs: 12.3,
    clientTtftMs: 49.1,
    clientTpotMs: 12.4,
    queueMs: 28.4,
    running: 1024,
    waiting: 16,
    kvCacheUsage: 0.53,
    prefixHitShare: 0.62,
    preemptions: 0.123,
  }
  const levels = SWEEP.map((level) => ({ ...level, server }))
  const lines = renderText(aReport({ measured: levels })).split('\n')
  expect(lines.find((line) => line.includes('evicted'))).toMatch(/^level +TTFT +server /)
  for (const line of lines) expect(Array.from(line).length, line).toBeLessThanOrEqual(80)
})

test('colours change nothing but colours of a verdict either', () => {
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

test('what would be found of throughput is called what it is before anything is recorded', () => {
  const outlook = [{ metric: 'plateau-throughput' as const, runs: 1, smallestVisible: 0.2 }]
  const told = (state: 'reached' | 'not-reached') => {
    const report = aReport()
    return renderText(
      { ...report, plateau: { ...report.plateau, state } },
      { verdict: aVerdict({ verdict: 'no-baseline', outlook }) },
    )
  }
  expect(told('reached')).toMatch(/^Worsening found in 4 of 5 runs, after[^]*^Plateau throughput/m)
  expect(told('not-reached')).toMatch(/^Worsening found in 4 of 5 runs, after[^]*^Highest throughput/m)
})
