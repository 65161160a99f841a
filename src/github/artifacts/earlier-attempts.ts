import { describeRefusal } from '../../baseline/artifact-source.ts'
import { decodeLooks, MOST_ATTEMPTS } from '../../report/looks.ts'
import type { EarlierAttempt, Looks } from '../../report/looks.ts'
import type { Verdict } from '../../report/verdict.ts'
import { isUsable } from '../../verdict/past.ts'
import { isRefusal, messageOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import type { Job } from '../job/assignment.ts'
import { findComment } from '../pull-request/comment.ts'
import { readHiddenAttempts } from '../../report/hidden-attempts.ts'
import { markerOf, reportMarkerOf } from '../pull-request/marker.ts'
import { readLegResults } from './run-artifacts.ts'

/** What attempts before this one measured. */
export interface FoundAttempts {
  /** Oldest first. */
  readonly earlier: readonly EarlierAttempt[]
  /** Sentences about those that cannot be had. */
  readonly notes: readonly string[]
}

/** The attempts that looks know of, their own last: what a later one counts. Empty where nothing could be used. */
export function listAttempts(looks: Looks, verdict: Verdict, attempt: number): readonly EarlierAttempt[] {
  const { earlier = [], candidates, controls, sessions, secondLook, limits } = looks
  if (!isUsable(verdict)) return earlier
  const own = {
    attempt,
    verdict: verdict.verdict,
    candidates,
    ...(controls !== undefined && { controls }),
    ...(sessions !== undefined && { sessions }),
    secondLook,
    ...(limits.length > 0 && { limits }),
  }
  return [...earlier, own].slice(-MOST_ATTEMPTS)
}

/**
 * What earlier attempts at this job measured of the same commit: as their artifacts say, else as our own comment on the pull request
 * hides it. GitHub drops the artifacts when all jobs are run again. Nobody else's word counts. Never fails: what cannot be had is said.
 */
export async function findEarlierAttempts(
  { client, context, pull }: Pick<Job, 'client' | 'context' | 'pull'>,
  name: string,
): Promise<FoundAttempts> {
  const { attempt: own } = context.run
  if (own === 1) return { earlier: [], notes: [] }
  const wanted = Array.from({ length: own - 1 }, (_, i) => i + 1)
  if (client === null) return { earlier: [], notes: [noteMissing(wanted, 'there is no github-token')] }
  const kept = await readOrSay(async () => readKept(client, context.run, name), NOTHING_KEPT, 'actions: read')
  const isMissing = wanted.some((attempt) => !kept.read.seen.has(attempt))
  const hidden =
    isMissing && pull !== null
      ? await readOrSay(async () => readHidden(client, { context, pull }, name), [], 'pull-requests: read')
      : { read: [], why: null }
  const found = new Map([...hidden.read, ...kept.read.attempts].map((one) => [one.attempt, one]))
  const missing = wanted.filter((attempt) => !kept.read.seen.has(attempt) && !found.has(attempt))
  const earlier = [...found.values()].filter(({ attempt }) => attempt < own)
  const why = kept.why ?? hidden.why ?? 'neither an artifact nor our comment has its figures'
  return {
    earlier: earlier.toSorted((a, b) => a.attempt - b.attempt).slice(-MOST_ATTEMPTS),
    notes: missing.length === 0 ? [] : [noteMissing(missing, why)],
  }
}

/** What can be read, or nothing and why: each source may be refused alone. */
async function readOrSay<T>(
  read: () => Promise<T>,
  nothing: T,
  permission: string,
): Promise<{ readonly read: T; readonly why: string | null }> {
  try {
    return { read: await read(), why: null }
  } catch (error) {
    return { read: nothing, why: isRefusal(error) ? describeRefusal(error, permission) : messageOf(error) }
  }
}

function noteMissing(attempts: readonly number[], why: string): string {
  const which = attempts.length === 1 ? `attempt ${attempts[0]!} is` : `attempts ${attempts.join(', ')} are`
  return `${which} not counted together with this one, because ${why}`
}

/** What artifacts of a run say of its attempts. */
interface KeptAttempts {
  /** Attempts that left something, used or not: one that measured nothing is no loss. */
  readonly seen: ReadonlySet<number>
  readonly attempts: readonly EarlierAttempt[]
}

const NOTHING_KEPT: KeptAttempts = { seen: new Set(), attempts: [] }

async function readKept(client: GithubClient, run: Job['context']['run'], name: string): Promise<KeptAttempts> {
  const { results } = await readLegResults(client, { run }, { isWanted: (other) => other === name })
  const older = results.filter(({ leg }) => leg.attempt < run.attempt).toSorted((a, b) => a.leg.attempt - b.leg.attempt)
  return {
    seen: new Set(older.map(({ leg }) => leg.attempt)),
    attempts: older.flatMap(({ leg, verdict, looksJson }) =>
      looksJson == null ? [] : listAttempts(decodeLooks(looksJson), verdict, leg.attempt),
    ),
  }
}

async function readHidden(
  client: GithubClient,
  { context, pull }: { readonly context: Job['context']; readonly pull: NonNullable<Job['pull']> },
  name: string,
): Promise<readonly EarlierAttempt[]> {
  for (const marker of [markerOf(name), reportMarkerOf(context.workflowFile)]) {
    const comment = await findComment(client, { pullNumber: pull.number, markers: [marker] })
    const hidden = comment === null ? undefined : readHiddenAttempts(comment.body)[name]
    if (hidden?.runId === context.run.id) return hidden.attempts
  }
  return []
}
