import { sha256 } from '../sha256.ts'
import { median } from 'simple-statistics'
import { EndpointError } from '../errors.ts'
import { seedRandom } from '../random.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import { meanLength, scaleLengths } from '../settings/values/distributions.ts'
import type { Lengths } from '../settings/values/distributions.ts'
import { nameLevel } from '../vocabulary/load.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { PROBES, SENTINEL_REQUESTS, SOAK } from '../plan/cost.ts'
import type { Plan } from '../plan/plan.ts'
import { countUsual } from '../plan/arrivals.ts'
import { countWorkers, shareOpenLoad } from '../plan/shares.ts'
import { createLevelWorkload } from '../plan/workload.ts'
import { removeConversations } from '../plan/compose-request.ts'
import type { WorkloadOptions } from '../plan/compose-request.ts'
import type { Budget } from './budget.ts'
import type { HealthProbe } from './runtime.ts'
import { measureLevel, measureSharedLevel } from './level.ts'
import type { SharedLevelPorts, Steer } from './level.ts'
import type { LevelSpec } from './level/board.ts'
import type { Clock, Transport } from './ports.ts'
import type { ServerMetrics } from './server-readings.ts'
import { runSoak } from './soak.ts'
import type { CarriedLoad, Crew } from './threads/crew.ts'

/** The endpoint that is judged, or the one measured beside it. */
export type SideName = 'candidate' | 'control'

/** One endpoint as the load needs it. */
export interface SidePorts {
  /** Opens fresh connections: each level has its own, so that none has timed out before it is used. */
  readonly openTransport: () => Transport
  /** The URL that is measured, for messages. */
  readonly target: string
  /** Read around each level, but never for soak and single requests; null: not at all. */
  readonly serverMetrics: ServerMetrics | null
  /** The endpoint as it is told to the threads of a crew, and its credentials; needed where there is a crew. */
  readonly orderThreads?: () => Omit<CarriedLoad, 'workload'>
}

/** What a sweep measured on one side. */
export interface SideSweep {
  readonly levelRuns: readonly LevelRun[]
  /**
   * Median latency, in milliseconds, of single requests at the start, after the first pass, and at the end, or in
   * level 1 of each pass: it shows whether the endpoint changed. With one pass there is no middle, and without
   * preflight none at all.
   */
  readonly sentinelMs: readonly number[]
  /** Whether the soak ended with slices that agree; null without a soak. */
  readonly settled: boolean | null
  /** Whether single requests still succeeded at the end; null when none was sent. */
  readonly endedWell: boolean | null
  /** Why it ended early, where the endpoint failed; what was measured before is kept. */
  readonly error: EndpointError | null
}

/** What single requests showed. */
interface Singles {
  /** Whether one was answered. */
  readonly answered: boolean
  /** Median, scaled to the mean answer length; null where no answer was complete. */
  readonly latencyMs: number | null
}

/** What both sides of a sweep share. */
export interface SharedPorts {
  readonly clock: Clock
  readonly health: () => HealthProbe
  /** Called when the requests of a level are made, and when its load is over, before many of them are cancelled; never in between. */
  readonly collectGarbage: () => void
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  /** Further threads that carry load; absent or null: none. */
  readonly crew?: Crew | null
  /** Agrees with the run's other shards, which measure the same levels; absent or null: this is not a shard. */
  readonly steer?: Steer | null
}

/** One side during a sweep, with what was measured so far. */
export class MeasuredSide implements SideSweep {
  readonly name: SideName
  readonly levelRuns: LevelRun[] = []
  readonly sentinelMs: number[] = []
  settled: boolean | null = null
  endedWell: boolean | null = null
  error: EndpointError | null = null
  /** What it may still spend. */
  budget: Budget
  /** The start of the sweep on the clock: record times count from here, on both sides. */
  startAt: number
  /** How many threads of the crew carry the load of this many workers; 0: this thread does. */
  countThreads: (concurrency: number) => number = () => 0
  readonly #plan: Plan
  readonly #workload: WorkloadOptions
  readonly #own: SidePorts
  readonly #shared: SharedPorts

  constructor(
    name: SideName,
    budget: Budget,
    { plan, workload }: { readonly plan: Plan; readonly workload: WorkloadOptions },
    own: SidePorts,
    shared: SharedPorts,
  ) {
    this.name = name
    this.budget = budget
    this.startAt = shared.clock.now()
    this.#plan = plan
    this.#workload = workload
    this.#own = own
    this.#shared = shared
  }

  get target(): string {
    return this.#own.target
  }

  /** What was measured so far, as data. */
  get result(): SideSweep {
    const { levelRuns, sentinelMs, settled, endedWell, error } = this
    return { levelRuns, sentinelMs, settled, endedWell, error }
  }

  /** Unrecorded load until the engine is settled. */
  async soak(): Promise<void> {
    const { clock, signal, log } = this.#shared
    const whose = this.name === 'control' ? 'soak of the control' : 'soak'
    log(`${whose}: unrecorded load until the engine is settled`)
    const { seconds, settled } = await runSoak(async () => this.#measureSlice(), clock, signal)
    const cut = signal.aborted ? 'interrupted' : 'ended by the budget'
    const outcome = settled === null ? cut : settled ? 'settled' : 'not settled'
    log(`${whose}: ${outcome} after ${seconds.toFixed(1)} s`)
    this.settled = settled
  }

  async #measureSlice(): Promise<LevelRun> {
    const shorten = (lengths: Lengths) => scaleLengths(lengths, this.#plan.soakShare)
    const { outputTokens, mix = null } = this.#workload
    const parts = mix?.map((part) => ({ ...part, outputTokens: shorten(part.outputTokens) })) ?? null
    const workload = { ...this.#workload, outputTokens: shorten(outputTokens), mix: parts }
    return this.measure(planSoak(this.#plan), { workload: removeConversations(workload) })
  }

  /** Measures one level in one pass, and keeps it. */
  async measureLevel(level: { concurrency: number; pass: number; durationMs: number }): Promise<LevelRun> {
    const { steer = null } = this.#shared
    const shard = steer?.shard ?? null
    const { concurrency, pass } = level
    const whole = this.#plan.openLoad?.(concurrency, pass) ?? null
    const open = whole === null ? null : shareOpenLoad(whole, shard)
    const spec: LevelSpec = {
      ...specOf(this.#plan),
      ...level,
      minRequests: this.#plan.minRequests(concurrency),
      expectedRequests: this.#expectRequests(level),
      shard,
      open,
      ...(open !== null && 'dueMs' in open && { nonce: this.#chooseNonce(level) }),
    }
    const run = await this.measure(spec, { serverMetrics: this.#own.serverMetrics, steer })
    this.levelRuns.push(run)
    const late = run.madeInLevel ?? 0
    const of = run.connections.requests
    if (late > 0 && run.stopped === null) {
      const load = whole === null ? 'concurrency' : 'dueMs' in whole ? 'speed' : 'rate'
      const whose = this.name === 'control' ? ' of the control' : ''
      const made = `${late} of ${of} requests were prepared while it was measured, not before`
      this.#shared.log(`level ${nameLevel(load, concurrency)}${whose}: ${made}`)
    }
    if (this.#plan.sentinel === 'level 1' && concurrency === 1) this.#keepReading(this.#readSingles(run))
    return run
  }

  /** About how many requests a level will take: as many as in an earlier pass, where more came than the plan can know. */
  #expectRequests({ concurrency, durationMs }: { concurrency: number; durationMs: number }): number {
    const earlier = this.levelRuns.filter((run) => run.concurrency === concurrency)
    const most = this.#plan.mostRequestsOf(concurrency, durationMs)
    // Workers take turns in nearly the same numbers: those that began with a short answer have one or two more.
    return Math.max(most, ...earlier.map(({ connections }) => connections.requests)) + 2 * concurrency
  }

  /** What sets the texts of this pass apart: the same in all shards. */
  #chooseNonce({ concurrency, pass }: { concurrency: number; pass: number }): string {
    const { steer = null } = this.#shared
    if (steer === null) return this.#workload.nonce()
    const place = `${steer.runId}/${this.#plan.ladder.seed}/${concurrency}/${pass}`
    return sha256(place).slice(0, 16)
  }

  /** Drops the last level run if it is this one, because it will be measured again. */
  dropLevel({ concurrency, pass }: { concurrency: number; pass: number }): void {
    const last = this.levelRuns.at(-1)
    if (last?.concurrency === concurrency && last.pass === pass) this.levelRuns.pop()
  }

  /** Measures load on fresh connections without keeping it. */
  async measure(
    spec: LevelSpec,
    {
      stopping = null,
      workload: options = this.#workload,
      ...others
    }: Partial<Pick<SharedLevelPorts, 'serverMetrics' | 'steer'>> & {
      readonly stopping?: AbortSignal | null
      readonly workload?: WorkloadOptions
    } = {},
  ): Promise<LevelRun> {
    const { clock, health, collectGarbage, signal, crew } = this.#shared
    const { openTransport, orderThreads } = this.#own
    const ports = {
      clock,
      budget: this.budget,
      sweepStartAt: this.startAt,
      signal: stopping === null ? signal : AbortSignal.any([signal, stopping]),
      target: this.target,
      serverMetrics: null,
      ...others,
    }
    const threads = this.countThreads(spec.open == null ? countWorkers(spec) : countUsual(spec.open))
    if (crew != null && orderThreads !== undefined && threads > 0) {
      const carried = { ...orderThreads(), workload: options }
      collectGarbage()
      return measureSharedLevel(spec, ports, crew.carryIn(threads, carried))
    }
    const transport = openTransport()
    try {
      const workload = createLevelWorkload(options, spec)
      return await measureLevel(spec, { ...ports, transport, workload, health: health(), collectGarbage })
    } finally {
      await transport.close()
    }
  }

  /**
   * Sends a few single requests, always the same: when their times change, the endpoint changed during the sweep.
   * Skipped where level 1 was just measured in a later pass. Returns whether one was answered; null when none was
   * sent.
   */
  async sendSentinel(): Promise<boolean | null> {
    const { sentinel } = this.#plan
    // The first of several shards asks for all.
    if (sentinel === null || (this.#shared.steer?.shard.number ?? 1) > 1) return null
    const last = this.levelRuns.at(-1)
    if (sentinel === 'level 1' && last?.concurrency === 1 && last.pass > 1 && this.#readSingles(last).answered)
      return true
    const singles = await this.sendSingles()
    if (singles !== null) this.#keepReading(singles)
    return singles?.answered ?? null
  }

  #keepReading({ latencyMs }: Singles): void {
    if (latencyMs !== null) this.sentinelMs.push(latencyMs)
  }

  /** Single requests, one after another; null when none could be sent. */
  async sendSingles(requests = SENTINEL_REQUESTS): Promise<Singles | null> {
    if (this.#shared.signal.aborted || this.budget.exhausted()) return null
    const spec = { ...this.specOf(1), durationMs: 0, minRequests: requests, expectedRequests: requests + 2 }
    return this.#readSingles(await this.measure(spec, { workload: removeConversations(this.#workload) }))
  }

  #readSingles({ records }: LevelRun): Singles {
    const answered = [...records].filter(({ phase, lastTokenMs }) => phase === 'counted' && lastTokenMs !== null)
    // A shorter answer took less time, which says nothing about the endpoint.
    const whole = answered.filter(
      ({ outputTokens, requestedTokens, tokenSource }) =>
        outputTokens === 0 || tokenSource === 'chunks' || outputTokens >= requestedTokens,
    )
    const length = meanLength(this.#workload.outputTokens)
    const latencyMs = whole.length === 0 ? null : median(whole.map((record) => computeLatencyAtLength(record, length)))
    return { answered: answered.length > 0, latencyMs }
  }

  /** The spec of a level outside the passes. */
  specOf(concurrency: number): LevelSpec {
    return { ...specOf(this.#plan), concurrency, pass: 0, minRequests: 1 }
  }
}

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

/** The latency that an answer of this length would have had. One that came all at once does not show when it began. */
function computeLatencyAtLength(record: RequestRecord, length: number): number {
  const { ttftMs, tpotMs, requestedTokens } = record
  const lastTokenMs = record.lastTokenMs!
  if (ttftMs === null) return requestedTokens === 0 ? lastTokenMs : (lastTokenMs * length) / requestedTokens
  return lastTokenMs + (tpotMs ?? 0) * (length - requestedTokens)
}

function specOf(plan: Plan): Omit<LevelSpec, 'concurrency' | 'pass' | 'minRequests'> {
  return {
    durationMs: plan.windows.firstMs,
    maxRequests: plan.levelRequests,
    warmupRequests: plan.warmupRequests,
  }
}

function planSoak(plan: Plan): LevelSpec {
  const highest = plan.openLoad === undefined ? Math.max(...plan.ladder.levels) : SOAK.concurrency
  const concurrency = Math.min(SOAK.concurrency, highest)
  return {
    ...specOf(plan),
    concurrency,
    pass: 0,
    durationMs: SOAK.sliceMs,
    maxRequests: null,
    warmupRequests: 0,
    minRequests: SOAK.requests,
  }
}
