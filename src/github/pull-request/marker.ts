import { asNumber, asObject, asText, parseJson } from '../../json.ts'
import { GATED_METRICS } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { toSlug } from '../../settings/lists/history-settings.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'

/** The run that wrote a comment; hidden in it, so that an older run does not overwrite a newer comment. */
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

export function encodeEdition({ runId, attempt, startedAt, headSha }: Edition): string {
  return `${START}${JSON.stringify({ runId, attempt, startedAt, headSha })}${END}`
}

/** The edition in the first line of a comment; null in older comments, and unless it is exactly ours. */
export function readEdition(body: string): Edition | null {
  const line = body.split('\n', 1)[0]!
  const start = line.indexOf(START)
  const end = line.indexOf(END, start)
  if (start === -1 || end === -1) return null
  const value = asObject(parseJson(line.slice(start + START.length, end)))
  const [runId, attempt] = [asNumber(value?.['runId']), asNumber(value?.['attempt'])]
  const [startedAt, headSha] = [asText(value?.['startedAt']), asText(value?.['headSha'])]
  if (runId === null || attempt === null || startedAt === null || headSha === null) return null
  return Number.isNaN(Date.parse(startedAt)) ? null : { runId, attempt, startedAt, headSha }
}

/**
 * Whether `one` is older than `other`. For the same commit the later start is newer, also of a re-run. For two
 * commits the current head of the pull request is newer; if neither is (or it is not known), the run with the higher
 * number.
 *
 * @param currentHead the newest commit of the pull request; null when not known.
 */
export function isOlder(one: Edition, other: Edition, currentHead: string | null): boolean {
  if (one.runId === other.runId) return one.attempt < other.attempt
  if (one.headSha === other.headSha) return Date.parse(one.startedAt) < Date.parse(other.startedAt)
  if (one.headSha === currentHead) return false
  return other.headSha === currentHead || one.runId < other.runId
}

/** The edition of the comment that this run writes. */
export function editionOf({ run }: ActionContext, { headSha }: PullRequestRef, startedAt: string): Edition {
  return { runId: run.id, attempt: run.attempt, startedAt, headSha }
}

/** How much worse metrics were when last red, as fractions, by name of the history: what an accept label accepts. */
export type WorseFigures = Readonly<Record<string, Partial<Readonly<Record<GatedMetric, number>>>>>

const FIGURES_START = '<!-- plateau-figures '
/** The most names in one comment; a report job has a row for each. */
const MOST_NAMES = 200
/** Nobody accepts a change of 1000 times. */
const LARGEST_FIGURE = 1000

/** The hidden first line of the comment of one name. */
export function markerOf(name: string): string {
  return `<!-- plateau:${name}${END}`
}

/** The marker of the report job of one workflow file. */
export function reportMarkerOf(workflowFile: string | null): string {
  return `<!-- plateau-report:${toSlug(workflowFile ?? '')}${END}`
}

/** GitHub refuses a longer comment. */
const LONGEST_COMMENT = 65_536

/**
 * The body of a comment: marker, figures, edition and other hidden data, then the visible text. Keeps only as many
 * names' figures as GitHub's limit allows; for the others a label accepts what is measured when it is read. The
 * marker is always kept, because without it the comment would not be found again.
 */
export function addMarker(marker: string, figures: WorseFigures, edition: Edition, body: string, hidden = ''): string {
  const rest = `${END}${encodeEdition(edition)}${hidden}\n${body}`
  const empty = marker.length + FIGURES_START.length + '{}'.length + rest.length
  let room = LONGEST_COMMENT - empty
  const fitting = Object.entries(figures).filter((entry) => {
    // Its own braces stand for the comma.
    const { length } = JSON.stringify(Object.fromEntries([entry]))
    if (length > room) return false
    room -= length
    return true
  })
  return `${marker}${FIGURES_START}${JSON.stringify(Object.fromEntries(fitting))}${rest}`
}

/** True for a body that begins with this marker; a quote of it does not. */
export function hasMarker(marker: string, body: string): boolean {
  return body.startsWith(marker)
}

/** The figures in a body that begins with this marker. What is not exactly ours counts as none. */
export function readRedFigures(marker: string, body: string): WorseFigures {
  const start = `${marker}${FIGURES_START}`
  const end = body.indexOf(END, start.length)
  if (!body.startsWith(start) || end === -1) return {}
  return readFigures(parseJson(body.slice(start.length, end)))
}

/** The figures of several comments; if two have the same, the first counts. */
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
