import { findCapacity, sumUpKept } from '../../src/metrics/plateau/capacity.ts'
import { listClues } from '../../src/report/clues.ts'
import type { MeasuredLevel } from '../../src/metrics/level/level-metrics.ts'
import type { Slo } from '../../src/metrics/level/objectives.ts'
import { summariseLevel } from '../../src/metrics/level.ts'
import type { ViewInput } from '../../src/render/view/input.ts'
import type { Comparison, LevelChange, SideCurve, SideFigure, SideLevel, Verdict } from '../../src/report/verdict.ts'
import { readObjectives, renderObjectives } from '../../src/settings/values/objectives.ts'
import { FIGURES_OF_LEVEL, metricOf } from '../../src/vocabulary/metrics.ts'
import type { FigureOfLevel } from '../../src/vocabulary/metrics.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aLevel, aLevelRun, aReport, steadyRecords } from './builders.ts'
import { aComparison, aLevelChange, aVerdict } from './verdict-builders.ts'

/** Comments of every kind, as people see them: for tests that read them and for the preview. */

const LEVELS = [1, 2, 4, 8, 16, 32]

/** A server with eight slots, so that beyond them requests queue; `slower` multiplies its times. */
export function aSweep({ tpot = 1, ttft = 1, slo }: { tpot?: number; ttft?: number; slo?: Slo } = {}): MeasuredLevel[] {
  return LEVELS.map((concurrency) => {
    const batch = Math.min(concurrency, 8)
    const tpotMs = (10 + 0.5 * batch) * tpot
    const queueMs = (concurrency / batch - 1) * 100 * tpotMs
    const passes = [1, 1.01, 0.99].map((speed) => ({
      tpotMs: tpotMs / speed,
      ttftMs: (40 * ttft + queueMs) / speed,
      outputTokens: 100,
    }))
    return aLevel(concurrency, passes, { task: 'chat', tolerance: 0.05, ...(slo !== undefined && { slo }) })
  })
}

const BEFORE = aSweep()

/** What one side was at each level of a sweep, as a verdict keeps it; with `spread` as the mean of several runs. */
export function aSideCurve(sweep: readonly MeasuredLevel[], spread = 0): SideCurve {
  const figureOf = (value: number | null | undefined): SideFigure | undefined =>
    value == null ? undefined : { value, ...(spread > 0 && { low: value * (1 - spread), high: value * (1 + spread) }) }
  const levels = sweep.map((level): SideLevel => {
    const figures = FIGURES_OF_LEVEL.flatMap((name) => {
      const figure = figureOf(pickFigure(level, name))
      return figure === undefined ? [] : [[name, figure] as const]
    })
    const clues = level.server === undefined ? {} : { clues: listClues(level) }
    return { concurrency: level.concurrency, figures: Object.fromEntries(figures), ...clues }
  })
  return { runs: spread > 0 ? 12 : 1, levels }
}

function pickFigure(level: MeasuredLevel, name: FigureOfLevel): number | null | undefined {
  if (name === 'throughput') return level.outputTokensPerSecond
  if (name === 'attainment') return level.attained?.attainment
  if (name === 'goodput') return level.attained?.requestsPerSecond
  const { field, percentile } = metricOf(name)
  return level[field]?.[percentile]
}

/** The figures of two sweeps at some levels. */
function changes(
  after: readonly MeasuredLevel[],
  levels: readonly number[],
  figure: (level: MeasuredLevel) => number,
): LevelChange[] {
  return levels.map((concurrency) => {
    const at = (sweep: readonly MeasuredLevel[]) => figure(sweep.find((level) => level.concurrency === concurrency)!)
    return aLevelChange({ concurrency, baseline: at(BEFORE), candidate: at(after) })
  })
}

/** A metric of `after` against the usual sweep, averaged over its levels. */
function compared(
  metric: 'tpot-p50' | 'ttft-p50' | 'plateau-throughput',
  after: readonly MeasuredLevel[],
  overrides: Partial<Comparison> = {},
): Comparison {
  const levels = metric === 'ttft-p50' ? [1, 2, 4, 8] : metric === 'tpot-p50' ? LEVELS : [8, 16, 32]
  const figure = (level: MeasuredLevel): number => {
    if (metric === 'tpot-p50') return level.tpotMs!.p50!
    return metric === 'ttft-p50' ? level.ttftMs!.p50! : level.outputTokensPerSecond!
  }
  const byLevel = changes(after, levels, figure)
  const over = (side: 'baseline' | 'candidate') =>
    Math.exp(byLevel.reduce((sum, level) => sum + Math.log(level[side]), 0) / byLevel.length)
  return aComparison({
    metric,
    levels,
    baseline: over('baseline'),
    candidate: over('candidate'),
    byLevel,
    aside: changes(
      after,
      LEVELS.filter((level) => !levels.includes(level)),
      figure,
    ),
    smallestVisible: metric === 'ttft-p50' ? 0.12 : 0.07,
    ...overrides,
  })
}

function anInput(
  verdict: Verdict,
  { report = aReport({ measured: BEFORE }), ...overrides }: Partial<ViewInput> = {},
): ViewInput & Required<Pick<ViewInput, 'links'>> {
  return {
    report,
    verdict,
    links: {
      run: 'https://github.com/acme/inference/actions/runs/19512345678',
      artifact: 'https://github.com/acme/inference/actions/runs/19512345678/artifacts/4242',
    },
    repository: 'acme/inference',
    settingsNote: null,
    notes: [],
    attempt: 1,
    ...overrides,
  }
}

const SLOW = aSweep({ tpot: 1.21 })
const slowReport = aReport({ measured: SLOW })
const slower = compared('tpot-p50', SLOW, {
  verdict: 'regressed',
  confirmed: true,
  interval: { low: 0.142, high: 0.287 },
  p: 0.00002,
})
const lessThroughput = compared('plateau-throughput', SLOW, { verdict: 'regressed', confirmed: true })
const steadyTtft = compared('ttft-p50', SLOW)

const regressed = aVerdict({
  verdict: 'regressed',
  check: 'fail',
  reasons: ['tpot-p50', 'plateau-throughput'],
  comparisons: [slower, lessThroughput, steadyTtft],
  whatElseChanged: [{ what: 'server version', before: 'vllm 0.11.0', now: 'vllm 0.11.1' }],
  confirmation: { metrics: ['tpot-p50', 'plateau-throughput'], levels: LEVELS, passes: 2 },
  sides: { baseline: aSideCurve(BEFORE, 0.03) },
})

const unchanged = [compared('tpot-p50', BEFORE), compared('ttft-p50', BEFORE), compared('plateau-throughput', BEFORE)]

const nothingCompared: Partial<Verdict> = {
  comparisons: [],
  errorRate: null,
  falseAlarmRate: null,
  baseline: {
    origin: 'artifacts of perf.yml',
    runs: 0,
    groups: 0,
    newest: null,
    ancestor: null,
    skipped: [],
    unreadable: null,
    lost: null,
    uncomparedInARow: 1,
  },
}

const provisional = {
  sha: '3f2c1ab9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f',
  startedAt: '2026-11-20T04:00:00.000Z',
  runs: 2,
  mainChange: 0.19,
  changeFromBefore: 0.194,
}

const LIMITS = [
  { limit: 'ttft-p90@8 <= 800ms', concurrency: 8, outcome: 'pass', value: 40.4, bound: 40.5, reason: null },
  { limit: 'error-rate <= 1%', concurrency: null, outcome: 'pass', value: 0, bound: null, reason: null },
] as const

const SLO: Slo = { objectives: readObjectives('ttft <= 2s, tpot <= 50ms, latency <= 5s'), share: 0.95 }
const [objectiveBefore, objectiveNow] = [aSweep({ slo: SLO }), aSweep({ tpot: 1.21, slo: SLO })]
const objectiveReport = aReport({
  measured: objectiveNow,
  slo: {
    objectives: renderObjectives(SLO.objectives),
    share: SLO.share,
    capacity: findCapacity(objectiveNow, 'concurrency'),
    ...sumUpKept(objectiveNow),
  },
})
/** The same sweep as a server with eight slots tells of it; `prefillMs` passes until a token, `hits` of the prompt are cached. */
function tellSweep(sweep: readonly MeasuredLevel[], prefillMs: number, hits: number): MeasuredLevel[] {
  return sweep.map((level) => {
    const { concurrency } = level
    const running = Math.min(concurrency, 8)
    const ttftMs = level.ttftMs!.p50!
    const server = {
      source: 'vLLM',
      ttftMs: ttftMs - 2,
      tpotMs: level.tpotMs!.p50!,
      clientTtftMs: ttftMs,
      clientTpotMs: level.tpotMs!.p50!,
      queueMs: Math.max(0.4, ttftMs - prefillMs),
      running,
      waiting: concurrency - running,
      kvCacheUsage: running / 40,
      prefixHitShare: hits,
      preemptions: 0,
    }
    return { ...level, server, split: { ...level.split!, queueMs: server.queueMs } }
  })
}

const [told, toldBefore] = [tellSweep(aSweep({ ttft: 1.3 }), 51.6, 0.02), tellSweep(aSweep(), 39.6, 0.71)]
const lateAtLoad = compared('ttft-p50', aSweep({ ttft: 1.3 }), {
  verdict: 'regressed',
  interval: { low: 0.2, high: 0.4 },
})

/** A run of which two levels cannot be used. */
const spoilt = aReport({
  measured: SLOW.map((level) =>
    level.concurrency === 4 || level.concurrency === 32
      ? { ...level, valid: false, state: 'client-saturated' as const, invalidReasons: ['client-saturated'] }
      : level,
  ),
})

/** Every ninth request of a level takes up to three times as long. */
function slowDown(record: RequestRecord, i: number): RequestRecord {
  const times = i % 9 === 0 ? 1 + i / 40 : 1
  const [ttftMs, lastTokenMs] = [record.ttftMs! * times, record.lastTokenMs! * times]
  return {
    ...record,
    requestId: (0x9e3779b97f4a * (i + 1)).toString(16).padStart(16, '0').slice(-16),
    ttftMs,
    lastTokenMs,
  }
}

/** One input for each situation that a reader may meet. */
export const SITUATIONS = {
  regressed: anInput(regressed, { report: slowReport }),
  'no change seen': anInput(aVerdict({ comparisons: unchanged, limits: LIMITS })),
  improved: anInput(
    aVerdict({
      verdict: 'improved',
      comparisons: [
        compared('tpot-p50', aSweep({ tpot: 0.88 }), {
          verdict: 'improved',
          interval: { low: -0.151, high: -0.087 },
        }),
        ...unchanged.slice(1),
      ],
    }),
  ),
  proven: anInput(
    aVerdict({
      verdict: 'proven',
      policy: { ...regressed.policy, gate: 'release' },
      comparisons: unchanged.map((comparison) => ({
        ...comparison,
        verdict: 'proven' as const,
        tolerance: comparison.metric === 'ttft-p50' ? 0.15 : 0.1,
      })),
    }),
  ),
  'not proven': anInput(
    aVerdict({
      check: 'fail',
      reasons: ['not-proven'],
      policy: { ...regressed.policy, gate: 'release' },
      comparisons: [
        compared('tpot-p50', aSweep({ tpot: 1.04 }), { tolerance: 0.1, interval: { low: -0.04, high: 0.13 } }),
        ...unchanged.slice(1).map((comparison) => ({ ...comparison, verdict: 'proven' as const, tolerance: 0.15 })),
      ],
    }),
  ),
  suspect: anInput(
    aVerdict({
      verdict: 'suspect',
      check: 'warn',
      reasons: ['ttft-p50'],
      comparisons: [
        compared('ttft-p50', aSweep({ ttft: 1.08 }), {
          verdict: 'suspect',
          confirmed: false,
          interval: { low: 0.011, high: 0.152 },
        }),
        unchanged[0]!,
        unchanged[2]!,
      ],
      confirmation: { metrics: ['ttft-p50'], levels: [1, 2, 4, 8], passes: 2 },
    }),
  ),
  'main has moved': anInput(
    aVerdict({
      comparisons: [
        compared('tpot-p50', BEFORE, { interval: { low: -0.02, high: 0.03 }, provisional }),
        ...unchanged.slice(1),
      ],
    }),
  ),
  'worse than a main that has moved': anInput(
    aVerdict({
      ...regressed,
      comparisons: [{ ...slower, provisional: { ...provisional, changeFromBefore: 0.44 } }, lessThroughput, steadyTtft],
      baseline: { ...regressed.baseline, ancestor: false },
    }),
    { report: slowReport },
  ),
  accepted: anInput(
    aVerdict({
      ...regressed,
      verdict: 'accepted',
      check: 'pass',
      comparisons: [
        { ...slower, verdict: 'accepted', accepted: { by: 'octocat', at: 0.21, why: null } },
        { ...lessThroughput, verdict: 'accepted', accepted: { by: 'octocat', at: 0.21, why: null } },
        steadyTtft,
      ],
    }),
    { report: slowReport },
  ),
  'red by a narrow margin': anInput(
    aVerdict({
      ...regressed,
      reasons: ['tpot-p50'],
      comparisons: [
        compared('tpot-p50', aSweep({ tpot: 1.18 }), {
          verdict: 'regressed',
          confirmed: true,
          interval: { low: 0.02, high: 0.36 },
          smallestVisible: 0.25,
        }),
        ...unchanged.slice(1),
      ],
    }),
  ),
  'red beside a control': anInput(
    aVerdict({
      ...regressed,
      reasons: ['tpot-p50'],
      comparisons: [
        compared('tpot-p50', aSweep({ tpot: 1.1 }), {
          verdict: 'regressed',
          interval: { low: 0.05, high: 0.15 },
          control: { theta: 1, pairs: 0 },
        }),
        ...unchanged.slice(1).map((comparison) => ({ ...comparison, control: { theta: 1, pairs: 0 } })),
      ],
      baseline: { ...nothingCompared.baseline!, origin: null },
      confirmation: null,
      control: { pairs: 0, sessions: 3, fresh: true, troubles: [] },
    }),
  ),
  'green beside a control with history': anInput(
    aVerdict({
      comparisons: unchanged.map((comparison) => ({ ...comparison, control: { theta: 0.82, pairs: 12 } })),
      control: { pairs: 12, sessions: 1, fresh: false, troubles: [] },
    }),
  ),
  'a control that died': anInput(
    aVerdict({
      comparisons: unchanged,
      control: {
        pairs: 12,
        sessions: 1,
        fresh: false,
        troubles: ['it stopped answering at concurrency 8: connection refused'],
      },
    }),
  ),
  'a noisy endpoint': anInput(
    aVerdict({ comparisons: unchanged.map((comparison) => ({ ...comparison, spread: 0.051, groups: 12 })) }),
  ),
  'runs that have begun to spread more': anInput(
    aVerdict({
      comparisons: unchanged.map((comparison) =>
        comparison.metric === 'tpot-p50'
          ? { ...comparison, spread: 0.041, spreadBefore: 0.014, groups: 16 }
          : comparison,
      ),
    }),
  ),
  'red, and the server says why': anInput(
    aVerdict({
      ...regressed,
      reasons: ['ttft-p50'],
      comparisons: [lateAtLoad, ...unchanged.filter(({ metric }) => metric !== 'ttft-p50')],
      sides: { baseline: aSideCurve(toldBefore, 0.03), control: aSideCurve(toldBefore) },
    }),
    {
      report: {
        ...aReport({ measured: told }),
        slowest: summariseLevel(
          [aLevelRun({ concurrency: 8, records: steadyRecords(8).map((record, i) => slowDown(record, i)) })],
          { task: 'chat', tolerance: 0.05 },
        ).slowest,
      },
    },
  ),
  'a limit is broken': anInput(
    aVerdict({
      verdict: 'regressed',
      check: 'fail',
      reasons: ['limit'],
      comparisons: unchanged,
      limits: [
        { ...LIMITS[0], limit: 'ttft-p90@32 <= 2s', concurrency: 32, outcome: 'fail', value: 4280, bound: 4250 },
        ...LIMITS,
      ],
    }),
  ),
  'a concurrency no longer holds': anInput(
    aVerdict({
      verdict: 'regressed',
      check: 'fail',
      reasons: ['level-lost', 'error-rate'],
      lostLevels: [
        {
          concurrency: 32,
          verdict: 'regressed',
          candidate: { ok: 180, failed: 120 },
          baseline: { ok: 899, failed: 1 },
          repeatFailed: true,
          p: 1e-9,
          reason: '118 timeout, 2 http_503',
        },
      ],
      errorRate: {
        verdict: 'regressed',
        candidate: { ok: 1780, failed: 120 },
        baseline: { ok: 22_800, failed: 4 },
        rise: 0.063,
        p: 1e-8,
      },
      comparisons: unchanged,
    }),
  ),
  'not comparable': anInput(
    aVerdict({
      ...nothingCompared,
      verdict: 'not-comparable',
      check: 'warn',
      notComparable: {
        runs: 14,
        differences: [{ field: 'workload.outputTokens', setting: 'output-tokens', before: '128', now: '256' }],
      },
    }),
    { notes: ['Three runs in a row were not compared: this gate checks nothing until main records this workload.'] },
  ),
  'beside a control and with objectives': anInput(
    aVerdict({
      ...regressed,
      reasons: ['capacity'],
      comparisons: [
        aComparison({
          metric: 'capacity',
          verdict: 'regressed',
          better: 'higher',
          unit: 'in flight',
          ofPlateau: null,
          levels: [],
          byLevel: [],
          baseline: 22.4,
          candidate: 17.3,
          control: { theta: 0.7, pairs: 12 },
        }),
        { ...lessThroughput, control: { theta: 0.7, pairs: 12 } },
      ],
      control: { pairs: 12, sessions: 1, fresh: false, troubles: [] },
      sides: {
        baseline: aSideCurve(objectiveBefore, 0.03),
        control: aSideCurve(aSweep({ tpot: 1.05, slo: SLO })),
      },
    }),
    { report: objectiveReport },
  ),
  'a run that is not valid': anInput(
    aVerdict({
      ...nothingCompared,
      verdict: 'not-measured',
      check: 'fail',
      reasons: ['run-invalid'],
      sides: { baseline: aSideCurve(BEFORE, 0.03) },
    }),
    { report: { ...spoilt, validity: { ...spoilt.validity, ok: false } } },
  ),
  'first run': anInput(
    aVerdict({
      ...nothingCompared,
      verdict: 'no-baseline',
      outlook: [1, 3, 8].flatMap((runs, i) => [
        { metric: 'tpot-p50' as const, runs, smallestVisible: [0.48, 0.25, 0.12][i]! },
        { metric: 'ttft-p50' as const, runs, smallestVisible: [1.1, 0.52, 0.24][i]! },
        { metric: 'plateau-throughput' as const, runs, smallestVisible: [0.48, 0.25, 0.12][i]! },
      ]),
      limits: LIMITS,
    }),
  ),
  'no baseline wanted': anInput(
    aVerdict({
      ...nothingCompared,
      verdict: 'no-baseline',
      baseline: { ...nothingCompared.baseline!, origin: null },
      limits: LIMITS,
    }),
  ),
  skipped: anInput(aVerdict({ ...nothingCompared, verdict: 'skipped', reasons: ['fork'] }), {
    report: null,
    links: { run: 'https://github.com/acme/inference/actions/runs/19512345678', artifact: null },
  }),
  cancelled: anInput(aVerdict({ ...nothingCompared, verdict: 'cancelled', check: 'fail', reasons: ['cancelled'] }), {
    report: aReport({ measured: BEFORE.slice(0, 2) }),
  }),
  'not measured': anInput(
    aVerdict({ ...nothingCompared, verdict: 'not-measured', check: 'fail', reasons: ['run-invalid'] }),
    {
      report: aReport({
        measured: [],
        validity: {
          ok: false,
          cause: 'no request of the run succeeded: http_503 × 12: the engine is dead',
          findings: [
            {
              code: 'no-success',
              message: 'No request of the run succeeded: http_503 × 12: the engine is dead.',
              remedy: 'Read the failure classes; send one request by hand with the same URL, model and key.',
            },
          ],
        },
      }),
    },
  ),
  'only observed': anInput(
    aVerdict({ ...regressed, check: 'warn', policy: { ...regressed.policy, gate: 'observe' } }),
    { report: slowReport, attempt: 2 },
  ),
  'one of eight gates': anInput(regressed, { report: slowReport, gates: 8 }),
  'by threshold': anInput(
    aVerdict({ ...regressed, policy: { ...regressed.policy, decision: 'threshold' }, falseAlarmRate: 0.13 }),
    { report: slowReport, settingsNote: 'Settings are those of main; the changes here count after the merge.' },
  ),
} satisfies Readonly<Record<string, ViewInput>>
