import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import type { SearchStep } from '../metrics/plateau/level-search.ts'
import { chooseNextLevel, fixLadder, countAffordablePasses } from '../plan/ladder.ts'
import type { UsedBudget, DoneLevel, Ladder, SearchBounds } from '../plan/ladder.ts'
import { SEARCH_ENDS } from '../vocabulary/load.ts'
import type { SearchEnd } from '../vocabulary/load.ts'
import { chooseProbedLevel } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import { LevelThreads } from '../plan/shares.ts'
import type { ThreadPlan } from '../plan/shares.ts'
import type { WorkloadOptions } from '../plan/compose-request.ts'
import { dropCodeMarks } from '../text.ts'
import { createBudget, grantBeforeLevels } from './budget.ts'
import type { Budget, BudgetLimits, BudgetName } from './budget.ts'
import { MeasuredSide, MeasuredSides, findInfluence } from './side.ts'
import type { SharedPorts, SideName, SidePorts, SideSweep } from './side.ts'

/** When the control is measured: level by level in turns with the candidate, or at the same time. */
export type ControlTiming = 'turns' | 'together'

/** What a sweep needs: the candidate's side, that of the control if any, and what they share. */
export interface SweepPorts extends SharedPorts, SidePorts {
  /** Null when the candidate is measured alone. */
  readonly control: (SidePorts & { readonly timing: ControlTiming }) | null
  /** Hears of a level that begins, and of the ladder as far as it is known then. */
  readonly onLevelStart: (level: { concurrency: number; pass: number }, side: SideName, ladder: Ladder) => void
  /** Takes a finished level and returns whether it was held, which metrics decide. */
  readonly onLevelEnd: (run: LevelRun, side: SideName) => boolean
  /** The next level of a search, by the metrics of those that it has measured. */
  readonly searchLevel: (measured: readonly SearchedRun[], bounds: SearchBounds, share: number) => SearchStep
  /** The length of a level's next window, from its earlier ones, by the metrics. */
  readonly chooseWindowMs: (levelRuns: readonly LevelRun[], ofControl: readonly LevelRun[] | null) => number
  /** The threads that carry the load; absent or null: this one. */
  readonly threads?: ThreadPlan | null
  /** Whether this client, not the endpoint, was the bottleneck of a level, by the metrics. */
  readonly isClientBusy?: (run: LevelRun) => boolean
  /**
   * Whether another pass would hardly improve the precision of the run and of its difference from the control, by the
   * metrics.
   */
  readonly isPrecise: (levelRuns: readonly LevelRun[], ofControl: readonly LevelRun[] | null) => boolean
}

/** A level that a search has measured. */
interface SearchedRun {
  readonly run: LevelRun
  /** False when it failed or was rate-limited, on either side. */
  readonly held: boolean
  /** The share of the budgets that it used. */
  readonly used: number
  /** How long it took, on all sides. */
  readonly seconds: number
}

/** Everything a sweep measured. */
export interface Sweep extends SideSweep {
  /**
   * The control's side; null without one. If it has an error, it was dropped, and from then on the candidate was
   * measured alone.
   */
  readonly control: SideSweep | null
  /**
   * Why the two took turns although they should have been loaded together, as a sentence; null when they did as
   * intended.
   */
  readonly apart: string | null
  /** The levels that were measured in the first pass only, because more would take too long. */
  readonly once: readonly number[]
  /** Why a search for levels ended; null where they were known, or where the run was cancelled before. */
  readonly searchEnd: SearchEnd | null
  /** The budget of which most was used. */
  readonly nearestBudget: BudgetName
  /** What the first pass used of it. */
  readonly used: readonly UsedBudget[]
}

/** A search leaves room for this many passes: one alone has no interval. */
const FEWEST_PASSES = 2
/** How long hanging requests may outlast `max-duration`. */
const OVERTIME_MS = 30_000

/**
 * Measures the levels of `plan` one after another, until `searchNextLevel` has no more, a budget is used up or it is
 * cancelled. With a control, each level of each pass is measured on both sides with the same prompts, in random
 * order, while the other side is idle. Decisions about levels apply to both sides, so that both have the same levels.
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

/** The state of a sweep. */
class SweepUnderWay {
  readonly #plan: Plan
  readonly #limits: SweepLimits
  readonly #ports: SweepPorts
  readonly #sides: MeasuredSides
  readonly #threads: LevelThreads
  readonly #done: (DoneLevel & Pick<SearchedRun, 'used' | 'seconds'>)[] = []
  /** That of the plan, until a search has found its levels. */
  #ladder: Ladder
  #searchEnd: SearchEnd | null = null
  /** Why the two take turns although they should be loaded together. */
  #apart: string | null = null
  /** Cancels requests when `max-duration` is long over. */
  readonly #overtime = new AbortController()

  constructor(plan: Plan, workload: WorkloadOptions, limits: SweepLimits, ports: SweepPorts) {
    this.#plan = plan
    this.#ladder = plan.ladder
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
    this.#threads = new LevelThreads(ports.threads ?? null, () => this.#sides.countAtOnce())
    for (const side of this.#sides.all) side.countThreads = (concurrency) => this.#threads.count(concurrency)
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
    return {
      ...candidate.result,
      control: control === null ? null : control.result,
      apart: this.#apart,
      once: this.#ladder.once ?? [],
      searchEnd: this.#searchEnd,
      nearestBudget: candidate.budget.nearest(),
      used: this.#listUsedBudget(),
    }
  }

  #listUsedBudget(): readonly UsedBudget[] {
    return this.#done.flatMap(({ concurrency: level, pass, used }) => (pass === 1 ? [{ level, used }] : []))
  }

  async #soak(): Promise<void> {
    await this.#sides.visit('soak', async (side) => {
      side.budget = this.#startBudget(grantBeforeLevels(this.#limits))
      await side.soak()
    })
  }

  /** Whether the two can be loaded at the same time, if that is intended; else they take turns. */
  async #checkTogether(): Promise<void> {
    const { all, candidate, controlThere, together } = this.#sides
    if (!together || controlThere === null) return
    const budget = this.#startBudget({ ...grantBeforeLevels(this.#limits), maxDurationMs: null })
    for (const side of all) side.budget = budget
    this.#apart = await findInfluence(candidate, controlThere, chooseProbedLevel(this.#plan))
    this.#sides.together = this.#apart === null
    if (this.#apart !== null) this.#ports.log(`control-timing: turns, because ${this.#apart}`)
  }

  /** Times of both sides are relative to the same moment. */
  #startTime(): void {
    const startAt = this.#ports.steer?.startAt ?? this.#ports.clock.now()
    for (const side of this.#sides.all) side.startAt = startAt
  }

  async #measureLevels(): Promise<void> {
    const done = this.#done
    const { budget } = this.#sides.candidate
    let isLast = budget.exhausted()
    while (!this.#ports.signal.aborted && !isLast) {
      const next = this.#searchLevel() ?? chooseNextLevel(this.#ladder, done)
      if (next === null || this.#isEnough(next.pass)) return
      const isMiddle = next.pass === 2 && done.at(-1)?.pass === 1
      if (isMiddle && this.#plan.sentinel === 'apart') await this.#sendSentinels('middle')
      await this.#pauseAfter(this.#sides.listThere().flatMap(({ levelRuns }) => levelRuns.at(-1) ?? []))
      const level = { ...next, durationMs: this.#chooseWindowMs(next.concurrency) }
      const before = { used: budget.usedShare(), at: this.#ports.clock.now() }
      let held = await this.#measureNext(level)
      while (held === 'too busy') held = await this.#measureNext(level)
      const isGone = !held && (await this.#findGone())
      const end = { held, isLast: isGone || budget.exhausted() }
      // All shards have the same next level.
      const agreed = this.#ports.steer == null ? end : await this.#ports.steer.agreeOnEnd(end)
      isLast = agreed.isLast
      const seconds = (this.#ports.clock.now() - before.at) / 1000
      done.push({ ...next, held: agreed.held, used: budget.usedShare() - before.used, seconds })
      if (isLast && this.#ladder.search != null && !this.#ports.signal.aborted)
        this.#endSearch(isGone ? 'gone' : budget.nearest())
    }
  }

  /** A search goes on below a level that was too much, but not at a server that is gone. */
  async #findGone(): Promise<boolean> {
    const run = this.#sides.candidate.levelRuns.at(-1)
    if (this.#ladder.search == null || this.#ports.steer != null || run?.stopped !== 'failing') return false
    await this.#pauseAfter([run])
    return (await this.#sides.candidate.sendSingles())?.answered === false
  }

  /**
   * The next level of a search; null where there is none or it has ended. The control's curve decides, because it does
   * not depend on the change. The budgets hold two such passes; further ones are left out where they do not hold those, too.
   */
  #searchLevel(): { concurrency: number; pass: number } | null {
    const { search, mostPasses, leastPasses = mostPasses } = this.#ladder
    if (search == null) return null
    const { levelRuns } = this.#sides.listThere().at(-1)!
    const measured = this.#done.flatMap(({ concurrency, held, used, seconds }) => {
      const run = levelRuns.find((each) => each.concurrency === concurrency)
      return run === undefined ? [] : [{ run, held, used, seconds }]
    })
    const step = this.#ports.searchLevel(measured, search, 1 / Math.min(FEWEST_PASSES, leastPasses))
    if ('next' in step) return { concurrency: step.next, pass: 1 }
    this.#endSearch(step.ended === 'budget' ? this.#sides.candidate.budget.nearest() : step.ended)
    const once = this.#plan.chooseOnce(
      this.#done.map(({ concurrency: level, seconds }) => ({ level, seconds })),
      step.atCapacity,
    )
    const room = countAffordablePasses(this.#listUsedBudget(), once)
    this.#ladder = fixLadder(this.#ladder, this.#done, { room, once })
    return null
  }

  #endSearch(end: SearchEnd): void {
    this.#searchEnd = end
    this.#ports.log(`the search for levels has ended, because ${dropCodeMarks(SEARCH_ENDS[end].because)}`)
  }

  /** Checks after each pass, once the fewest are done, whether more are needed. */
  #isEnough(pass: number): boolean {
    const { mostPasses, leastPasses = mostPasses } = this.#ladder
    if (pass <= leastPasses || this.#done.at(-1)?.pass !== pass - 1) return false
    return this.#ports.isPrecise(...this.#sides.selectRuns())
  }

  /** Measures the same on both sides. */
  #chooseWindowMs(concurrency: number): number {
    return this.#ports.chooseWindowMs(...this.#sides.selectRuns((run) => run.concurrency === concurrency))
  }

  /**
   * Measures one level in one pass on each side; returns whether it was held on all. Drops a level that more threads
   * might hold.
   */
  async #measureNext(next: Parameters<MeasuredSide['measureLevel']>[0]): Promise<boolean | 'too busy'> {
    let held = true
    let isTooBusy = false
    await this.#sides.visit(`${next.concurrency}/${next.pass}`, async (side) => {
      if (isTooBusy) return
      this.#ports.onLevelStart(next, side.name, this.#ladder)
      const run = await side.measureLevel(next)
      isTooBusy ||= this.#canRepeat(run, side)
      if (isTooBusy) return
      const holds = this.#ports.onLevelEnd(run, side.name)
      if (!holds && side === this.#sides.control) await this.#checkThere(side, run)
      held &&= holds
    })
    if (!isTooBusy) return held
    for (const side of this.#sides.all) side.dropLevel(next)
    const threads = this.#threads.add(next.concurrency)
    this.#ports.log(`level ${next.concurrency}: this machine was too busy; again, with up to ${threads} threads`)
    return 'too busy'
  }

  /** Whether this client failed a level and has more threads to use. */
  #canRepeat(run: LevelRun, { budget }: MeasuredSide): boolean {
    const { steer, signal, isClientBusy } = this.#ports
    // With shards, the others may have kept up.
    if (steer != null) return false
    if (run.stopped !== null || run.open !== undefined || this.#threads.findMore(run.concurrency) === null) return false
    return !signal.aborted && !budget.exhausted() && isClientBusy?.(run) === true
  }

  /** An overloaded control ends the ladder of both; a lost control ends nothing. */
  async #checkThere(side: MeasuredSide, run: LevelRun): Promise<void> {
    if (run.stopped !== null && run.stopped !== 'failing') return
    await this.#pauseAfter([run])
    if ((await side.sendSingles())?.answered === false) throw describeGone(side)
  }

  async #sendSentinels(moment: 'start' | 'middle' | 'end'): Promise<void> {
    await this.#sides.visit(`sentinel/${moment}`, async (side) => {
      const isAnswered = this.#ports.signal.aborted ? null : await side.sendSentinel()
      if (moment === 'end') side.endedWell = isAnswered
      if (isAnswered === false && side === this.#sides.control) throw describeGone(side)
    })
  }

  /** Waits before the next level if a refusal asked for a pause. */
  async #pauseAfter(runs: readonly LevelRun[]): Promise<void> {
    const pauseMs = choosePauseMs(runs)
    if (pauseMs === 0) return
    this.#ports.log(`pausing ${Math.ceil(pauseMs / 1000)} s, as the server asked (Retry-After)`)
    await this.#ports.clock.sleep(pauseMs, this.#ports.signal)
  }

  #startBudget(limits: BudgetLimits): Budget {
    return createBudget(limits, this.#ports.clock)
  }

  /** Keeps hanging requests from stretching a run far beyond its `max-duration`. */
  #stopOvertime(over: AbortSignal): void {
    const { maxDurationMs } = this.#limits
    if (maxDurationMs === null) return
    void this.#ports.clock.sleep(maxDurationMs + OVERTIME_MS, over).then(() => this.#overtime.abort())
  }
}

/** Why a control that no longer answers single requests is dropped. */
function describeGone({ target }: MeasuredSide): EndpointError {
  return new EndpointError('the control no longer answers single requests', {
    tried: `POST ${target}`,
    remedy: 'look at the log of its server',
  })
}

/** Longer pauses, which a rate limit may ask for, are not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** The pause before the next level: the longest that refusals of these asked for, 0 where none did. */
function choosePauseMs(runs: readonly LevelRun[]): number {
  let longest = 0
  for (const { records } of runs) {
    for (const { failure, retryAfterMs } of records) {
      if (failure === 'http_429' || failure === 'http_503') longest = Math.max(longest, retryAfterMs ?? 0)
    }
  }
  return Math.min(LONGEST_RETRY_AFTER_MS, longest)
}
