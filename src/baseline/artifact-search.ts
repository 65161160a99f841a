import type { History } from '../report/history.ts'
import {
  historyArtifactName,
  LARGEST_ZIP_BYTES,
  openHistory,
  RECORDING_EVENTS,
  Refusal,
  statedTrigger,
  whyNotArtifact,
  whyNotArtifactRun,
  whyNotRun,
  whyNotTrigger,
} from './artifact-rules.ts'
import type { ArtifactRules } from './artifact-rules.ts'
import type { ArtifactList, ArtifactSource, SourceArtifact, SourceRun } from './artifact-source.ts'
import { statusOf, whyUnreachable } from './unreachable.ts'

/**
 * Histories are copied forward, so the newest has everything but what ran at the same time: three are read, so that two
 * pushes at once lose nothing.
 */
const WANTED = 3
/**
 * Bounds of one search. A token has 1000 requests an hour for all jobs: a usual search takes one request a workflow file, one
 * for the artifacts and three downloads; the worst six a workflow file and 66 more.
 */
const MOST_LISTINGS = 40
const MOST_DOWNLOADS = 15
const MOST_TRIGGERS = 10
const MOST_ATTEMPTS = 5
const MOST_FAILURES = 3
/** What GitHub lists at a time. */
const PAGE = 100
const MOST_SENTENCES = 20

/** The histories that may be believed, and what was passed over. */
export interface FoundHistories {
  /** Newest run first; of one run those of all its attempts. */
  readonly found: readonly { readonly run: SourceRun; readonly histories: readonly History[] }[]
  /** A sentence each. */
  readonly skipped: readonly string[]
  /** Why nothing could be read, when nothing was found and something could not be reached; else null. */
  readonly unreadable: string | null
}

/**
 * Looks for the newest histories of this name: runs of the given workflow files on the default branch, newest first, each
 * checked again here; their artifacts by exact name. What is not as it must be is named and passed over, and the next older
 * one is tried.
 *
 * @throws what the source throws when runs or artifacts cannot be listed at all.
 */
export async function findHistories(
  source: ArtifactSource,
  rules: ArtifactRules,
  name: string,
): Promise<FoundHistories> {
  const unknown: string[] = []
  const runsOf = async (workflow: string, event: string | null): Promise<readonly SourceRun[]> => {
    try {
      return await source.runs({ workflow, branch: rules.defaultBranch, event })
    } catch (error) {
      // Where artifacts can be listed, this is no lack of permission.
      if (statusOf(error) !== 404) throw error
      unknown.push(`GitHub knows no workflow file ${workflow} here`)
      return []
    }
  }
  const [listed, ...lists] = await Promise.all([
    source.artifacts({ name: historyArtifactName(name, 1), runId: null }),
    ...rules.workflows.map((file) => runsOf(file, null)),
  ])
  const search = createSearch(source, rules, name, listed)
  await search.look(lists.flat())
  // Runs of pull requests may have crowded those that record out of the list.
  const crowded = rules.workflows.filter((_, i) => lists[i]!.length >= PAGE)
  if (crowded.length > 0 && !search.isDone()) {
    const more = crowded.flatMap((file) => RECORDING_EVENTS.map((event) => runsOf(file, event)))
    await search.look((await Promise.all(more)).flat())
  }
  const result = search.result()
  return { ...result, skipped: [...unknown, ...result.skipped] }
}

interface Search {
  look(runs: readonly SourceRun[]): Promise<void>
  isDone(): boolean
  result(): FoundHistories
}

function createSearch(source: ArtifactSource, rules: ArtifactRules, name: string, list: ArtifactList): Search {
  const listed = list.artifacts.filter((artifact) => artifact.name === historyArtifactName(name, 1))
  const found: { run: SourceRun; histories: History[] }[] = []
  const skipped: string[] = []
  const failures: unknown[] = []
  const refusedRuns = new Map<number, string>()
  const lookedAt = new Set<number>()
  const left = { listings: MOST_LISTINGS, downloads: MOST_DOWNLOADS, triggers: MOST_TRIGGERS }
  let ended = false

  return {
    async look(runs) {
      for (const run of runs.toSorted((a, b) => b.id - a.id)) {
        if (isDone()) return
        if (lookedAt.has(run.id) || run.id === rules.runId) continue
        lookedAt.add(run.id)
        const why = whyNotRun(run, rules)
        if (why !== null) refusedRuns.set(run.id, why)
        else await lookAt(run)
      }
    },
    isDone,
    result() {
      const all = [...strangers(), ...skipped]
      const cut = all.length - MOST_SENTENCES
      return {
        found,
        skipped: cut > 0 ? [...all.slice(0, MOST_SENTENCES), `${cut} more artifacts were passed over`] : all,
        unreadable: found.length > 0 || failures.length === 0 ? null : whyUnreachable(failures[0]),
      }
    },
  }

  function isDone(): boolean {
    return ended || found.length >= WANTED || failures.length >= MOST_FAILURES
  }

  async function lookAt(run: SourceRun): Promise<void> {
    const histories: History[] = []
    for (const artifact of await artifactsOf(run)) {
      const why = whyNotArtifact(artifact, run, rules)
      if (why !== null) pass(artifact, run.id, why)
      else {
        const history = await read(artifact, run)
        if (history !== null) histories.push(history)
      }
    }
    if (histories.length > 0) found.push({ run, histories })
  }

  /** One a name of an attempt. Those of the first attempt are usually in the list of all runs. */
  async function artifactsOf(run: SourceRun): Promise<SourceArtifact[]> {
    const first = listed.filter((artifact) => artifact.run?.id === run.id)
    const later = Array.from({ length: Math.max(0, run.attempt - 1) }, (_, i) => i + 2).slice(-MOST_ATTEMPTS)
    const asked = first.length > 0 || list.complete ? later : [1, ...later]
    const lists = await Promise.all(asked.map((attempt) => listOf(run, historyArtifactName(name, attempt))))
    return [...first, ...lists.flat()]
  }

  async function listOf(run: SourceRun, artifactName: string): Promise<readonly SourceArtifact[]> {
    if (!take('listings')) return []
    const answer = await attempt(() => source.artifacts({ name: artifactName, runId: run.id }), `run ${run.id}`)
    return (answer?.artifacts ?? []).filter((artifact) => artifact.name === artifactName)
  }

  async function read(artifact: SourceArtifact, run: SourceRun): Promise<History | null> {
    if (!take('downloads')) return null
    const zip = await attempt(() => source.download(artifact.id, LARGEST_ZIP_BYTES), title(artifact, run.id))
    if (zip === null) return null
    try {
      const history = openHistory(zip, artifact, name)
      if (run.event !== 'workflow_run') return history
      const why = whyNotTrigger(await triggerOf(history, run), rules)
      if (why === null) return history
      pass(artifact, run.id, why)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      pass(artifact, run.id, error.message)
    }
    return null
  }

  async function triggerOf(history: History, run: SourceRun): Promise<SourceRun | null> {
    const id = statedTrigger(history, run)
    if (id === null || !take('triggers')) return null
    return attempt(() => source.run(id), `run ${id}`)
  }

  /** Whether one more request of this kind is within the bounds. */
  function take(kind: keyof typeof left): boolean {
    if (left[kind] === 0) {
      if (!ended) skipped.push('the search ended at its bound of requests: older runs were not looked at')
      ended = true
      return false
    }
    left[kind]--
    return true
  }

  /** What one failed request costs is what it was about, as long as others succeed. */
  async function attempt<T>(ask: () => Promise<T>, about: string): Promise<T | null> {
    try {
      return await ask()
    } catch (error) {
      failures.push(error)
      skipped.push(`${about} was passed over: ${whyUnreachable(error)}`)
      return null
    }
  }

  function pass(artifact: SourceArtifact, runId: number, why: string): void {
    skipped.push(`${title(artifact, runId)} was passed over: ${why}`)
  }

  /** Artifacts of this name from runs that do not count, as far as they are newer than what is used. */
  function strangers(): string[] {
    const oldestUsed = found.length < WANTED ? 0 : found.at(-1)!.run.id
    const elsewhere = `it is not of one of the newest runs of ${rules.workflows.join(' or ')}`
    return listed
      .filter(({ run }) => !counts(run?.id ?? null) && (run?.id ?? Infinity) > oldestUsed)
      .toSorted((a, b) => b.id - a.id)
      .map((artifact) => {
        const runId = artifact.run?.id ?? null
        const why = whyNotArtifactRun(artifact, rules) ?? refusedRuns.get(runId ?? 0) ?? elsewhere
        return `${title(artifact, runId)} was passed over: ${why}`
      })
  }

  function counts(runId: number | null): boolean {
    return runId !== null && (runId === rules.runId || (lookedAt.has(runId) && !refusedRuns.has(runId)))
  }

  function title(artifact: SourceArtifact, runId: number | null): string {
    return `artifact ${artifact.name} (${artifact.id}) of ${runId === null ? 'no run' : `run ${runId}`}`
  }
}
