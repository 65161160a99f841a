import { GATED_METRICS } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { toSlug } from '../../settings/lists/history-settings.ts'
import { asNumber, asObject, asText } from '../../json.ts'

/** Which run wrote a comment, hidden in it: what it says of another commit, or said later, is not written over by an older run. */
export interface Edition {
  readonly runId: number
  readonly attempt: number
  /** When this attempt began, ISO 8601. */
  readonly startedAt: string
  /** The measured commit of the pull request. */
  readonly headSha: string
}

const START = '<!-- plateau-edition '
const END = ' -->'

/** As it stands in a comment. */
export function encodeEdition({ runId, attempt, startedAt, headSha }: Edition): string {
  return `${START}${JSON.stringify({ runId, attempt, startedAt, headSha })}${END}`
}

/** That of the first line of a comment; null in older comments, and where it is not exactly ours. */
export function readEdition(body: string): Edition | null {
  const line = body.split('\n', 1)[0]!
  const start = line.indexOf(START)
  const end = line.indexOf(END, start)
  if (start === -1 || end === -1) return null
  try {
    const value = asObject(JSON.parse(line.slice(start + START.length, end)))
    const [runId, attempt] = [asNumber(value?.['runId']), asNumber(value?.['attempt'])]
    const [startedAt, headSha] = [asText(value?.['startedAt']), asText(value?.['headSha'])]
    if (runId === null || attempt === null || startedAt === null || headSha === null) return null
    return Number.isNaN(Date.parse(startedAt)) ? null : { runId, attempt, startedAt, headSha }
  } catch {
    return null
  }
}

/**
 * Whether `one` is older news than `other`. Of one commit what began later is newer, a re-run, too. Of two commits the one that
 * is the newest of the pull request now; where neither is, or that is not known, runs are numbered as commits came.
 *
 * @param currentHead the newest commit of the pull request; null when it is not known.
 */
export function isOlder(one: Edition, other: Edition, currentHead: string | null): boolean {
  if (one.runId === other.runId) return one.attempt < other.attempt
  if (one.headSha === other.headSha) return Date.parse(one.startedAt) < Date.parse(other.startedAt)
  if (one.headSha === currentHead) return false
  return other.headSha === currentHead || one.runId < other.runId
}

/** How much worse metrics were when they were last red, as fractions: what an accept label accepts. By name of the history. */
export type WorseFigures = Readonly<Record<string, Partial<Readonly<Record<GatedMetric, number>>>>>

const FIGURES_START = '<!-- plateau-figures '
const MARKER_END = ' -->'
/** Names of one comment; a report job has a row for each. */
const MOST_NAMES = 200
/** A change of 1000 times is not one that anybody accepts. */
const LARGEST_FIGURE = 1000

/** The hidden first line of the comment of one name. */
export function markerOf(name: string): string {
  return `<!-- plateau:${name}${MARKER_END}`
}

/** That of the report job of one workflow file. */
export function reportMarkerOf(workflowFile: string | null): string {
  return `<!-- plateau-report:${toSlug(workflowFile ?? '')}${MARKER_END}`
}

/** GitHub refuses a longer comment. */
const LONGEST_COMMENT = 65_536

/**
 * The body of a comment: marker, figures, the run that says it, what else is hidden, then what is seen. Of many names only as many figures as GitHub takes: a label
 * then accepts what is measured when it is read. The marker always stands, or the comment would be lost.
 */
export function addMarker(marker: string, figures: WorseFigures, edition: Edition, body: string, hidden = ''): string {
  const rest = `${MARKER_END}${encodeEdition(edition)}${hidden}\n${body}`
  const empty = marker.length + FIGURES_START.length + '{}'.length + rest.length
  let room = LONGEST_COMMENT - empty
  const fitting = Object.entries(figures).filter((entry) => {
    // Braces of its own for the comma.
    const { length } = JSON.stringify(Object.fromEntries([entry]))
    if (length > room) return false
    room -= length
    return true
  })
  return `${marker}${FIGURES_START}${JSON.stringify(Object.fromEntries(fitting))}${rest}`
}

/** True for a body that begins with this marker; one that quotes it does not. */
export function hasMarker(marker: string, body: string): boolean {
  return body.startsWith(marker)
}

/** The figures in a body that begins with this marker. What is not exactly ours counts as none. */
export function readRedFigures(marker: string, body: string): WorseFigures {
  const start = `${marker}${FIGURES_START}`
  const end = body.indexOf(MARKER_END, start.length)
  if (!body.startsWith(start) || end === -1) return {}
  try {
    return readFigures(JSON.parse(body.slice(start.length, end)))
  } catch {
    return {}
  }
}

/** All figures of several comments; where two have the same, the first counts. */
export function mergeFigures(all: readonly WorseFigures[]): WorseFigures {
  return Object.assign({}, ...all.toReversed()) as WorseFigures
}

function readFigures(value: unknown): WorseFigures {
  const names = Object.entries(asObject(value) ?? {})
    .slice(0, MOST_NAMES)
    .filter(([name]) => /^[a-z0-9-]{1,64}$/.test(name))
  return Object.fromEntries(names.map(([name, figures]) => [name, readMetrics(asObject(figures) ?? {})]))
}

function readMetrics(figures: Readonly<Record<string, unknown>>): WorseFigures[string] {
  return Object.fromEntries(
    GATED_METRICS.flatMap((metric) => {
      const figure = Object.hasOwn(figures, metric) ? asNumber(figures[metric]) : null
      return figure === null || figure <= 0 || figure > LARGEST_FIGURE ? [] : [[metric, figure]]
    }),
  )
}
