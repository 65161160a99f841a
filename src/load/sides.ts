import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import { seedRandom } from '../random.ts'
import type { MeasuredSide, SharedPorts } from './side.ts'
import { PROBES } from '../plan/cost.ts'

/** The sides of a sweep: the candidate, and the control until it is dropped. */
export class MeasuredSides {
  readonly candidate: MeasuredSide
  readonly control: MeasuredSide | null
  readonly all: readonly MeasuredSide[]
  /** Whether both are loaded at once; else one is idle while the other is loaded. */
  together: boolean
  readonly #seed: string
  readonly #ports: Pick<SharedPorts, 'signal' | 'log'>

  /** @param seed of the coin that decides which side comes first. */
  constructor(
    candidate: MeasuredSide,
    control: MeasuredSide | null,
    { together, seed }: { readonly together: boolean; readonly seed: string },
    ports: Pick<SharedPorts, 'signal' | 'log'>,
  ) {
    this.candidate = candidate
    this.control = control
    this.all = control === null ? [candidate] : [candidate, control]
    this.together = together
    this.#seed = seed
    this.#ports = ports
  }

  /** The control while it is still measured. */
  get controlThere(): MeasuredSide | null {
    return this.control?.error === null ? this.control : null
  }

  /** The sides that are still measured; the candidate first. */
  listThere(): MeasuredSide[] {
    return this.all.filter(({ error }) => error === null)
  }

  /** How many of them are loaded at once. */
  countAtOnce(): 1 | 2 {
    return this.together && this.controlThere !== null ? 2 : 1
  }

  /** The level runs of both that `select` accepts; null for a control that is not measured. */
  selectRuns(select: (run: LevelRun) => boolean = () => true): [LevelRun[], LevelRun[] | null] {
    return [this.candidate.levelRuns.filter(select), this.controlThere?.levelRuns.filter(select) ?? null]
  }

  /** Does the work on each side that is still measured: in the order of a coin, or on both at once. */
  async visit(moment: string, work: (side: MeasuredSide) => Promise<void>): Promise<void> {
    const there = this.listThere()
    if (this.together) {
      // Both sides finish before an error of either is thrown.
      const ended = await Promise.allSettled(there.map(async (side) => this.#measureOn(side, work)))
      for (const end of ended) if (end.status === 'rejected') throw end.reason
      return
    }
    const isFlipped = seedRandom(`${this.#seed}/side/${moment}`)() < 0.5
    for (const [i, side] of (isFlipped ? there.reverse() : there).entries()) {
      if (i > 0 && (this.#ports.signal.aborted || side.budget.exhausted())) return
      await this.#measureOn(side, work)
    }
  }

  /** Drops a control that fails; the candidate goes on alone. */
  async #measureOn(side: MeasuredSide, work: (side: MeasuredSide) => Promise<void>): Promise<void> {
    try {
      await work(side)
    } catch (error) {
      if (side !== this.control || !(error instanceof EndpointError)) throw error
      side.error = error
      this.#ports.log(`the control is no longer measured: ${error.what}`)
    }
  }
}

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
  const before = await probeControl(control)
  const stopping = new AbortController()
  const load = candidate.measure(
    { ...candidate.specOf(concurrency), durationMs: Infinity },
    { stopping: stopping.signal },
  )
  const [loaded, beside] = await Promise.allSettled([load, probeControl(control).finally(() => stopping.abort())])
  if (loaded.status === 'rejected') throw loaded.reason as Error
  if (beside.status === 'rejected') throw beside.reason as Error
  const after = await probeControl(control)
  if (before === null || beside.value === null || after === null) {
    return 'it could not be shown that neither slows the other down'
  }
  const influence = beside.value / Math.max(before, after)
  return influence <= MOST_INFLUENCE
    ? null
    : `load on the candidate slows the control down: single requests took ${Math.round((influence - 1) * 100)} % longer`
}

/** Median latency; null where no answer was complete, which the following sentinel reports. */
async function probeControl(control: MeasuredSide): Promise<number | null> {
  try {
    return (await control.sendSingles(PROBES))?.latencyMs ?? null
  } catch (error) {
    if (error instanceof EndpointError) return null
    throw error
  }
}

/** Why a control that no longer answers single requests is dropped. */
export function describeGone({ target }: MeasuredSide): EndpointError {
  return new EndpointError('the control no longer answers single requests', {
    tried: `POST ${target}`,
    remedy: 'look at the log of its server',
  })
}
