import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import { chooseNextLevel } from '../plan/ladder.ts'
import type { DoneLevel } from '../plan/ladder.ts'
import { chooseProbedLevel } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import { countThreads, planMoreThreads } from '../plan/threads.ts'
import type { ThreadPlan } from '../plan/threads.ts'
import type { WorkloadOptions } from '../plan/workload.ts'
import { createBudget } from './budget.ts'
import type { Budget, BudgetLimits } from './budget.ts'
import { MeasuredSide } from './side.ts'
import type { SharedPorts, SideName, SidePorts, SideSweep } from './side.ts'
import { MeasuredSides } from './sides.ts'
import { findInfluence } from './together.ts'

/** When the control is measured: each level in turn with the candidate, or both at the same moment. */
export type ControlTiming = 'turns' | 'together'

/** What a sweep needs: the candidate's side, the control's where there is one, and what they share. */
export interface SweepPorts extends SharedPorts, SidePorts {
  /** Null: the candidate is measured alone. */
  readonly control: (SidePorts & { readonly timing: ControlTiming }) | null
  readonly onLevelStart: (level: { concurrency: number; pass: number }, side: SideName) => void
  /** Takes a finished level and says whether it was held: metrics judge it. */
  readonly onLevelEnd: (run: LevelRun, side: SideName) => boolean
  /** Whether the levels measured so far show a plateau: metrics say it. */
  readonly plateauReached: (levelRuns: readonly LevelRun[]) => boolean
  /** How long the next window of a level is to be, by those it has had: metrics say it. */
  readonly chooseWindowMs: (levelRuns: readonly LevelRun[], ofControl: readonly LevelRun[] | null) => number
  /** In how many threads of the crew; absent or null: in this one. */
  readonly threads?: ThreadPlan | null
  /** Whether this client, and not the endpoint, was the bottleneck of a level: metrics say it. */
  readonly isClientBusy?: (run: LevelRun) => boolean
  /** Whether another pass would make neither the run nor its difference from the control much more precise: metrics say it. */
  readonly isPrecise: (levelRuns: readonly LevelRun[], ofControl: readonly LevelRun[] | null) => boolean
}

/** Everything a sweep measured. */
export interface Sweep extends SideSweep {
  /** The control's side; null without one. An error says why it was dropped, and from then on the candidate was measured alone. */
  readonly control: SideSweep | null
  /** Why the two took turns although they were to be loaded together, as a sentence; null where they did as they were told. */
  readonly apart: string | null
}

const LONGEST_SOAK_MS = 60_000
/** How long requests that hang may outlast `max-duration`. */
const OVERTIME_MS = 30_000
/** A rate limit may ask for any pause; longer ones are not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000

/**
 * Measures the levels of `plan`, one after another, until `nextLevel` has no more, a budget is used up or it is cancelled. With a
 * control each level of each pass is measured on both sides with the same prompts, in an order that a coin decides, while the other
 * side is idle; what follows from a level holds for both, so that both have the same levels.
 */
export async function measureSweep(
  plan: Plan,
  workload: WorkloadOptions,
  limits: SweepLimits,
  ports: SweepPorts,
): Promise<Sweep> {
  return new SweepUnderWay(plan, workload, limits, ports).measure()
}

type SweepLimits = BudgetLimits & { readonly soak: boolean }

/** A sweep, as far as it has come. */
class SweepUnderWay {
  readonly #plan: Plan
  readonly #limits: SweepLimits
  readonly #ports: SweepPorts
  readonly #sides: MeasuredSides
  readonly #done: DoneLevel[] = []
  /** Why the two take turns although they were to be loaded together. */
  #apart: string | null = null
  /** From this level on there are more threads than planned: lower ones kept up, and stay as they are in other runs. */
  #more: { readonly from: number; readonly threads: ThreadPlan } | null = null
  /** What is sent is cancelled with it: `max-duration` is long over. */
  readonly #overtime = new AbortController()

  constructor(plan: Plan, workload: WorkloadOptions, limits: SweepLimits, ports: SweepPorts) {
    this.#plan = plan
    this.#limits = limits
    this.#ports = ports
    const shared = { ...ports, signal: AbortSignal.any([ports.signal, this.#overtime.signal]) }
    const createSide = (name: SideName, own: SidePorts): MeasuredSide =>
      new MeasuredSide(name, this.#startBudget(grantBeforeLevels(limits)), { plan, workload }, own, shared)
    this.#sides = new MeasuredSides(
      createSide('candidate', ports),
      ports.control === null ? null : createSide('control', ports.control),
      { together: ports.control?.timing === 'together', seed: plan.ladder.seed },
      ports,
    )
    for (const side of this.#sides.all) {
      side.countThreads = (concurrency) => {
        const threads = this.#threadsAt(concurrency)
        return threads === null ? 0 : countThreads(threads, concurrency, this.#sides.countAtOnce())
      }
    }
  }

  async measure(): Promise<Sweep> {
    const { candidate, control } = this.#sides
    const over = new AbortController()
    try {
      if (this.#limits.soak) await this.#soak()
      await this.#checkTogether()
      this.#startTime()
      if (this.#plan.sentinel === 'apart') await this.#sendSentinels('start')
      const budget = this.#startBudget(this.#limits)
      for (const side of this.#sides.all) side.budget = budget
      this.#stopOvertime(over.signal)
      await this.#measureLevels()
      await this.#sendSentinels('end')
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error
      candidate.error = error
    } finally {
      over.abort()
    }
    return { ...resultOf(candidate), control: control === null ? null : resultOf(control), apart: this.#apart }
  }

  async #soak(): Promise<void> {
    await this.#sides.visit('soak', async (side) => {
      side.budget = this.#startBudget(grantBeforeLevels(this.#limits))
      await side.soak()
    })
  }

  /** Whether the two can be loaded at the same moment, where they were said to: else they take turns. */
  async #checkTogether(): Promise<void> {
    const { all, candidate, controlThere, together } = this.#sides
    if (!together || controlThere === null) return
    const budget = this.#startBudget({ ...grantBeforeLevels(this.#limits), maxDurationMs: null })
    for (const side of all) side.budget = budget
    this.#apart = await findInfluence(candidate, controlThere, chooseProbedLevel(this.#plan))
    this.#sides.together = this.#apart === null
    if (this.#apart !== null) this.#ports.log(`control-timing: turns, because ${this.#apart}`)
  }

  /** Times of both sides count from the same moment. */
  #startTime(): void {
    const startAt = this.#ports.steer?.startAt ?? this.#ports.clock.now()
    for (const side of this.#sides.all) side.startAt = startAt
  }

  async #measureLevels(): Promise<void> {
    const done = this.#done
    const { budget } = this.#sides.candidate
    let isLast = budget.exhausted()
    while (!this.#ports.signal.aborted && !isLast) {
      const next = chooseNextLevel(this.#plan.ladder, done, () => this.#isPlateauReached())
      if (next === null || this.#isEnough(next.pass)) return
      const isMiddle = next.pass === 2 && done.at(-1)?.pass === 1
      if (isMiddle && this.#plan.sentinel === 'apart') await this.#sendSentinels('middle')
      await this.#pauseAfter(this.#sides.listThere().flatMap(({ levelRuns }) => levelRuns.at(-1) ?? []))
      const level = { ...next, durationMs: this.#chooseWindowMs(next.concurrency) }
      let held = await this.#measureNext(level)
      while (held === 'too busy') held = await this.#measureNext(level)
      const end = { held, isLast: budget.exhausted() }
      // The next level of all shards is the same one.
      const agreed = this.#ports.steer == null ? end : await this.#ports.steer.agreeOnEnd(end)
      isLast = agreed.isLast
      done.push({ ...next, held: agreed.held })
    }
  }

  /** The control's curve says where the ladder ends: it is the same in every run, whatever the change did. */
  #isPlateauReached(): boolean {
    return this.#ports.plateauReached(this.#sides.listThere().at(-1)!.levelRuns)
  }

  /** After each pass from the fewest on, where more may be measured. */
  #isEnough(pass: number): boolean {
    const { passes, leastPasses = passes } = this.#plan.ladder
    if (pass <= leastPasses || this.#done.at(-1)?.pass !== pass - 1) return false
    return this.#ports.isPrecise(...this.#sides.selectRuns())
  }

  /** The same on both sides. */
  #chooseWindowMs(concurrency: number): number {
    return this.#ports.chooseWindowMs(...this.#sides.selectRuns((run) => run.concurrency === concurrency))
  }

  /** One level in one pass on each side: whether it was held on all. One that more threads might hold is forgotten. */
  async #measureNext(next: Parameters<MeasuredSide['measureLevel']>[0]): Promise<boolean | 'too busy'> {
    let held = true
    let isTooBusy = false
    await this.#sides.visit(`${next.concurrency}/${next.pass}`, async (side) => {
      if (isTooBusy) return
      this.#ports.onLevelStart(next, side.name)
      const run = await side.measureLevel(next)
      isTooBusy ||= this.#canRepeat(run, side)
      if (isTooBusy) return
      const holds = this.#ports.onLevelEnd(run, side.name)
      if (!holds && side === this.#sides.control) await this.#checkThere(side, run)
      held &&= holds
    })
    if (!isTooBusy) return held
    for (const side of this.#sides.all) side.dropLevel(next)
    this.#addThreads(next.concurrency)
    return 'too busy'
  }

  /** Whether a level was given up by this client, which has more to give. */
  #canRepeat(run: LevelRun, { budget }: MeasuredSide): boolean {
    const { steer, signal, isClientBusy } = this.#ports
    // The other shards may have kept up, and are not asked.
    if (steer != null) return false
    if (run.stopped !== null || this.#findMoreThreads(run.concurrency) === null) return false
    return !signal.aborted && !budget.exhausted() && isClientBusy?.(run) === true
  }

  #addThreads(concurrency: number): void {
    const more = this.#more
    const threads = more !== null && concurrency < more.from ? more.threads : this.#findMoreThreads(concurrency)!
    this.#more = { from: Math.min(concurrency, more?.from ?? Infinity), threads }
    this.#ports.log(`level ${concurrency}: this machine was too busy; again, with up to ${threads.threads} threads`)
  }

  #findMoreThreads(concurrency: number): ThreadPlan | null {
    const threads = this.#threadsAt(concurrency)
    return threads === null ? null : planMoreThreads(threads, concurrency, this.#sides.countAtOnce())
  }

  #threadsAt(concurrency: number): ThreadPlan | null {
    return this.#more !== null && concurrency >= this.#more.from ? this.#more.threads : (this.#ports.threads ?? null)
  }

  /** A control that is overloaded ends the ladder of both; one that is gone ends nothing. */
  async #checkThere(side: MeasuredSide, run: LevelRun): Promise<void> {
    if (run.stopped !== null && run.stopped !== 'failing') return
    await this.#pauseAfter([run])
    if ((await side.sendSingles())?.answered === false) throw findGone(side)
  }

  async #sendSentinels(moment: 'start' | 'middle' | 'end'): Promise<void> {
    await this.#sides.visit(`sentinel/${moment}`, async (side) => {
      const isAnswered = this.#ports.signal.aborted ? null : await side.sendSentinel()
      if (moment === 'end') side.endedWell = isAnswered
      if (isAnswered === false && side === this.#sides.control) throw findGone(side)
    })
  }

  /** A refused level asked for a pause: the next one waits. */
  async #pauseAfter(runs: readonly LevelRun[]): Promise<void> {
    const pauseMs = Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ...runs.map(findLongestRetryAfterMs)))
    if (pauseMs === 0) return
    this.#ports.log(`pausing ${Math.ceil(pauseMs / 1000)} s, as the server asked (Retry-After)`)
    await this.#ports.clock.sleep(pauseMs, this.#ports.signal)
  }

  #startBudget(limits: BudgetLimits): Budget {
    return createBudget(limits, this.#ports.clock)
  }

  /** Requests that hang must not stretch a run far beyond its `max-duration`. */
  #stopOvertime(over: AbortSignal): void {
    const { maxDurationMs } = this.#limits
    if (maxDurationMs === null) return
    void this.#ports.clock.sleep(maxDurationMs + OVERTIME_MS, over).then(() => this.#overtime.abort())
  }
}

function resultOf({ levelRuns, sentinelMs, settled, endedWell, error }: MeasuredSide): SideSweep {
  return { levelRuns, sentinelMs, settled, endedWell, error }
}

function findGone({ target }: MeasuredSide): EndpointError {
  return new EndpointError('the control answers no single request any more', {
    tried: `POST ${target}`,
    remedy: 'look at the log of its server',
  })
}

/** The longest pause that a refusal asked for. */
function findLongestRetryAfterMs({ records }: LevelRun): number {
  let longest = 0
  for (const { failure, retryAfterMs } of records) {
    if (failure === 'http_429' || failure === 'http_503') longest = Math.max(longest, retryAfterMs ?? 0)
  }
  return longest
}

/**
 * What soak and first single requests may cost on each side: a quarter of what was granted, beside it, so that they do not eat the
 * precision of the levels.
 */
function grantBeforeLevels({ maxRequests, maxOutputTokens }: BudgetLimits): BudgetLimits {
  return {
    maxDurationMs: LONGEST_SOAK_MS,
    maxRequests: quarterOf(maxRequests),
    maxOutputTokens: quarterOf(maxOutputTokens),
  }
}

function quarterOf(limit: number | null): number | null {
  return limit === null ? null : Math.ceil(limit / 4)
}
