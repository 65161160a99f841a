import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { readLatencyBounds, readLimits } from '../values/limits.ts'
import { readObjectives } from '../values/objectives.ts'
import { describeSpreads, describeTolerances, readGatedMetric, readTolerance } from '../values/tolerance.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { allowWord, readChoice, readCount, readEach, readShare, splitList } from '../values/simple.ts'

const group = 'Gate'

const CONSEQUENCES = ['pass', 'warn', 'fail'] as const

/** What the check does where there is nothing to decide by. */
export type Consequence = (typeof CONSEQUENCES)[number]

/** What decides whether the run passes. */
export const GATE_SETTINGS = {
  gate: defineSetting({
    name: 'gate',
    group,
    help: 'check: a proven regression fails; release: only what is proven not to be worse passes; observe: nothing fails',
    placeholder: 'WORD',
    default: 'check',
    common: true,
    read: readChoice(['check', 'release', 'observe']),
  }),
  limits: defineSetting({
    name: 'limits',
    group,
    help: 'Bounds that must hold, as metric[@concurrency] op value unit (of a rate metric@50/s), by lines or commas: ttft-p90@8 <= 800ms, error-rate <= 1%',
    placeholder: 'LIMITS',
    default: null,
    common: true,
    file: 'list',
    read: readLimits,
  }),
  /** Null: `toleranceOf` takes the default, which depends on the gate. */
  tolerance: defineSetting({
    name: 'tolerance',
    group,
    help: 'A change below it is never red: one share, or a line for each metric: ttft-p50: 10%',
    placeholder: '5%',
    default: null,
    derived: describeTolerances(),
    common: true,
    file: 'list',
    read: readTolerance,
  }),
  metrics: defineSetting({
    name: 'metrics',
    group,
    help: 'Metrics that are compared with the baseline: a list of names, or auto: TTFT, TPOT and plateau throughput where they exist',
    placeholder: 'LIST',
    default: 'auto',
    file: 'list',
    read: allowWord('auto', readGatedMetrics),
  }),
  throughputWithin: defineSetting({
    name: 'throughput-within',
    group,
    help: 'Latencies inside which the highest throughput is sought: ttft-p90 <= 500ms, tpot-p50 <= 50ms',
    placeholder: 'TIMES',
    default: null,
    file: 'list',
    read: readLatencyBounds,
  }),
  slo: defineSetting({
    name: 'slo',
    group,
    help: 'Objectives that every request is to keep, by ttft, ttfo, tpot and latency: ttft <= 500ms, tpot <= 50ms',
    placeholder: 'TIMES',
    default: null,
    file: 'list',
    read: readObjectives,
  }),
  /** A fraction. */
  sloShare: defineSetting({
    name: 'slo-share',
    group,
    help: 'Share of the requests that is to keep the objectives of slo',
    placeholder: '95%',
    default: '95%',
    read: readShare({ min: 0.5, max: 0.999 }),
  }),
  /** Added when a comparison screens a change; no effect without a baseline. */
  confirm: defineSetting({
    name: 'confirm',
    group,
    help: 'Passes that are added to look again at a suspected change before it is red',
    placeholder: 'N',
    default: '2',
    read: readCount({ min: 0, max: 5 }),
  }),
  /** A fraction. */
  falseAlarmRate: defineSetting({
    name: 'false-alarm-rate',
    group,
    help: 'How often a run of unchanged code may be red by chance',
    placeholder: '1%',
    default: '1%',
    read: readShare({ min: 0.0001, max: 0.2 }),
  }),
  /** A fraction, for every metric. */
  expectedSpread: defineSetting({
    name: 'expected-spread',
    group,
    help: `Spread from run to run that is assumed while the history is short, or auto: ${describeSpreads()}`,
    placeholder: '2%',
    default: 'auto',
    read: allowWord('auto', readShare({ min: 0.001, max: 1 })),
  }),
  decision: defineSetting({
    name: 'decision',
    group,
    help: 'statistical: by the spread of the history; threshold: tolerance against the median of the history, whatever the noise',
    placeholder: 'WORD',
    default: 'statistical',
    read: readChoice(['statistical', 'threshold']),
  }),
  onNotComparable: defineSetting({
    name: 'on-not-comparable',
    group,
    help: 'What the check does when recorded runs exist and none can be compared, or a control could not be measured and nothing else is there to compare with: pass, warn or fail',
    placeholder: 'WORD',
    default: 'warn',
    read: readChoice(CONSEQUENCES),
  }),
  onUnmeasured: defineSetting({
    name: 'on-unmeasured',
    group,
    help: 'What the check does when the endpoint could not be measured: pass, warn or fail',
    placeholder: 'WORD',
    default: 'fail',
    read: readChoice(CONSEQUENCES),
  }),
  onSkip: defineSetting({
    name: 'on-skip',
    group,
    help: 'What the check does when nothing may be measured, as in a pull request of a fork: pass, warn or fail',
    placeholder: 'WORD',
    default: 'pass',
    actionOnly: true,
    read: readChoice(CONSEQUENCES),
  }),
}

function readGatedMetrics(text: string): readonly GatedMetric[] {
  const names = splitList(text)
  if (names.length === 0) throw new ValueError('must be auto or names of metrics, for example ttft-p50, tpot-p50')
  const metrics = readEach(names, readGatedMetric)
  if (new Set(metrics).size < metrics.length) throw new ValueError('must name each metric once')
  return metrics
}
