import type { History } from '../report/history.ts'
import type { Unreadable } from '../report/verdict.ts'
import {
  nameHistoryArtifact,
  LARGEST_ZIP_BYTES,
  openHistory,
  HISTORY_EVENTS,
  ArtifactRefusal,
  findNamedTrigger,
  rejectArtifact,
  rejectCommit,
  rejectArtifactRun,
  rejectRun,
  rejectTrigger,
  workflowFileOf,
} from './artifact-rules.ts'
import type { ArtifactList, ArtifactRules, ArtifactSource, SourceArtifact, SourceRun } from './artifact-rules.ts'
import { escapeForTerminal, pluralise } from '../text.ts'

/**
 * Each history copies the one before it, so the newest has everything except runs at the same time. Three are read,
 * so that two simultaneous pushes lose nothing.
 */
const WANTED = 3
/**
 * Bounds of one search. A token has 1000 requests an hour for all jobs. A usual search takes one request per workflow
 * file, one for the artifacts, one for the default branch, and three comparisons and downloads; the worst takes six
 * per workflow file and 87 more.
 */
const MOST_LISTINGS = 40
const MOST_DOWNLOADS = 15
const MOST_TRIGGERS = 10
const MOST_COMMITS = 11
const MOST_ATTEMPTS = 5
const MOST_FAILURES = 3
/** Entries on one page of GitHub's lists. */
const PAGE = 100
const MOST_SENTENCES = 20
/** GitHub's answer for an artifact that has expired since it was listed. */
const HTTP_GONE = 410

/** The histories that may be trusted, and what was passed over. */
interface FoundHistories {
  /** Newest run first, each with the histories of all its attempts. */
  readonly found: readonly { readonly run: SourceRun; readonly histories: readonly History[] }[]
  /** A sentence each. */
  readonly passedOver: readonly string[]
  /** Why nothing could be read, if nothing was found because something could not be reached; else null. */
  readonly unreadable: Unreadable | null
  /** Why no recorded history can be used, if some exist and none was found usable; else null. */
  readonly lost: string | null
}

/** A request that got no answer, and the permission that it needs. */
interface FailedRequest {
  readonly error: unknown
  readonly permission: string
}

/** The state of a search. */
interface Search {
  readonly source: ArtifactSource
  readonly rules: ArtifactRules
  readonly name: string
  /** Artifacts of first attempts, of all runs. */
  readonly list: ArtifactList
  readonly found: { readonly run: SourceRun; readonly histories: readonly History[] }[]
  readonly passedOver: string[]
  readonly failures: FailedRequest[]
  /** How many histories of runs that count cannot be used. */
  readonly lost: { expired: number; refused: number }
  readonly lookedAt: Set<number>
  /** Why runs do not count, by id. */
  readonly refusedRuns: Map<number, string>
  /** How many requests may still be made. */
  readonly left: { listings: number; downloads: number; triggers: number; files: number; commits: number }
  /** Whether commits are on the default branch, by SHA; null for those that are gone. */
  readonly onBranch: Map<string, { readonly isOnBranch: boolean | null }>
  /** The newest commit of the default branch, once known. */
  tip: string | null
  /** True once the bound of requests was reached. */
  isCut: boolean
}

/**
 * Finds the newest histories of this name: looks through runs of the given workflow files on the default branch,
 * newest first, checks each again, and reads their artifacts by exact name. Whatever fails a check is named and
 * passed over, and the next older one is tried.
 *
 * @throws the source's error when runs or artifacts cannot be listed at all.
 */
export async function findHistories(
  source: ArtifactSource,
  rules: ArtifactRules,
  name: string,
): Promise<FoundHistories> {
  const unknown: string[] = []
  const listRuns = async (workflow: string, event: string | null): Promise<readonly SourceRun[]> => {
    try {
      return await source.runs({ workflow, branch: rules.defaultBranch, event })
    } catch (error) {
      // Artifacts could be listed, so this is not a missing permission.
      if (source.statusOf(error) !== 404) throw error
      unknown.push(`GitHub knows no workflow file ${workflow} here`)
      return []
    }
  }
  const [list, ...runs] = await Promise.all([
    source.artifacts({ name: nameHistoryArtifact(name, 1), runId: null }),
    ...rules.workflows.map((file) => listRuns(file, null)),
  ])
  const search = startSearch(source, rules, name, list)
  await lookAtRuns(search, runs.flat())
  // Runs of pull requests may have pushed those that record off the list.
  const crowded = rules.workflows.filter((_, i) => runs[i]!.length >= PAGE)
  if (crowded.length > 0 && !isDone(search)) {
    const more = crowded.flatMap((file) => HISTORY_EVENTS.map((event) => listRuns(file, event)))
    await lookAtRuns(search, (await Promise.all(more)).flat())
  }
  const { found, failures } = search
  const isKnown = found.length > 0 || failures.length === 0
  return {
    found,
    passedOver: [...unknown, ...cutSentences([...describeStrangers(search), ...search.passedOver])],
    unreadable: isKnown ? null : source.explainRefusal(failures[0]!.error, failures[0]!.permission),
    lost: found.length > 0 ? null : describeLost(search),
  }
}

/**
 * Tells a lost history from one that never was. Artifacts outlive the hundred runs that are listed, so an expired one
 * that states a run of ours counts, too: it only causes a warning.
 */
function describeLost({ list, lost, rules, lookedAt, refusedRuns }: Search): string | null {
  const isOlder = ({ run }: SourceArtifact): boolean => !lookedAt.has(run!.id!) && !refusedRuns.has(run!.id!)
  const older = list.artifacts.filter(
    (artifact) => artifact.expired && rejectArtifactRun(artifact, rules) === null && isOlder(artifact),
  )
  if (lost.refused > 0) return 'no recorded run can be used'
  return lost.expired + older.length === 0 ? null : 'all recorded runs have expired'
}

function startSearch(source: ArtifactSource, rules: ArtifactRules, name: string, list: ArtifactList): Search {
  const isOurs = (artifact: SourceArtifact): boolean => artifact.name === nameHistoryArtifact(name, 1)
  return {
    source,
    rules,
    name,
    list: { ...list, artifacts: list.artifacts.filter(isOurs) },
    found: [],
    passedOver: [],
    failures: [],
    lost: { expired: 0, refused: 0 },
    lookedAt: new Set(),
    refusedRuns: new Map(),
    left: {
      listings: MOST_LISTINGS,
      downloads: MOST_DOWNLOADS,
      triggers: MOST_TRIGGERS,
      files: MOST_TRIGGERS,
      commits: MOST_COMMITS,
    },
    onBranch: new Map(),
    tip: null,
    isCut: false,
  }
}

function isDone({ isCut, found, failures }: Search): boolean {
  return isCut || found.length >= WANTED || failures.length >= MOST_FAILURES
}

/** Looks at runs, the newest first, until enough was found. */
async function lookAtRuns(search: Search, runs: readonly SourceRun[]): Promise<void> {
  const { rules, lookedAt, refusedRuns } = search
  for (const run of runs.toSorted((a, b) => b.id - a.id)) {
    if (isDone(search)) return
    if (lookedAt.has(run.id) || run.id === rules.runId) continue
    lookedAt.add(run.id)
    const why = rejectRun(run, rules)
    if (why !== null) refusedRuns.set(run.id, why)
    else await lookAtRun(search, run)
  }
}

/** Reads the histories of a run that counts. */
async function lookAtRun(search: Search, run: SourceRun): Promise<void> {
  const histories: History[] = []
  for (const artifact of await listArtifacts(search, run)) {
    const why = rejectArtifact(artifact, run, search.rules)
    if (why !== null) loseHistory(search, artifact, run, why)
    else if (await isOfBranch(search, artifact, run)) histories.push(...(await readHistory(search, artifact, run)))
  }
  if (histories.length > 0) search.found.push({ run, histories })
}

/** The artifacts of a run, one per attempt. Those of the first attempt are usually in the list of all runs. */
async function listArtifacts(search: Search, run: SourceRun): Promise<readonly SourceArtifact[]> {
  const { artifacts, complete } = search.list
  const first = artifacts.filter((artifact) => artifact.run?.id === run.id)
  const later = Array.from({ length: Math.max(0, run.attempt - 1) }, (_, i) => i + 2).slice(-MOST_ATTEMPTS)
  const asked = first.length > 0 || complete ? later : [1, ...later]
  const lists = await Promise.all(
    asked.map(async (attempt) => {
      const name = nameHistoryArtifact(search.name, attempt)
      const query = { name, runId: run.id }
      const answer = await askSource(search, 'listings', `run ${run.id}`, (source) => source.artifacts(query))
      return (answer?.artifacts ?? []).filter((artifact) => artifact.name === name)
    }),
  )
  return [...first, ...lists.flat()]
}

/** The history in an artifact; none when it cannot be trusted. */
async function readHistory(search: Search, artifact: SourceArtifact, run: SourceRun): Promise<readonly History[]> {
  const zip = await askSource(search, 'downloads', titleOf(artifact, run.id), (source) =>
    source.download(artifact.id, LARGEST_ZIP_BYTES),
  )
  if (zip === null) return []
  try {
    return [openHistory(zip, artifact, search.name)]
  } catch (error) {
    if (!(error instanceof ArtifactRefusal)) throw error
    loseHistory(search, artifact, run, error.message)
    return []
  }
}

/** Whether GitHub shows that a run is of the default branch, by its commit and by what triggered it. If not, says why. */
async function isOfBranch(search: Search, artifact: SourceArtifact, run: SourceRun): Promise<boolean> {
  const { rules } = search
  const commit = await findOnBranch(search, run.headSha)
  if (commit === null) return false
  const why =
    rejectCommit(commit.isOnBranch, rules) ??
    (run.event === 'workflow_run' ? rejectTrigger(await findTrigger(search, run), rules) : null)
  if (why !== null) loseHistory(search, artifact, run, why)
  return why === null
}

/** Null when GitHub gives no answer. Asks once for each commit. */
async function findOnBranch(search: Search, sha: string): Promise<{ readonly isOnBranch: boolean | null } | null> {
  const { onBranch, rules } = search
  const tip = await findTip(search)
  if (tip === null) return null
  const known = onBranch.get(sha) ?? (tip === sha ? { isOnBranch: true } : null)
  const answer =
    known ??
    (await askSource(
      search,
      'commits',
      `commit ${escapeForTerminal(sha)} of ${escapeForTerminal(rules.defaultBranch)}`,
      async (source) => ({
        isOnBranch: await source.isAncestor(sha, tip),
      }),
    ))
  if (answer !== null) onBranch.set(sha, answer)
  return answer
}

/** The newest commit of the default branch. Without it no run can count, and the search ends. */
async function findTip(search: Search): Promise<string | null> {
  const { defaultBranch } = search.rules
  const branch = `branch ${escapeForTerminal(defaultBranch)}`
  search.tip ??= await askSource(search, 'commits', branch, async (source) => {
    // A bare name could also be a tag.
    const tip = await source.commitOf(`heads/${defaultBranch}`)
    if (tip === null) throw Object.assign(new Error(`${branch} is not shown`), { status: 404, response: {} })
    return tip
  })
  if (search.tip === null) search.isCut = true
  return search.tip
}

/** The run that triggered a `workflow_run`. */
async function findTrigger(search: Search, run: SourceRun): Promise<SourceRun | null> {
  const path = workflowFileOf(run)
  const about = `${escapeForTerminal(path)} of commit ${escapeForTerminal(run.headSha)}`
  const id = findNamedTrigger(
    run,
    await askSource(search, 'files', about, (source) => source.fileAt(path, run.headSha)),
  )
  return id === null ? null : askSource(search, 'triggers', `run ${id}`, (source) => source.run(id))
}

/**
 * Makes one more request of this kind if the bounds allow it. A request that fails costs only its own answer, as long
 * as others succeed.
 */
async function askSource<T>(
  search: Search,
  kind: keyof Search['left'],
  about: string,
  request: (source: ArtifactSource) => Promise<T>,
): Promise<T | null> {
  if (search.left[kind] === 0) {
    if (!search.isCut)
      search.passedOver.push('the search ended at its bound of requests: older runs were not looked at')
    search.isCut = true
    return null
  }
  search.left[kind]--
  const permission = kind === 'commits' || kind === 'files' ? 'contents: read' : 'actions: read'
  try {
    return await request(search.source)
  } catch (error) {
    if (search.source.statusOf(error) === HTTP_GONE) search.lost.expired++
    else search.failures.push({ error, permission })
    search.passedOver.push(`${about} was passed over: ${search.source.describeRefusal(error, permission)}`)
    return null
  }
}

/** Passes over a history of a run that counts. */
function loseHistory(search: Search, artifact: SourceArtifact, run: SourceRun, why: string): void {
  search.lost[artifact.expired ? 'expired' : 'refused']++
  search.passedOver.push(`${titleOf(artifact, run.id)} was passed over: ${why}`)
}

/** Artifacts of this name from runs that do not count and are newer than what is used. */
function describeStrangers({ list, found, rules, lookedAt, refusedRuns }: Search): readonly string[] {
  const oldestUsed = found.length < WANTED ? 0 : found.at(-1)!.run.id
  const elsewhere = `it is not of one of the newest runs of ${rules.workflows.join(' or ')}`
  const counts = (runId: number | null): boolean =>
    runId !== null && (runId === rules.runId || (lookedAt.has(runId) && !refusedRuns.has(runId)))
  return list.artifacts
    .filter(({ run }) => !counts(run?.id ?? null) && (run?.id ?? Infinity) > oldestUsed)
    .toSorted((a, b) => b.id - a.id)
    .map((artifact) => {
      const runId = artifact.run?.id ?? null
      const why = rejectArtifactRun(artifact, rules) ?? refusedRuns.get(runId ?? 0) ?? elsewhere
      return `${titleOf(artifact, runId)} was passed over: ${why}`
    })
}

function cutSentences(sentences: readonly string[]): readonly string[] {
  const cut = sentences.length - MOST_SENTENCES
  if (cut <= 0) return sentences
  const rest = `${pluralise(cut, 'more artifact was', 'more artifacts were')} passed over`
  return [...sentences.slice(0, MOST_SENTENCES), rest]
}

function titleOf({ name, id }: SourceArtifact, runId: number | null): string {
  return `artifact ${name} (${id}) of ${runId === null ? 'no run' : `run ${runId}`}`
}
