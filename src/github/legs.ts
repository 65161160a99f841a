import { array, object, text } from './payload.ts'
import type { LegResult } from './run-artifacts.ts'

/** A job that the report job needs, and how it ended. */
export interface NeededJob {
  readonly job: string
  readonly result: 'success' | 'failure' | 'cancelled' | 'skipped'
}

const RESULTS = ['success', 'failure', 'cancelled', 'skipped'] as const

/** Reads `toJSON(needs)`; null when it is something else. */
export function readNeeds(json: string): readonly NeededJob[] | null {
  try {
    const needs = object(JSON.parse(json))
    if (needs === null) return null
    return Object.entries(needs).map(([job, value]) => {
      const result = text(object(value)?.['result'])
      return { job, result: RESULTS.find((known) => known === result) ?? 'failure' }
    })
  } catch {
    return null
  }
}

/** The newest attempt of each name, and names that two jobs share. */
export function newestOfEachName(results: readonly LegResult[]): {
  readonly newest: readonly LegResult[]
  readonly shared: readonly { readonly name: string; readonly legs: readonly string[] }[]
} {
  const byName = [...Map.groupBy(results, ({ leg }) => leg.name).entries()]
  return {
    newest: byName.map(([, all]) => all.reduce((a, b) => (b.leg.attempt > a.leg.attempt ? b : a))),
    shared: byName.flatMap(([name, all]) => {
      const legs = [...new Set(all.map(({ leg }) => leg.leg))]
      return legs.length > 1 ? [{ name, legs }] : []
    }),
  }
}

/**
 * The jobs that ended without a result, by the names that people know them by. `unsuccessful`: names of jobs of this run
 * that did not succeed, as GitHub shows them; a job that is red because of what it measured left a result all the same.
 */
export function missingLegs(
  needs: readonly NeededJob[],
  results: readonly LegResult[],
  unsuccessful: readonly string[],
): readonly string[] {
  const missing = needs.flatMap((need) => missingOf(need, results, unsuccessful))
  // Silence is no verdict: where nobody left anything, everybody is missing, even a job that was skipped.
  return results.length === 0 && missing.length === 0 ? needs.map(({ job }) => job) : missing
}

function missingOf(
  { job, result }: NeededJob,
  results: readonly LegResult[],
  unsuccessful: readonly string[],
): readonly string[] {
  if (result === 'success' || result === 'skipped') return []
  const present = results.filter(({ leg }) => isOf(leg.leg, job))
  const named = unsuccessful.filter((name) => isOf(name, job))
  if (named.length > 0)
    return named.filter((name) => !present.some(({ leg }) => leg.leg === name && isRed(leg, present)))
  // A deferred job ends green whatever it measured: a red one among them is one that left nothing.
  const explained = present.some((one) => isRed(one.leg, present))
  return explained ? [] : [present.length === 0 ? job : `a leg of ${job}`]
}

/** True for a job that was red on its own account: it left its result and did not defer. */
function isRed({ leg, deferred }: LegResult['leg'], present: readonly LegResult[]): boolean {
  return !deferred && present.some((one) => one.leg.leg === leg && one.verdict.check === 'fail')
}

/** `measure`, and `measure (llama-8b, 2)` of its matrix. */
function isOf(leg: string, job: string): boolean {
  return leg === job || leg.startsWith(`${job} (`)
}

/** Names of the jobs in an answer of GitHub that did not succeed. */
export function unsuccessfulIn(jobs: unknown): readonly string[] {
  return (array(jobs) ?? []).flatMap((job) => {
    const conclusion = text(object(job)?.['conclusion'])
    const isBad = conclusion === 'failure' || conclusion === 'cancelled' || conclusion === 'timed_out'
    return isBad ? (text(object(job)?.['name']) ?? []) : []
  })
}
