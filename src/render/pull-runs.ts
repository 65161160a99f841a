import { formatCount, pluralise } from './format.ts'
import { labelOf, nameOf } from './metric-words.ts'
import type { Column } from './parts.ts'
import { createStyle, layTextTable, wrap } from './terminal.ts'
import type { PlacedMetric, PullRuns, Unlike } from '../verdict/pull-runs.ts'

const COLUMNS: readonly Column[] = [
  { heading: 'metric', align: 'left' },
  ...['within 1', '1 to 2', '2 to 3', 'changed', 'worse'].map((heading): Column => ({ heading, align: 'right' })),
]
/** What unchanged code comes to, in the same columns. */
const PROMISED = ['promised', '68 %', '27 %', '4 %', '–', '50 %']
const WORDS =
  'How far runs of pull requests lie from the recorded runs before them, in standard errors of what one run of unchanged code may differ ' +
  'by. Beyond 3 they look changed; the others do not, and of these as many should be worse as better. This decides nothing.'

/** What pull requests measured against main, for a terminal: 80 columns, ends with a line break. */
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
  if (metrics.length === 0) return `${wrap(heading).join('\n')}\n`
  const [columns, ...rows] = layTextTable({ columns: COLUMNS, rows: [PROMISED, ...metrics.map(listCells)] })
  return [
    ...wrap(heading).map(style.bold),
    '',
    style.dim(columns!),
    ...rows,
    ...wrap(WORDS, { indent: 2 }).map(style.dim),
    '',
    ...describeAll(metrics).flatMap((line) => wrap(line)),
    '',
  ].join('\n')
}

function listCells(metric: PlacedMetric): string[] {
  const [one, two, three, changed] = metric.counts
  const unchanged = one + two + three
  const share = (count: number): string => (unchanged === 0 ? '–' : `${Math.round((100 * count) / unchanged)} %`)
  return [
    labelOf(metric).replace(/ throughput$/, ''),
    share(one),
    share(two),
    share(three),
    formatCount(changed),
    share(metric.worse),
  ]
}

function describeAll(metrics: readonly PlacedMetric[]): string[] {
  const lines = metrics.flatMap((metric) => metric.differs.map((unlike) => `${nameOf(metric)}: ${MEANING[unlike]}.`))
  if (lines.length > 0) return lines
  return ['They sit about main as its own runs do, as far as so many runs can tell.']
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
