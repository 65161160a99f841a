import type { SettingProblem } from '../../errors.ts'
import { contradiction, embeddingsHave, isIdle, taskOf } from './facts.ts'
import type { Facts } from './facts.ts'
import { GATED_ROWS, metricOf } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'

/** What is wrong between the gate, the metrics, the baseline and what is accepted. */
export function* findGateContradictions(facts: Facts): Iterable<SettingProblem> {
  yield* releaseProblems(facts)
  yield* metricProblems(facts)
  yield* baselineProblems(facts)
  yield* acceptProblems(facts)
}

function* releaseProblems({ values, baseline, given }: Facts): Iterable<SettingProblem> {
  if (values.gate === 'release' && baseline?.kind === 'none') {
    yield contradiction(
      'gate',
      'is release, which passes only on proof, and baseline is none; give a baseline, or use gate: check',
    )
  }
  if (values.gate === 'release' && values.decision === 'threshold') {
    yield contradiction(
      'decision',
      'is threshold, which proves nothing, and gate is release; use decision: statistical',
    )
  }
  if (values.decision === 'threshold' && isIdle(given, 'false-alarm-rate', 'decision')) {
    yield contradiction('false-alarm-rate', 'is kept by decision: statistical only; remove it, or decision: threshold')
  }
}

function* metricProblems({ values, given }: Facts): Iterable<SettingProblem> {
  const { metrics, tolerance, throughputWithin } = values
  const named = metrics === undefined || metrics === 'auto' ? [] : metrics
  if (taskOf(values) === 'embeddings') {
    const missing = named.filter((metric) => !embeddingsHave(metric))
    if (missing.length > 0) {
      yield contradiction(
        'metrics',
        `has ${missing.join(', ')}, which embeddings do not have; use latency-p50 or plateau-throughput`,
      )
    }
  }
  if (throughputWithin === null && named.some((metric) => metricOf(metric).field === 'within')) {
    yield contradiction(
      'metrics',
      'has throughput-within, and the setting throughput-within does not say within what; give it',
    )
  }
  if (metrics === undefined || tolerance == null || !isIdle(given, 'tolerance', 'metrics')) return
  const compared = new Set<string>(metrics === 'auto' ? automaticMetrics(throughputWithin !== null) : metrics)
  const idle = Object.keys(tolerance.byMetric).filter((metric) => !compared.has(metric))
  if (idle.length > 0) {
    yield contradiction(
      'tolerance',
      `has ${idle.join(', ')}, which metrics does not compare; add it there, or remove it here`,
    )
  }
}

/** What `metrics: auto` may come to, whatever the endpoint is. */
function automaticMetrics(isWithinSet: boolean): GatedMetric[] {
  return GATED_ROWS.filter(({ automatic, field }) => automatic !== null || (isWithinSet && field === 'within')).map(
    ({ name }) => name,
  )
}

/** Settings that do nothing where nothing is compared. */
const OF_COMPARISON = [
  'metrics',
  'tolerance',
  'confirm',
  'false-alarm-rate',
  'expected-spread',
  'decision',
  'accept',
  'baseline-ref',
  'history-keep',
  'on-not-comparable',
]

function* baselineProblems({ values, given, baseline, entry }: Facts): Iterable<SettingProblem> {
  if (baseline === undefined) return
  const { kind } = baseline
  if (kind === 'none') {
    for (const name of OF_COMPARISON) {
      // `confirm: 0` asks for what `baseline: none` brings.
      if (isIdle(given, name, 'baseline') && !(name === 'confirm' && values.confirm === 0)) {
        yield contradiction(name, 'is for comparing, and baseline is none; remove one of them')
      }
    }
    if (values.record === 'always') {
      yield contradiction(
        'record',
        'is always, and with baseline: none there is no history to record in; remove one of them',
      )
    }
  }
  if (kind === 'release-asset' && values.record === 'always') {
    yield contradiction('record', 'is always, and a release asset is only read; use baseline: artifact or file:<path>')
  }
  if (entry === 'command' && (kind === 'artifact' || kind === 'release-asset')) {
    yield contradiction(
      'baseline',
      `is ${kind}, which only the action can reach; use file:<path> or none, and "plateau compare --run" for a workflow run`,
    )
  }
  if (values.append === true && kind !== 'file') {
    yield contradiction(
      'append',
      `adds the run to a file, and baseline is ${kind}; use baseline: file:<path>, or remove it`,
    )
  }
  if (values.append === true && values.record === 'never') {
    yield contradiction('append', 'adds the run to the history, and record is never; remove one of them')
  }
  if (kind !== 'artifact' && values.baselineWorkflow != null) {
    yield contradiction('baseline-workflow', `is for baseline: artifact, and baseline is ${kind}; remove one of them`)
  }
}

function* acceptProblems({ values, today }: Facts): Iterable<SettingProblem> {
  if (today === null) return
  for (const { metric, since } of values.accept ?? []) {
    // Somewhere it is tomorrow already.
    if (since !== null && Date.parse(since) > Date.parse(today) + 86_400_000) {
      yield contradiction('accept', `has ${metric} since ${since}, which is still to come; write the day of the change`)
    }
  }
}
