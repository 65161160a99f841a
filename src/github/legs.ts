import { asArray, asObject, asText, parseJson } from '../json.ts'
import { toSlug } from '../settings/lists/history-settings.ts'
import type { LegResult, RunResults } from './artifacts/run-artifacts.ts'

/** A job that the report job depends on, and how it ended. */
export interface NeededJob {
  readonly job: string
  readonly result: 'success' | 'failure' | 'cancelled' | 'skipped'
}

const RESULTS = ['success', 'failure', 'cancelled', 'skipped'] as const

/** Reads `toJSON(needs)`; null when it is something else. */
export function readNeeds(json: string): readonly NeededJob[] | null {
  const needs = asObject(parseJson(json))
  if (needs === null) return null
  return Object.entries(needs).map(([job, value]) => {
    const result = asText(asObject(value)?.['result'])
    return { job, result: RESULTS.find((known) => known === result) ?? 'failure' }
  })
}

/** Names of this run's jobs, as GitHub shows them. */
export interface JobNames {
  readonly succeeded: readonly string[]
  readonly unsuccessful: readonly string[]
}

/** A measuring job without a usable result. */
interface MissingLeg {
  /** The name that people know. */
  readonly leg: string
  /** A sentence; null when its job is red and says so itself. */
  readonly why: string | null
}

/** Keeps the newest result of each name; a refused one hides an older one. */
export function keepUsable({ results, refused }: RunResults): RunResults {
  const isNewer = (a: { readonly attempt: number }, b: { readonly attempt: number }) => a.attempt > b.attempt
  return {
    results: results.filter(({ leg }) => !refused.some((one) => one.name === leg.name && isNewer(one, leg))),
    refused: refused.filter((one) => !results.some(({ leg }) => one.name === leg.name && isNewer(leg, one))),
  }
}

/**
 * The measuring jobs without a result, by the names that people know: those whose artifact is refused, those that did
 * not succeed, and those that ended green and left nothing. A job that is red because of what it measured did leave a
 * result.
 */
export function findMissingLegs(needs: readonly NeededJob[], found: RunResults, jobs: JobNames): readonly MissingLeg[] {
  const unreadable = found.refused.map(({ name, why }): MissingLeg => ({ leg: name, why }))
  const absent = needs.flatMap((need) => [
    ...listMissing(need, found.results, jobs.unsuccessful).map((leg): MissingLeg => ({ leg, why: null })),
    ...listSilent(need, needs, found, jobs).map((leg): MissingLeg => ({ leg, why: SILENT })),
  ])
  const isRefused = (leg: string) => found.refused.some(({ name }) => name === toSlug(leg))
  const missing = [...unreadable, ...absent.filter(({ leg }) => !isRefused(leg))]
  // Silence is not a verdict: if no job left anything, all are missing, even skipped ones.
  const { unsuccessful } = jobs
  const why =
    unsuccessful.length === 0 ? null : `it was skipped, and in this run ${unsuccessful.join(', ')} did not succeed`
  return found.results.length === 0 && missing.length === 0 ? needs.map(({ job }) => ({ leg: job, why })) : missing
}

/**
 * True when there was nothing to measure, because a condition skipped every measuring job. A job that GitHub skips
 * because a job before it failed looks the same, so it must be known that nothing in the run failed.
 */
export function isNothingToMeasure(
  needs: readonly NeededJob[],
  { results, refused }: RunResults,
  jobs: JobNames | null,
): boolean {
  const isEmpty = results.length === 0 && refused.length === 0
  return isEmpty && needs.every(({ result }) => result === 'skipped') && jobs?.unsuccessful.length === 0
}

const SILENT =
  'its job ended green and left no result: does it measure, and is upload on? A job that does not measure does not belong in needs'

/**
 * The jobs that succeeded and left nothing. They are counted; names are compared only where they match, because a job
 * may have any name and a false "missing" would fail a good run. So a missing green job is named only if its name
 * identifies it, and noticed only if GitHub shows it under its id in `needs`.
 */
function listSilent(
  { job, result }: NeededJob,
  needs: readonly NeededJob[],
  { results, refused }: RunResults,
  { succeeded, unsuccessful }: JobNames,
): readonly string[] {
  const green = succeeded.filter((name) => isOf(name, job))
  const left = new Set(results.map(({ leg }) => leg.job).filter((leg) => isOf(leg, job) && !unsuccessful.includes(leg)))
  if (green.length === 0) {
    // A called workflow leaves results under ids that are not in `needs`.
    const isClaimed = results.every(({ leg }) => needs.some((need) => isOf(leg.job, need.job)))
    return result === 'success' && left.size === 0 && isClaimed && refused.length === 0 ? [job] : []
  }
  const spokenFor = results.reduce((sum, { leg }) => sum + (isOf(leg.job, job) ? countOtherShards(leg) : 0), 0)
  const lacking = green.length - left.size - refused.length - spokenFor
  if (lacking <= 0) return []
  const names = spokenFor > 0 ? [] : green.filter((name) => !left.has(name))
  if (names.length === lacking) return names
  return [lacking === 1 ? `a leg of ${job}` : `${lacking} legs of ${job}`]
}

function listMissing(
  { job, result }: NeededJob,
  results: readonly LegResult[],
  unsuccessful: readonly string[],
): readonly string[] {
  if (result === 'success' || result === 'skipped') return []
  const present = results.filter(({ leg }) => isOf(leg.job, job))
  // Where a shard fails all do, and the first says why.
  const spokenFor = present.reduce(
    (sum, { leg, verdict }) => sum + (verdict.check === 'fail' ? countOtherShards(leg) : 0),
    0,
  )
  const named = unsuccessful.filter((name) => isOf(name, job))
  if (named.length > 0) {
    const silent = named.filter((name) => !present.some(({ leg }) => leg.job === name && hasFailed(leg, present)))
    return silent.length > spokenFor ? silent : []
  }
  // A deferred job ends green in any case, so a red one left nothing.
  const explained = spokenFor > 0 || present.some((one) => hasFailed(one.leg, present))
  return explained ? [] : [present.length === 0 ? job : `a leg of ${job}`]
}

/** The jobs for which this one speaks: all shards of a run have one result, which is that of the first. */
function countOtherShards({ shards = 1 }: LegResult['leg']): number {
  return shards - 1
}

/** True for a job that is red because of its own result, which it did not defer. */
function hasFailed({ job, deferred }: LegResult['leg'], present: readonly LegResult[]): boolean {
  return !deferred && present.some((one) => one.leg.job === job && one.verdict.check === 'fail')
}

/** True for `measure` and for `measure (llama-8b, 2)` of its matrix. */
function isOf(leg: string, job: string): boolean {
  return leg === job || leg.startsWith(`${job} (`)
}

/** Names of jobs in an answer of GitHub, by how they ended, without those that run or were skipped. */
export function readJobNames(jobs: unknown): JobNames {
  const selectEnded = (conclusions: readonly string[]): readonly string[] =>
    (asArray(jobs) ?? []).flatMap((job) => {
      const conclusion = asText(asObject(job)?.['conclusion'])
      const isMeant = conclusion !== null && conclusions.includes(conclusion)
      return isMeant ? (asText(asObject(job)?.['name']) ?? []) : []
    })
  return { succeeded: selectEnded(['success']), unsuccessful: selectEnded(['failure', 'cancelled', 'timed_out']) }
}
