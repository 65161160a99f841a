import { formatChange, formatOneOf, formatShare, MISSING, pluralise } from './format.ts'
import { betterOf, capitalise, joinList, labelOf, nameOf, toNaturalChange } from './metric-words.ts'
import type { Column } from './parts.ts'
import { createStyle, layTextTable, wrap, writePlain } from './terminal.ts'
import { describeDrift } from './view/baseline.ts'
import { escapeForTerminal } from '../text.ts'
import type { Audit, MetricAudit, Remedy } from '../verdict/audit.ts'

const COLUMNS: readonly Column[] = [
  { heading: 'metric', align: 'left' },
  { heading: 'points', align: 'right' },
  { heading: 'between', align: 'right' },
  { heading: 'within', align: 'right' },
  { heading: 'visible', align: 'right' },
  { heading: '2× runs', align: 'right' },
  { heading: '½ spread', align: 'right' },
  { heading: '2× passes', align: 'right' },
]

/** What a history says about its gate, for a terminal: 80 columns, ends with a line break. */
export function renderAudit(audit: Audit, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  const [heading, ...rows] = layTextTable({ columns: COLUMNS, rows: audit.metrics.map(rowOf) })
  const sections = [
    [
      style.bold(
        `${escapeForTerminal(audit.name)}: ${pluralise(audit.runs, 'comparable run')}, ${pluralise(audit.groups, 'point')}`,
      ),
    ],
    wrap(alarmsOf(audit)),
    audit.metrics.length === 0
      ? ['No metric has the runs that it takes: nothing to say about spreads yet.']
      : [style.dim(heading!), ...rows],
    audit.metrics.length === 0 ? [] : EXPLANATION.flatMap((line) => wrap(line, { indent: 2 })).map(style.dim),
    wrap(writePlain(adviceOf(audit))),
    audit.drift === null ? [] : wrap(writePlain(describeDrift(audit.drift))),
  ]
  return `${sections
    .filter((lines) => lines.length > 0 && lines[0] !== '')
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

const EXPLANATION = [
  'between, within: standard deviation between points and between the passes of a run; a point is the mean of the runs of one hour or workflow run.',
  'visible: the smallest change for the worse that is seen in four of five cases, today and with twice the recorded runs, half the spread, twice the passes.',
]

function rowOf(metric: MetricAudit): string[] {
  const formatVisibleChange = (change: number | null): string =>
    change === null ? MISSING : formatChange(toNaturalChange(betterOf(metric.metric), change))
  const remedy = (what: Remedy['what']): string =>
    formatVisibleChange(metric.remedies.find((each) => each.what === what)?.smallestVisible ?? null)
  return [
    labelOf(metric).replace(/ throughput$/, ''),
    metric.segments === 1 ? String(metric.groups) : `${metric.groups} of ${metric.segments} steps`,
    formatShare(metric.spreadBetween),
    formatShare(metric.spreadWithin),
    formatVisibleChange(metric.smallestVisible),
    remedy('twice-the-runs'),
    remedy('half-the-spread'),
    remedy('twice-the-passes'),
  ]
}

function alarmsOf({ judged, alarms, promisedAlarmRate }: Audit): string {
  const promise = `the gate promises about ${formatOneOf(promisedAlarmRate)} for unchanged code made like the recorded runs`
  if (judged === 0) return `No point can be judged against others yet; ${promise}.`
  const red = alarms === 0 ? 'none would have looked worse' : `${alarms} would have looked worse`
  const each = judged === 1 ? '1 point' : `Each of ${pluralise(judged, 'point')}`
  return `${each} judged against all others: ${red}; ${promise}, and a second look acquits some.`
}

/** What to do first, for the metric that sees least. */
function adviceOf({ metrics, groups }: Audit): string {
  const blind = metrics.filter(({ smallestVisible, tolerance }) => smallestVisible > 2 * tolerance)
  if (metrics.length === 0 || blind.length === 0) return ''
  const names = capitalise(joinList(blind.map((metric) => nameOf(metric))))
  const worst = blind.toSorted((a, b) => b.smallestVisible / b.tolerance - a.smallestVisible / a.tolerance)[0]!
  const best = worst.remedies.toSorted((a, b) => a.smallestVisible - b.smallestVisible)[0]
  return `${names} ${blind.length === 1 ? 'sees' : 'see'} only changes well above the tolerance. ${best === undefined ? '' : ADVICE[best.what](groups)}`
}

const ADVICE: Readonly<Record<Remedy['what'], (groups: number) => string>> = {
  'twice-the-runs': (groups) => `Most would help: more recorded runs, ${2 * groups} instead of ${groups}.`,
  'half-the-spread': () =>
    'Most would help: runs that differ less, by a quieter endpoint, the same hardware and hour, or longer levels; while the history is short, `--expected-spread` states a spread that you know.',
  'twice-the-passes': () => 'Most would help: more passes (`--passes`); runs with other passes begin a new history.',
}
