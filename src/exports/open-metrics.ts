import { loadOf } from '../vocabulary/load.ts'
import type { RunReport } from '../report/run-report.ts'
import type { Verdict } from '../report/verdict.ts'
import { METRICS } from '../vocabulary/metrics.ts'
import type { Quantity } from '../vocabulary/metric-rows.ts'
import type { Metric, MetricName } from '../vocabulary/metrics.ts'
import { escapeForTerminal } from '../text.ts'
import { listLevelRows } from './csv.ts'
import type { LevelRow } from './csv.ts'

/**
 * A run as gauges in OpenMetrics 1.0, for a push gateway or the folder of a node exporter: base units, no time stamps of
 * their own, and a figure that does not exist is left out.
 */

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number | null
}

interface MetricFamily {
  readonly name: string
  readonly type: 'gauge' | 'info'
  readonly unit?: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/** The unit of each quantity, which ends the name of its family, and how many of our units make one. */
const UNITS: Readonly<Record<Quantity, { readonly unit: string; readonly divisor: number }>> = {
  time: { unit: 'seconds', divisor: 1000 },
  'tokens-per-second': { unit: 'tokens_per_second', divisor: 1 },
  'requests-per-second': { unit: 'requests_per_second', divisor: 1 },
  share: { unit: 'ratio', divisor: 1 },
  concurrency: { unit: 'requests', divisor: 1 },
}

/** The whole text. */
export function encodeOpenMetrics(report: RunReport, verdict: Verdict): string {
  const run = { series: report.series.name }
  const families = [...listLevelFamilies(report), ...listRunFamilies(report), ...listVerdictFamilies(verdict)]
  return `${families.flatMap((family) => writeFamily(family, run)).join('')}# EOF\n`
}

/**
 * The rows of the CSV that are of all passes: those of each level, and of a mix those of each part, of conversations those of each turn, in families of their own: in one, a sum would count
 * requests twice.
 */
function listLevelFamilies({ levels, series }: RunReport): MetricFamily[] {
  const load = loadOf(series)
  const rows = levels.flatMap((level) =>
    nameApart(listLevelRows(level)).flatMap((row) =>
      row.pass === 'all' ? { ...row, labels: { [load]: String(level.concurrency), ...labelsOf(row) } } : [],
    ),
  )
  return [...Map.groupBy(rows, prefixOf)].flatMap(([prefix, kind]) => {
    const readSamples = (pick: (row: LevelRow) => number | null): Sample[] =>
      kind.map((row) => ({ labels: row.labels, value: pick(row) }))
    const [cached, input] = [
      readSamples(({ counts }) => counts.cachedShare),
      readSamples(({ counts }) => counts.inputTokens),
    ]
    return [
      ...listFamilies(prefix, (metric) => readSamples(({ figure }) => figure(metric))),
      makeGauge(`${prefix}_input_cached_ratio`, 'Share of the input tokens that a prefix cache held', cached),
      makeGauge(`${prefix}_input_tokens`, 'Mean input tokens of a request', input),
    ]
  })
}

/** Names that are shown alike get a number: who reads the format refuses all of it for one sample that is there twice. */
function nameApart(rows: readonly LevelRow[]): LevelRow[] {
  const taken = new Set<string>()
  return rows.map((row) => {
    if (row.part === null) return row
    // Cut so that the number behind it is shown, too.
    const shown = escapeForTerminal(row.part, LONGEST_LABEL - 10)
    let part = shown
    for (let times = 2; taken.has(part); times++) part = `${shown} (${times})`
    taken.add(part)
    return { ...row, part }
  })
}

function prefixOf({ part, turn }: LevelRow): string {
  return part !== null ? 'plateau_part' : turn !== null ? 'plateau_turn' : 'plateau'
}

function labelsOf({ part, turn }: LevelRow): Sample['labels'] {
  return { ...(part !== null && { part }), ...(turn !== null && { turn }) }
}

/** A family for each metric of a level; the percentiles of a time are one. */
function listFamilies(prefix: string, listSamples: (metric: MetricName) => readonly Sample[]): MetricFamily[] {
  const byName = Map.groupBy(
    METRICS.filter(({ scope }) => scope !== 'run'),
    nameFamily,
  )
  return [...byName].map(([name, metrics]) => {
    const { quantity, meaning, percentile } = metrics[0]!
    const { unit, divisor } = UNITS[quantity]
    const samples = metrics.flatMap((metric) =>
      listSamples(metric.name).map(({ labels, value }) => ({
        labels: metric.percentile === null ? { ...labels } : { ...labels, percentile: metric.percentile },
        value: value === null ? null : value / divisor,
      })),
    )
    const help = percentile === null ? meaning : meaning.replace(/, [^,]*$/, '')
    return { name: `${prefix}_${name}`, type: 'gauge', unit, help, samples }
  })
}

function nameFamily({ name, family, percentile, quantity }: Metric): string {
  const { unit } = UNITS[quantity]
  // Only the spelling changes: what a metric is stands in its row.
  const spelled: string = percentile === null ? name : family
  const stem = spelled.replaceAll('-', '_')
  return stem.endsWith(unit) ? stem : `${stem}_${unit}`
}

function listRunFamilies({ startedAt, durationSeconds, plateau, slo, series }: RunReport): MetricFamily[] {
  const best = plateau[plateau.metric]
  const of = { counts: plateau.metric, state: plateau.state }
  return [
    makeGauge('plateau_run_start_seconds', 'When the run started, as Unix time', [
      { value: Date.parse(startedAt) / 1000 },
    ]),
    makeGauge('plateau_run_duration_seconds', 'How long the run took', [{ value: durationSeconds }]),
    makeGauge(
      'plateau_best_throughput',
      'Throughput of the plateau, or the highest where none was reached, per second',
      [{ labels: of, value: best?.value ?? null }],
    ),
    makeGauge('plateau_knee_concurrency', 'The smallest concurrency that reaches the plateau', [
      { value: plateau.kneeConcurrency },
    ]),
    makeGauge(CAPACITY[loadOf(series)].name, CAPACITY[loadOf(series)].help, [
      { labels: { state: slo?.capacity.state ?? 'unknown' }, value: slo?.capacity.concurrency?.value ?? null },
    ]),
  ]
}

const OR_BOUND = ', or the bound that its state says'

const CAPACITY = {
  concurrency: {
    name: 'plateau_capacity',
    help: `The most requests in flight that keep the objectives${OR_BOUND}`,
  },
  rate: {
    name: 'plateau_capacity_rate',
    help: `The highest rate, in requests or conversations a second, whose requests keep the objectives${OR_BOUND}`,
  },
  speed: {
    name: 'plateau_capacity_speed',
    help: `The highest speed of the trace that keeps the objectives${OR_BOUND}`,
  },
} as const

function listVerdictFamilies({ verdict, check, comparisons }: Verdict): MetricFamily[] {
  return [
    {
      name: 'plateau_verdict',
      type: 'info',
      help: 'What the run came to',
      samples: [{ labels: { verdict, check }, value: 1 }],
    },
    makeGauge('plateau_check_failed', 'Whether the check fails', [{ value: check === 'fail' ? 1 : 0 }]),
    makeGauge(
      'plateau_change_ratio',
      'Change of a metric against its baseline: 0.1 is 10 % more',
      comparisons.map(({ metric, change, verdict: word }) => ({ labels: { metric, verdict: word }, value: change })),
    ),
  ]
}

/** A family whose unit, where it has one, ends its name. */
function makeGauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  const unit = /_(seconds|ratio)$/.exec(name)?.[1]
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) }
}

/** Writes a family; nothing where it has no figure. */
function writeFamily(
  { name, type, unit, help, samples }: MetricFamily,
  run: Readonly<Record<string, string>>,
): string[] {
  const lines = samples.flatMap(({ labels = {}, value }) => {
    if (value === null) return []
    const pairs = Object.entries({ ...run, ...labels }).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
    return [`${name}${type === 'info' ? '_info' : ''}{${pairs.join(',')}} ${value}\n`]
  })
  if (lines.length === 0) return []
  const unitLine = unit === undefined ? [] : [`# UNIT ${name} ${unit}\n`]
  return [`# TYPE ${name} ${type}\n`, ...unitLine, `# HELP ${name} ${escapeLabel(help)}\n`, ...lines]
}

const LONGEST_LABEL = 1_000

function escapeLabel(text: string): string {
  return escapeForTerminal(text, LONGEST_LABEL).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
