import { escapeForTerminal, escapeHtml } from '../../text.ts'
import type { Timeline } from '../../verdict/timeline.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import { formatDay } from '../../words/format.ts'
import { formatFigure, labelOf } from '../../words/metric-words.ts'
import { nameVerdict } from './timeline.ts'

/** How the newest recorded run and main stand, as a badge: for a README, as a picture or for shields.io. */
interface Badge {
  readonly label: string
  readonly message: string
  readonly colour: 'brightgreen' | 'red' | 'yellow' | 'blue' | 'lightgrey'
}

const COLOURS: Readonly<Record<Timeline['points'][number]['verdict'], Badge['colour']>> = {
  cancelled: 'lightgrey',
  regressed: 'red',
  'not-measured': 'lightgrey',
  suspect: 'yellow',
  'not-comparable': 'lightgrey',
  'no-baseline': 'lightgrey',
  skipped: 'lightgrey',
  accepted: 'blue',
  'no-change-seen': 'brightgreen',
  proven: 'brightgreen',
  improved: 'brightgreen',
}

/** From the worst to the best. */
const ORDER: readonly Badge['colour'][] = ['red', 'yellow', 'lightgrey', 'blue', 'brightgreen']

/** The badge of all series together: that of the worst. */
export function describeBadge(timelines: readonly Timeline[]): Badge {
  const badges = timelines.map(describeSeries)
  const [worst] = badges.toSorted((a, b) => ORDER.indexOf(a.colour) - ORDER.indexOf(b.colour))
  if (worst === undefined) return { label: LABEL, message: 'no runs', colour: 'lightgrey' }
  const name = escapeForTerminal(timelines[badges.indexOf(worst)]!.name, 40)
  return timelines.length === 1 ? worst : { ...worst, message: `${name}: ${worst.message}` }
}

const LABEL = 'plateau'

/** A step for the worse stays on the badge while it stands, however green the runs after it are. */
function describeSeries({ points, metrics }: Timeline): Badge {
  const { verdict } = points.at(-1)!
  const standing = metrics.find((metric) => metric.standing !== null)
  if (standing !== undefined) {
    const since = formatDay(standing.standing!.startedAt)
    return { label: LABEL, message: `${labelOf(standing)} worse since ${since}`, colour: 'red' }
  }
  const plateau = metrics.find(({ metric }) => metricOf(metric).comparedOver === 'plateau')
  const figure = plateau?.figures.at(-1) ?? null
  const message = figure === null ? nameVerdict(verdict) : `${nameVerdict(verdict)}, ${formatFigure(plateau!, figure)}`
  return { label: LABEL, message, colour: COLOURS[verdict] }
}

/** For the endpoint badge of shields.io. */
export function encodeShield({ label, message, colour }: Badge): string {
  return `${JSON.stringify({ schemaVersion: 1, label, message, color: colour })}\n`
}

/** Dark enough for white letters. */
const FILLS: Readonly<Record<Badge['colour'], string>> = {
  brightgreen: '#1a7f37',
  red: '#b31d28',
  yellow: '#7a5b00',
  blue: '#0550ae',
  lightgrey: '#59636e',
}
/** Pixels of a letter and beside a text; the letters are fitted to the width that is made of them. */
const LETTER = 6.6
const BESIDE = 8

/** The badge as a picture. */
export function drawBadge({ label, message, colour }: Badge): string {
  const widthOf = (text: string): number => Math.round(LETTER * Array.from(text).length)
  const [left, right] = [widthOf(label) + 2 * BESIDE, widthOf(message) + 2 * BESIDE]
  const write = (text: string, x: number): string =>
    `<text x="${x}" y="14" textLength="${widthOf(text)}" lengthAdjust="spacingAndGlyphs">${escapeHtml(text)}</text>`
  const whole = escapeHtml(`${label}: ${message}`)
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${whole}">`,
    `<title>${whole}</title>`,
    `<rect width="${left + right}" height="20" rx="3" fill="#32383f"/>`,
    `<path d="M${left},0h${right - 3}a3,3 0 0 1 3,3v14a3,3 0 0 1 -3,3h-${right - 3}z" fill="${FILLS[colour]}"/>`,
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
    write(label, BESIDE),
    write(message, left + BESIDE),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}
