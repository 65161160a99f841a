import type { SettingProblem } from '../../errors.ts'
import { contradict, isIdle, isWithoutTokens, lacksTokens, describeLacking, taskOf } from './check.ts'
import type { CheckInput } from './check.ts'
import type { Limit } from '../values/limits.ts'
import { nameLevel } from '../../vocabulary/load.ts'
import type { OpenLoadKind } from '../../vocabulary/load.ts'
import { GATED_ROWS, medianOf, metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'

/** What is looked at for them: of a run, or of a command that judges what a run has stored. */
type GateInput = Pick<CheckInput, 'values' | 'given' | 'baseline'>

/** Contradictions about the gate, limits, objectives and metrics. */
export function* findGateContradictions(input: GateInput): Iterable<SettingProblem> {
  yield* findLimitProblems(input)
  yield* findObjectiveProblems(input)
  yield* findReleaseProblems(input)
  yield* findMetricProblems(input)
}

const NO_BOUND = 'has throughput-within, and the setting throughput-within does not say within what; give it'

/** Limits that can never hold with these levels, this task or other settings. */
function* findLimitProblems({ values }: GateInput): Iterable<SettingProblem> {
  const { limits, throughputWithin, slo } = values
  const task = taskOf(values)
  for (const limit of limits ?? []) {
    const { metric } = limit
    const { needs } = metricOf(metric)
    yield* findLevelProblems(limit, values)
    if (lacksTokens(task) && !isWithoutTokens(metric)) {
      yield contradict(
        'limits',
        `has ${metric}, which ${describeLacking(task)}; use latency-p50, requests-per-second or input-throughput`,
      )
    }
    if (needs === 'slo' && slo === null) yield contradict('limits', `has ${metric}, ${NO_OBJECTIVES}`)
    if (needs === 'throughput-within' && throughputWithin === null) yield contradict('limits', NO_BOUND)
  }
  if (lacksTokens(task)) {
    const missing = throughputWithin?.find(({ metric }) => !isWithoutTokens(metric))
    if (missing !== undefined)
      yield contradict('throughput-within', `has ${missing.metric}, which ${describeLacking(task)}; use latency-p50`)
  }
}

/** The setting that makes the levels of this kind, and the one that lists them. */
const GIVING: Readonly<Record<OpenLoadKind, string>> = { rate: 'rate', speed: 'trace-file' }
const LISTING: Readonly<Record<OpenLoadKind, string>> = { rate: 'rate', speed: 'trace-speed' }

function* findLevelProblems(limit: Limit, values: CheckInput['values']): Iterable<SettingProblem> {
  if (values.traceFile != null) yield* findOpenProblems(limit, 'speed', values.traceSpeed ?? [])
  else if (values.rate != null) yield* findOpenProblems(limit, 'rate', values.rate)
  else yield* findConcurrencyProblems(limit, values)
}

function* findConcurrencyProblems(
  { metric, concurrency: level, load }: Limit,
  { concurrency, maxConcurrency, results }: CheckInput['values'],
): Iterable<SettingProblem> {
  // Which kind of levels results have is known only once they are read.
  if (load !== undefined && results != null) return
  if (load !== undefined) {
    const setting = GIVING[load]
    yield contradict(
      'limits',
      `has ${metric}@${nameLevel(load, level ?? 0)}, a ${load}, and the levels are concurrencies; give ${setting}, or write for example ${metric}@8`,
    )
    return
  }
  if (level === null && metricOf(metric).scope === 'level' && concurrency === 'auto') {
    yield contradict(
      'limits',
      `has ${metric} without a level, and concurrency: auto chooses the levels; write for example ${metric}@8, or list the levels in concurrency`,
    )
  }
  if (level !== null && concurrency !== undefined && concurrency !== 'auto' && !concurrency.includes(level)) {
    yield contradict(
      'limits',
      `has ${metric}@${level}, and concurrency has no level ${level}; it has ${concurrency.join(', ')}`,
    )
  }
  if (level !== null && concurrency === 'auto' && maxConcurrency != null && level > maxConcurrency) {
    yield contradict(
      'limits',
      `has ${metric}@${level}, above max-concurrency ${maxConcurrency}; raise max-concurrency or lower the level`,
    )
  }
}

/** Limits on rates, or on the speeds of a trace. */
function* findOpenProblems(
  { metric, concurrency: level, load: given }: Limit,
  load: OpenLoadKind,
  levels: 'auto' | readonly number[],
): Iterable<SettingProblem> {
  if (level === null) return
  if (given !== load) {
    const first = levels === 'auto' ? level : levels[0]
    yield contradict(
      'limits',
      `has ${metric}@${nameLevel(given ?? 'concurrency', level)}, a ${given ?? 'concurrency'}, and the levels are ${load}s; write ${metric}@${nameLevel(load, first ?? level)}`,
    )
  } else if (levels !== 'auto' && !levels.includes(level)) {
    yield contradict(
      'limits',
      `has ${metric}@${nameLevel(load, level)}, and ${LISTING[load]} has no ${level}; it has ${levels.join(', ')}`,
    )
  }
}

const NO_OBJECTIVES = 'and there are no objectives; give slo, for example slo: ttft <= 500ms, tpot <= 50ms'

/** Objectives about times that the task does not have, and a share without objectives. */
function* findObjectiveProblems({ values, given }: GateInput): Iterable<SettingProblem> {
  const streamed = values.slo?.filter(({ time }) => medianOf(time).needsStream).map(({ time }) => time) ?? []
  const task = taskOf(values)
  if (streamed.length > 0 && lacksTokens(task)) {
    yield contradict(
      'slo',
      `has ${streamed.join(', ')}, which ${describeLacking(task)}, because nothing streams; use latency`,
    )
  }
  if (values.slo === null && isIdle(given, 'slo-share', 'slo')) {
    yield contradict('slo-share', `is a share of requests that keep objectives, ${NO_OBJECTIVES}`)
  }
}

function* findReleaseProblems({ values, baseline, given }: GateInput): Iterable<SettingProblem> {
  const isAlone = values.control === null && values.controlCommand === null
  if (values.gate === 'release' && baseline?.kind === 'none' && isAlone) {
    yield contradict(
      'gate',
      'is release, which passes only on proof, and baseline is none; give a baseline or a control, or use gate: check',
    )
  }
  if (values.gate === 'release' && values.decision === 'threshold') {
    yield contradict('decision', 'is threshold, which proves nothing, and gate is release; use decision: statistical')
  }
  if (values.decision === 'threshold' && isIdle(given, 'false-alarm-rate', 'decision')) {
    yield contradict('false-alarm-rate', 'is kept by decision: statistical only; remove it, or decision: threshold')
  }
}

function* findMetricProblems({ values, given }: GateInput): Iterable<SettingProblem> {
  const { metrics, tolerance, throughputWithin } = values
  const named = metrics === undefined || metrics === 'auto' ? [] : metrics
  const task = taskOf(values)
  if (lacksTokens(task)) {
    const missing = named.filter((metric) => !isWithoutTokens(metric))
    if (missing.length > 0) {
      yield contradict(
        'metrics',
        `has ${missing.join(', ')}, which ${describeLacking(task)}; use latency-p50 or plateau-throughput`,
      )
    }
  }
  if (throughputWithin === null && named.some((metric) => metricOf(metric).needs === 'throughput-within')) {
    yield contradict('metrics', NO_BOUND)
  }
  if (values.slo === null) {
    const idle = named.filter((metric) => metricOf(metric).needs === 'slo')
    if (idle.length > 0) yield contradict('metrics', `has ${idle.join(', ')}, ${NO_OBJECTIVES}`)
  }
  if (metrics === undefined || tolerance == null || !isIdle(given, 'tolerance', 'metrics')) return
  const compared = new Set<string>(
    metrics === 'auto' ? listAutomaticMetrics(throughputWithin !== null, values.slo != null) : metrics,
  )
  const idle = Object.keys(tolerance.byMetric).filter((metric) => !compared.has(metric))
  if (idle.length > 0) {
    yield contradict(
      'tolerance',
      `has ${idle.join(', ')}, which metrics does not compare; add it there, or remove it here`,
    )
  }
}

/** Every metric that `metrics: auto` may choose. */
function listAutomaticMetrics(isWithinSet: boolean, isSloSet: boolean): GatedMetric[] {
  return GATED_ROWS.filter(({ automatic, needs }) => {
    if (automatic === 'objectives') return isSloSet
    return automatic !== null || (isWithinSet && needs === 'throughput-within')
  }).map(({ name }) => name)
}
