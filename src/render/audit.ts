import { formatCount, formatOneOf, formatShare, MISSING } from '../words/format.ts'
import { formatVisible, nameOf, nameVisible, shortenLabel } from '../words/metric-words.ts'
import { makeFigureColumn, makeWordColumn } from '../words/sentences.ts'
import type { Column } from '../words/sentences.ts'
import { createStyle, joinSections, layExplained, wrap, writePlain } from '../words/terminal.ts'
import { escapeForTerminal, joinList, pluralise } from '../text.ts'
import type { Audit, MetricAudit, PlacedMetric, PullRuns, RecordedAt, Unlike } from '../verdict/audit.ts'
import type { Remedy } from '../verdict/spread-components.ts'
import type { MainStep } from '../verdict/history/past.ts'
import { describeStep } from './timeline/timeline.ts'
import { describeSlowDrift } from './view/compared/baseline.ts'

const METRIC = makeWordColumn('metric')

const CAUSES: readonly Column[] = [
  METRIC,
  ...['points', 'level', 'pass', 'run', 'day', 'any day', 'control'].map(makeFigureColumn),
]
const listVisibleColumns = (sessions: number): readonly Column[] => [
  METRIC,
  ...['visible', '2× passes', '2× runs', `${sessions} sessions`, 'control'].map(makeFigureColumn),
]

/** What a history shows about its gate, for a terminal: 80 columns, with a line break at the end. */
export function renderAudit(audit: Audit, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  return joinSections([
    [style.bold(`${escapeForTerminal(audit.name)}: ${countRuns(audit)}`), ...wrap(describeTimes(audit.recordedAt))],
    wrap(describeAlarms(audit)),
    ...(audit.metrics.length === 0
      ? [['No metric has enough runs yet to tell its spreads.']]
      : [
          layExplained({ columns: CAUSES, rows: audit.metrics.map(listCauses) }, CAUSES_WORDS, style),
          wrap(describeGrown(audit.metrics)),
          layExplained(
            { columns: listVisibleColumns(audit.freshSessions), rows: audit.metrics.map(listVisible) },
            explainVisible(audit.freshSessions),
            style,
          ),
        ]),
    wrap(writePlain(describeAdvice(audit))),
    listSteps(audit.steps),
    audit.drift === null ? [] : wrap(writePlain(describeSlowDrift(audit.drift))),
  ])
}

const CAUSES_WORDS =
  'How far the same code differs (standard deviation). Level: one level, from pass to pass of a run. Pass: whole passes. Run: the runs of one workflow run. ' +
  'Day: points of one day. Any day: all points. Each includes those left of it. Control: what would remain beside a control. A point is the mean of a workflow run.'

/** Where the newest points spread more than those before: something has changed, and the gate goes by the newest. */
function describeGrown(metrics: readonly MetricAudit[]): string {
  const grown = metrics.flatMap((metric) =>
    metric.grown === null
      ? []
      : [`${nameOf(metric)} (${formatShare(metric.grown.before)} before, ${formatShare(metric.grown.now)} now)`],
  )
  if (grown.length === 0) return ''
  return `The newest points spread more than those before: ${joinList(grown)}. The gate goes by the larger spread, and sees less; look for what has changed at the endpoint, its machines or the runner.`
}

function explainVisible(sessions: number): string {
  return (
    `The smallest change for the worse that is seen in four of five cases. Visible: today. Then with twice the passes, with twice the recorded runs, with ${sessions} ` +
    'sessions that each deploy the candidate anew, with a control.'
  )
}

function countRuns({ runs, groups }: Audit): string {
  return `${pluralise(runs, 'comparable run')}, ${pluralise(groups, 'point')}`
}

/** For example `Recorded on 9 days, at 3 and 9–17 h (UTC).` */
function describeTimes({ days, hours }: RecordedAt): string {
  const stretches: number[][] = []
  for (const hour of hours) {
    if (stretches.at(-1)?.at(-1) === hour - 1) stretches.at(-1)!.push(hour)
    else stretches.push([hour])
  }
  const words = stretches.map((of) => (of.length === 1 ? String(of[0]) : `${of[0]}–${of.at(-1)}`))
  return `Recorded on ${pluralise(days, 'day')}, at ${joinList(words)} h (UTC).`
}

function listCauses(metric: MetricAudit): string[] {
  const { level, pass, run, day, anyDay, control } = metric.causes
  return [
    shortenLabel(metric),
    metric.segments === 1 ? String(metric.groups) : `${metric.groups} of ${metric.segments} steps`,
    ...[level, pass, run, day, anyDay, control?.sd ?? null].map(formatSpread),
  ]
}

function listVisible(metric: MetricAudit): string[] {
  const showRemedy = (what: Remedy['what']): string => {
    const found = metric.remedies.find((each) => each.what === what)
    return found === undefined ? MISSING : formatVisible({ ...metric, smallestVisible: found.smallestVisible })
  }
  return [
    shortenLabel(metric),
    formatVisible(metric),
    showRemedy('passes'),
    showRemedy('runs'),
    showRemedy('sessions'),
    showRemedy('control'),
  ]
}

/** A smaller spread is only rounding. */
const ROUNDING = 1e-9
const formatSpread = (sd: number | null): string => formatShare(sd !== null && sd < ROUNDING ? 0 : sd)

function describeAlarms({ judged, alarms, promisedAlarmRate }: Audit): string {
  const promise = `the gate promises about ${formatOneOf(promisedAlarmRate)} for unchanged code made like the recorded runs`
  if (judged === 0) return `No point can be judged against others yet; ${promise}.`
  const red = alarms === 0 ? 'none would have looked worse' : `${alarms} would have looked worse`
  const each = judged === 1 ? '1 point' : `Each of ${pluralise(judged, 'point')}`
  return `${each} judged against all others: ${red}; ${promise}, and a second look acquits some.`
}

/** A smaller gain is not worth a change. */
const WORTH_IT = 0.95

/** The single change that would help most with the least sensitive metric, with its figures. */
function describeAdvice({ metrics, groups, freshSessions }: Audit): string {
  const [worst] = metrics.toSorted((a, b) => b.smallestVisible / b.tolerance - a.smallestVisible / a.tolerance)
  if (worst === undefined) return ''
  const computeGain = ({ now, smallestVisible }: Remedy): number => smallestVisible / now
  const [best] = worst.remedies.toSorted((a, b) => computeGain(a) - computeGain(b))
  const unknown = worst.remedies.some(({ what }) => what === 'control') ? '' : ` ${UNKNOWN_CONTROL}`
  if (best === undefined || computeGain(best) > WORTH_IT)
    return `No single change would show much smaller changes.${unknown}`
  const figures = `${nameVisible({ ...worst, smallestVisible: best.now })} now, then ${formatVisible({ ...worst, smallestVisible: best.smallestVisible })}`
  return `The largest gain would come from ${ADVICE[best.what]({ groups, sessions: freshSessions })}: ${figures}.${unknown}`
}

const UNKNOWN_CONTROL =
  'These runs do not show what a control would gain: too few were measured with one, and days do not show what they share.'

const ADVICE: Readonly<
  Record<Remedy['what'], (counts: { readonly groups: number; readonly sessions: number }) => string>
> = {
  passes: () => 'twice the passes (`passes`; runs with other passes begin a new history)',
  runs: ({ groups }) => `more recorded runs, ${2 * groups} points instead of ${groups}`,
  sessions: ({ sessions }) =>
    `${sessions} sessions that each deploy the candidate anew (\`sessions\`), if it is deployments that differ, not hours`,
  control: () => 'a control (`control`), which is measured beside the candidate and shares its hour',
  hours: () =>
    'runs recorded at other hours and days, for runs at an hour or day that the history does not cover (if these differ no more than the recorded ones)',
}

function listSteps(steps: readonly MainStep[]): string[] {
  return steps.length === 0
    ? []
    : ['Steps of main:', ...steps.flatMap((step) => wrap(writePlain(describeStep(step)), { indent: 2 }))]
}

const COLUMNS: readonly Column[] = [
  METRIC,
  ...['within 1', '1 to 2', '2 to 3', 'changed', 'worse'].map(makeFigureColumn),
]
/** The row that unchanged code would have. */
const PROMISED = ['promised', '68 %', '27 %', '4 %', '–', '50 %']
const WORDS =
  'How far runs of pull requests lie from the recorded runs before them, in standard errors of one run of unchanged code. ' +
  'Beyond 3 they look changed; the others do not, and of these as many should be worse as better. This decides nothing.'

/** How runs of pull requests compare with main, for a terminal: 80 columns, with a line break at the end. */
export function renderPullRuns(runs: PullRuns, { colour = false }: { readonly colour?: boolean } = {}): string {
  const style = createStyle(colour)
  const { placed, leftOut, metrics } = runs
  const reasons = [
    [leftOut.otherSeries, 'of another series'],
    [leftOut.ofMain, 'recorded already'],
    [leftOut.tooEarly, 'with fewer than eight points before them, or without the levels'],
  ] as const
  const said = reasons.flatMap(([count, why]) => (count === 0 ? [] : `${formatCount(count)} ${why}`))
  const heading = `${pluralise(placed, 'run')} of pull requests${said.length === 0 ? '' : `; left out: ${said.join(', ')}`}`
  if (metrics.length === 0) return joinSections([wrap(heading)])
  const rows = [PROMISED, ...metrics.map(listCells)]
  return joinSections([
    wrap(heading).map(style.bold),
    layExplained({ columns: COLUMNS, rows }, WORDS, style),
    describeAll(metrics).flatMap((line) => wrap(line)),
  ])
}

function listCells(metric: PlacedMetric): string[] {
  const [one, two, three, changed] = metric.counts
  const unchanged = one + two + three
  const showShare = (count: number): string => (unchanged === 0 ? '–' : `${Math.round((100 * count) / unchanged)} %`)
  return [
    shortenLabel(metric),
    showShare(one),
    showShare(two),
    showShare(three),
    formatCount(changed),
    showShare(metric.worse),
  ]
}

function describeAll(metrics: readonly PlacedMetric[]): string[] {
  const lines = metrics.flatMap((metric) => metric.differs.map((unlike) => `${nameOf(metric)}: ${MEANING[unlike]}.`))
  if (lines.length > 0) return lines
  return ['They lie around main as its own runs do, as far as this many runs can show.']
}

const MEANING: Readonly<Record<Unlike, string>> = {
  wider:
    'they lie further from main than its runs lie from each other, so unchanged code is red more often than promised; record main as pull requests are measured',
  tails:
    'more of them than promised lie two to three standard errors off; look for a slow machine or hour that main does not meet',
  worse:
    'they are worse than main more often than not; either pull requests are measured under other conditions (hour, runner, warm-up), or main has improved since',
  better: 'they are better than main more often than not; pull requests are measured under other conditions',
}
