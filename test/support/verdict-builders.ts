import type { HistoryEntry, HistoryRow, RowLevel } from '../../src/report/history.ts'
import { buildRow } from '../../src/report/history-row.ts'
import type { Looks } from '../../src/report/looks.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { VERDICT_SCHEMA } from '../../src/report/verdict.ts'
import type { Comparison, LevelChange, Verdict } from '../../src/report/verdict.ts'
import { SERIES_FIELDS } from './builders.ts'

/** What a verdict was given about: one run, that of this report. */
export function looksAt(report: RunReport): Looks {
  return { candidates: [buildRow(report)], secondLook: 'none', limits: [] }
}

/** A verdict over twelve recorded runs; without overrides nothing changed. */
export function aVerdict(overrides: Partial<Verdict> = {}): Verdict {
  return {
    schema: VERDICT_SCHEMA,
    name: 'llama-8b',
    verdict: 'no-change-seen',
    reasons: [],
    check: 'pass',
    policy: { gate: 'check', decision: 'statistical', onNotComparable: 'warn', onUnmeasured: 'fail', onSkip: 'pass' },
    decidedBy: [],
    comparisons: [
      aComparison(),
      aComparison({ metric: 'ttft-p50', baseline: 50, candidate: 51, smallestVisible: 0.12, tolerance: 0.05 }),
      aComparison({ metric: 'plateau-throughput', baseline: 560, candidate: 556, levels: [8, 16, 32] }),
    ],
    lostLevels: [],
    errorRate: {
      verdict: 'no-change-seen',
      candidate: { ok: 1900, failed: 0 },
      baseline: { ok: 22_800, failed: 4 },
      rise: 0,
      p: 1,
    },
    limits: [],
    whatElseChanged: [],
    baseline: {
      origin: 'artifacts of perf.yml',
      runs: 12,
      groups: 12,
      newest: { sha: '3f2c1ab9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f', startedAt: '2026-11-21T04:00:00.000Z', url: null },
      ancestor: true,
      skipped: [],
      unreadable: null,
      lost: null,
      uncomparedInARow: 0,
    },
    notComparable: null,
    outlook: [],
    confirmation: null,
    falseAlarmRate: 0.01,
    drift: null,
    control: null,
    ...overrides,
  }
}

/** One metric without a change; figures that hang together follow from `baseline` and `candidate`. */
export function aComparison(overrides: Partial<Comparison> = {}): Comparison {
  const metric = overrides.metric ?? 'tpot-p50'
  const isThroughput = metric === 'plateau-throughput' || metric === 'throughput-within'
  const baseline = overrides.baseline === undefined ? 10.5 : overrides.baseline
  const candidate = overrides.candidate === undefined ? 10.6 : overrides.candidate
  const change = baseline === null || candidate === null ? null : candidate / baseline - 1
  const levels = overrides.levels ?? [1, 2, 4, 8, 16, 32]
  return {
    metric,
    better: isThroughput ? 'higher' : 'lower',
    verdict: 'no-change-seen',
    unit: isThroughput ? 'tok/s' : null,
    ofPlateau: isThroughput ? true : null,
    levels,
    baseline,
    candidate,
    change,
    interval: change === null ? null : { low: change - 0.04, high: change + 0.04 },
    worsening: change === null ? null : isThroughput ? 1 / (1 + change) - 1 : change,
    p: change === null ? null : 0.4,
    smallestVisible: 0.07,
    tolerance: 0.05,
    spread: 0.02,
    assumedSpread: false,
    groups: 12,
    segments: 1,
    leftOut: 0,
    provisional: null,
    confirmed: null,
    accepted: null,
    byLevel:
      baseline === null || candidate === null
        ? []
        : levels.map((concurrency) => aLevelChange({ concurrency, baseline, candidate })),
    aside: [],
    doubt: null,
    control: null,
    note: null,
    ...overrides,
  }
}

/** TPOT +21 %, regressed and confirmed; `overrides` as for `aComparison`. */
export function aRegression(overrides: Partial<Comparison> = {}): Comparison {
  return aComparison({
    verdict: 'regressed',
    baseline: 10.5,
    candidate: 12.7,
    p: 0.0001,
    confirmed: true,
    ...overrides,
  })
}

/** A regressed metric whose change at level 1, 2, 4, 8 and so on is given. */
export function regressedBy(metric: Comparison['metric'], changes: readonly number[]): Comparison {
  const mean = changes.length === 0 ? 0 : changes.reduce((sum, change) => sum + change, 0) / changes.length
  return aRegression({
    metric,
    better: metric === 'plateau-throughput' ? 'higher' : 'lower',
    baseline: 100,
    candidate: 100 * (1 + mean),
    byLevel: changes.map((change, i) =>
      aLevelChange({ concurrency: 2 ** i, baseline: 100, candidate: 100 * (1 + change) }),
    ),
  })
}

/** One level of a comparison; the change is that of its figures. */
export function aLevelChange({
  concurrency = 1,
  baseline = 10.5,
  candidate = 10.6,
}: Partial<Omit<LevelChange, 'change'>> = {}): LevelChange {
  return { concurrency, baseline, candidate, change: candidate / baseline - 1 }
}

/** A recorded run as a row: healthy, two levels of three passes. */
export function aRow(overrides: Partial<HistoryRow> = {}): HistoryRow {
  return {
    startedAt: '2026-11-21T04:00:00.000Z',
    series: addSeriesKey(SERIES_FIELDS),
    context: {
      endpointLabel: 'staging',
      model: 'llama-8b',
      servedModel: 'meta-llama/Llama-3.1-8B-Instruct',
      runner: { environment: 'github-hosted', os: 'linux', arch: 'x64', cpuCount: 4 },
      node: '24.21.0',
    },
    levels: [aRowLevel({ concurrency: 1 }), aRowLevel({ concurrency: 2 })],
    throughputMetric: 'outputTokensPerSecond',
    plateauState: 'reached',
    within: null,
    traits: { tokenSource: 'usage', buffered: false, reasoning: false },
    ...overrides,
  }
}

/** A level of a row: the same figures in each of three passes. */
export function aRowLevel(overrides: Partial<RowLevel> = {}): RowLevel {
  const concurrency = overrides.concurrency ?? 1
  const pass = {
    ok: 30,
    failed: 0,
    figures: { 'ttft-p50': 50, 'tpot-p50': 10, 'latency-p50': 1320, throughput: 95 * concurrency },
  }
  return { concurrency, valid: true, state: 'ok', tails: {}, passes: [pass, pass, pass], ...overrides }
}

/** A recorded run of the default branch. */
export function anEntry(overrides: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    row: aRow(),
    source: {
      sha: '3f2c1ab9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f',
      ref: 'main',
      runId: '1001',
      attempt: 1,
      event: 'push',
      url: null,
    },
    verdict: 'no-change-seen',
    segments: {},
    ...overrides,
  }
}
