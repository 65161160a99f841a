import { EndpointError } from '../errors.ts'
import { PROBES } from '../plan/cost.ts'
import type { MeasuredSide } from './side.ts'

/** How much slower single requests on the control may be while the candidate is loaded. */
const MOST_INFLUENCE = 1.1
/**
 * Whether two endpoints can be loaded at once, by single requests on the control alone, during load on the candidate,
 * and alone again. Returns why not, as half a sentence; null where they can.
 */
export async function findInfluence(
  candidate: MeasuredSide,
  control: MeasuredSide,
  concurrency: number,
): Promise<string | null> {
  const before = await probe(control)
  const stopping = new AbortController()
  const load = candidate.measure(
    { ...candidate.specOf(concurrency), durationMs: Infinity },
    { stopping: stopping.signal },
  )
  const [loaded, beside] = await Promise.allSettled([load, probe(control).finally(() => stopping.abort())])
  if (loaded.status === 'rejected') throw loaded.reason as Error
  if (beside.status === 'rejected') throw beside.reason as Error
  const after = await probe(control)
  if (before === null || beside.value === null || after === null) {
    return 'it could not be shown that neither slows the other down'
  }
  const influence = beside.value / Math.max(before, after)
  return influence <= MOST_INFLUENCE
    ? null
    : `load on the candidate slows the control down: single requests took ${Math.round((influence - 1) * 100)} % longer`
}

/** Median latency; null where no answer was complete, which the following sentinel reports. */
async function probe(control: MeasuredSide): Promise<number | null> {
  try {
    return (await control.sendSingles(PROBES))?.latencyMs ?? null
  } catch (error) {
    if (error instanceof EndpointError) return null
    throw error
  }
}
