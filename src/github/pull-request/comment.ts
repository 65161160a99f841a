import { asNumber, asObject, asText, parseJson } from '../../json.ts'
import { GATED_METRICS } from '../../vocabulary/metrics.ts'
import type { GatedMetric } from '../../vocabulary/metrics.ts'
import { toSlug } from '../../settings/lists/history-settings.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'
import { describeRefusal, firstLineOf, statusOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'

/** The run that wrote a comment; hidden in it, so that an older run does not overwrite a newer comment. */
export interface Edition {
  readonly runId: number
  readonly attempt: number
  /** When this attempt began, ISO 8601. */
  readonly startedAt: string
  /** The measured commit of the pull request. */
  readonly headSha: string
}

const EDITION_START = '<!-- plateau-edition '
const END = ' -->'

export function encodeEdition({ runId, attempt, startedAt, headSha }: Edition): string {
  return `${EDITION_START}${JSON.stringify({ runId, attempt, startedAt, headSha })}${END}`
}

/** The edition in the first line of a comment; null in older comments, and unless it is exactly ours. */
export function readEdition(body: string): Edition | null {
  const line = body.split('\n', 1)[0]!
  const start = line.indexOf(EDITION_START)
  const end = line.indexOf(END, start)
  if (start === -1 || end === -1) return null
  const value = asObject(parseJson(line.slice(start + EDITION_START.length, end)))
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

/** The figures in a body that begins with this marker. What is not exactly ours counts as none. */
export function readRedFigures(marker: string, body: string): WorseFigures {
  const start = `${marker}${FIGURES_START}`
  const end = body.indexOf(END, start.length)
  if (!body.startsWith(start) || end === -1) return {}
  return readFigures(parseJson(body.slice(start.length, end)))
}

/** The figures of several comments, in their order; if two have the same, the first counts. */
export function mergeFigures(all: readonly WorseFigures[]): WorseFigures {
  // The first pass gives the names their order, which decides what stays where a comment has no room for all.
  return Object.assign({}, ...all, ...all.toReversed()) as WorseFigures
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

/** A comment of ours on a pull request. */
interface StickyComment {
  readonly id: number
  readonly body: string
  readonly url: string
}

/** Pages of 100 comments that are searched. */
const MOST_PAGES = 50

/**
 * Our first comment with one of the markers: it begins with the marker and this token's login wrote it, because
 * anybody can quote one.
 */
export async function findComment(
  client: GithubClient,
  about: { pullNumber: number; markers: readonly string[] },
): Promise<StickyComment | null> {
  for await (const found of findComments(client, about)) return found
  return null
}

/** All such comments, oldest first: two simultaneous runs may each have made one. */
async function* findComments(
  { octokit, repo, login: ownLogin }: GithubClient,
  { pullNumber, markers }: { pullNumber: number; markers: readonly string[] },
): AsyncGenerator<StickyComment> {
  const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
    ...repo,
    issue_number: pullNumber,
    per_page: 100,
  })
  const login = await ownLogin()
  let seen = 0
  for await (const { data } of pages) {
    for (const comment of data) {
      // A quote of a marker does not begin with it.
      const isWanted = markers.some((marker) => comment.body?.startsWith(marker) === true)
      if (isWanted && isOurs(comment.user, login)) yield stickyOf(comment)
    }
    if (++seen === MOST_PAGES) break
  }
}

/** A comment that is to be written. */
interface CommentDraft {
  readonly pullNumber: number
  readonly marker: string
  /** The run that writes it. */
  readonly edition: Edition
  /** Its text, given that of the existing comment. */
  readonly compose: (before: string | null) => string
  /** Whether to create it if there is none. */
  readonly mayCreate: boolean
}

/** The comment as written, or as left alone because it is newer. */
interface WrittenComment {
  readonly url: string
  readonly isLeft: boolean
}

/** How often simultaneous runs overwrite each other before they stop. */
const MOST_WRITES = 3

/**
 * Writes the comment: updates an existing one, but leaves it alone when it is the same already or from a newer run.
 * GitHub has no conditional write, so the comment is read again afterwards: the text of an older run does not stay,
 * and only the newer of two new comments. Null when there is none and none may be created.
 */
export async function writeComment(client: GithubClient, draft: CommentDraft): Promise<WrittenComment | null> {
  const { pullNumber, marker, edition, compose } = draft
  const isStale = async (mine: Edition, other: StickyComment): Promise<boolean> => {
    const theirs = readEdition(other.body)
    if (theirs === null) return false
    const currentHead = mine.headSha === theirs.headSha ? mine.headSha : await readHead(client, pullNumber)
    return isOlder(mine, theirs, currentHead)
  }
  let existing = await findComment(client, { pullNumber, markers: [marker] })
  if (existing === null && !draft.mayCreate) return null
  for (let left = MOST_WRITES; ; left--) {
    if (existing !== null && (await isStale(edition, existing))) return { url: existing.url, isLeft: true }
    const body = compose(existing?.body ?? null)
    if (existing !== null && isSame(existing.body, body)) return { url: existing.url, isLeft: false }
    const written: StickyComment = await putComment(client, pullNumber, existing, body)
    existing =
      existing === null ? await keepNewest(client, draft, written, isStale) : await readComment(client, written)
    if (isSame(existing.body, body) || left === 1) return { url: existing.url, isLeft: false }
  }
}

async function putComment(
  { octokit, repo }: GithubClient,
  pullNumber: number,
  existing: StickyComment | null,
  body: string,
): Promise<StickyComment> {
  if (existing !== null) {
    return stickyOf((await octokit.rest.issues.updateComment({ ...repo, comment_id: existing.id, body })).data)
  }
  // A server error may come after the comment was made; a retry would make a second one.
  const once = { retries: 0 }
  const { data } = await octokit.rest.issues.createComment({ ...repo, issue_number: pullNumber, body, request: once })
  return stickyOf(data)
}

/** The comment as it is now; as written when it cannot be read. */
async function readComment({ octokit, repo }: GithubClient, written: StickyComment): Promise<StickyComment> {
  try {
    return stickyOf((await octokit.rest.issues.getComment({ ...repo, comment_id: written.id })).data)
  } catch {
    return written
  }
}

/** If another run made a comment at the same time, keeps only the newer. */
async function keepNewest(
  client: GithubClient,
  { pullNumber, marker }: CommentDraft,
  written: StickyComment,
  isStale: (edition: Edition, other: StickyComment) => Promise<boolean>,
): Promise<StickyComment> {
  try {
    let newest: StickyComment | null = null
    for await (const found of findComments(client, { pullNumber, markers: [marker] })) {
      const edition = readEdition(found.body)
      const isNewer = newest === null || (edition !== null && !(await isStale(edition, newest)))
      const older: StickyComment | null = isNewer ? newest : found
      if (isNewer) newest = found
      if (older !== null) await removeComment(client, older)
    }
    return newest ?? written
  } catch {
    return written
  }
}

/** The other run may have removed it already. */
async function removeComment({ octokit, repo }: GithubClient, { id }: StickyComment): Promise<void> {
  await octokit.rest.issues.deleteComment({ ...repo, comment_id: id }).catch(() => {})
}

/** The newest commit of a pull request; null when it cannot be read. */
async function readHead({ octokit, repo }: GithubClient, pullNumber: number): Promise<string | null> {
  try {
    return (await octokit.rest.pulls.get({ ...repo, pull_number: pullNumber })).data.head.sha
  } catch {
    return null
  }
}

function stickyOf({ id, body, html_url: url }: { id: number; body?: string; html_url: string }): StickyComment {
  return { id, body: body ?? '', url }
}

/** Why a comment was not written, and what to do. */
export function describeCommentFailure(error: unknown): string {
  const status = statusOf(error)
  if (status === 403 && /locked/i.test(firstLineOf(error))) return 'no comment was written: the conversation is locked'
  if (status === 422) return `no comment was written: GitHub refused it (${firstLineOf(error)}); the summary has it all`
  return `no comment was written: ${describeRefusal(error, 'pull-requests: write')}; the summary has it all`
}

function isOurs(user: { readonly login: string; readonly type: string } | null | undefined, login: string): boolean {
  if (user?.login !== login) return false
  return !login.endsWith('[bot]') || user.type === 'Bot'
}

function isSame(one: string, other: string): boolean {
  return normalise(one) === normalise(other)
}

/** GitHub may change line ends. */
function normalise(body: string): string {
  return body.replaceAll('\r\n', '\n').trim()
}
