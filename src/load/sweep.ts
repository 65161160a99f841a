import { EndpointError } from '../errors.ts'
import type { LevelRun } from '../metrics/level-run.ts'
import { chooseNextLevel } from '../plan/ladder.ts'
import type { DoneLevel } from '../plan/ladder.ts'
import { chooseProbedLevel } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import { countThreads, planMoreThreads } from '../plan/threads.ts'
import type { ThreadPlan } from '../plan/threads.ts'
import type { WorkloadOptions } from '../plan/workload.ts'
import { seedRandom } from '../random.ts'
import { createBudget } from './budget.ts'
import type { BudgetLimits } from './budget.ts'
import { MeasuredSide } from './side.ts'
import type { SharedPorts, SideName, SidePorts, SideSweep } from './side.ts'
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
  limits: BudgetLimits & { readonly soak: boolean },
  ports: SweepPorts,
): Promise<Sweep> {
  const { clock, signal } = ports
  const done: DoneLevel[] = []
  const over = new AbortController()
  const overtime = new AbortController()
  const shared = { ...ports, signal: AbortSignal.any([signal, overtime.signal]) }
  const createSide = (name: SideName, own: SidePorts): MeasuredSide =>
    new MeasuredSide(name, createBudget(grantBeforeLevels(limits), clock), { plan, workload }, own, shared)
  const candidate = createSide('candidate', ports)
  const control = ports.control === null ? null : createSide('control', ports.control)
  let together = ports.control?.timing === 'together'
  let apart: string | null = null
  const sides = control === null ? [candidate] : [candidate, control]
  /** From this level on there are more threads than planned: lower ones kept up, and stay as they are in other runs. */
  let more: { readonly from: number; readonly threads: ThreadPlan } | null = null
  for (const side of sides) {
    side.countThreads = (concurrency) => {
      const threads = threadsAt(concurrency)
      return threads === null ? 0 : countThreads(threads, concurrency, countSidesAtOnce())
    }
  }

  try {
    if (limits.soak) {
      await visitSides('soak', async (side) => {
        side.budget = createBudget(grantBeforeLevels(limits), clock)
        await side.soak()
      })
    }
    if (together && control?.error === null) await checkTogether(control)
    const startAt = ports.steer?.startAt ?? clock.now()
    for (const side of sides) side.startAt = startAt
    if (plan.sentinel === 'apart') await sendSentinels('start')
    const budget = createBudget(limits, clock)
    for (const side of sides) side.budget = budget
    stopOvertime()
    await measureLevels()
    await sendSentinels('end')
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error
    candidate.error = error
  } finally {
    over.abort()
  }
  return { ...resultOf(candidate), control: control === null ? null : resultOf(control), apart }

  /** Whether the two can be loaded at the same moment, as they were said to: else they take turns. */
  async function checkTogether(control: MeasuredSide): Promise<void> {
    const budget = createBudget({ ...grantBeforeLevels(limits), maxDurationMs: null }, clock)
    for (const side of sides) side.budget = budget
    apart = await findInfluence(candidate, control, chooseProbedLevel(plan))
    together = apart === null
    if (apart !== null) ports.log(`control-timing: turns, because ${apart}`)
  }

  async function measureLevels(): Promise<void> {
    let isLast = candidate.budget.exhausted()
    while (!signal.aborted && !isLast) {
      const next = chooseNextLevel(plan.ladder, done, isPlateauReached)
      if (next === null || isEnough(next.pass)) return
      const isMiddle = next.pass === 2 && done.at(-1)?.pass === 1
      if (isMiddle && plan.sentinel === 'apart') await sendSentinels('middle')
      await pauseAfter(listThere().flatMap(({ levelRuns }) => levelRuns.at(-1) ?? []))
      const level = { ...next, durationMs: chooseWindowMs(next.concurrency) }
      let held = await measureNext(level)
      while (held === 'too busy') held = await measureNext(level)
      const end = { held, isLast: candidate.budget.exhausted() }
      // The next level of all shards is the same one.
      const agreed = ports.steer == null ? end : await ports.steer.agreeOnEnd(end)
      isLast = agreed.isLast
      done.push({ ...next, held: agreed.held })
    }
  }

  /** The same on both sides. */
  function chooseWindowMs(concurrency: number): number {
    const selectLevel = (runs: readonly LevelRun[]): LevelRun[] => runs.filter((run) => run.concurrency === concurrency)
    const beside = listBeside()
    return ports.chooseWindowMs(selectLevel(candidate.levelRuns), beside === null ? null : selectLevel(beside))
  }

  /** One level in one pass on each side: whether it was held on all. One that more threads might hold is forgotten. */
  async function measureNext(next: Parameters<MeasuredSide['measureLevel']>[0]): Promise<boolean | 'too busy'> {
    let held = true
    let isTooBusy = false
    await visitSides(`${next.concurrency}/${next.pass}`, async (side) => {
      if (isTooBusy) return
      ports.onLevelStart(next, side.name)
      const run = await side.measureLevel(next)
      isTooBusy ||= canRepeat(run, side)
      if (isTooBusy) return
      const holds = ports.onLevelEnd(run, side.name)
      if (!holds && side === control) await checkThere(side, run)
      held &&= holds
    })
    if (!isTooBusy) return held
    for (const side of sides) side.dropLevel(next)
    const threads = more !== null && next.concurrency < more.from ? more.threads : findMoreThreads(next.concurrency)!
    more = { from: Math.min(next.concurrency, more?.from ?? Infinity), threads }
    ports.log(`level ${next.concurrency}: this machine was too busy; again, with up to ${threads.threads} threads`)
    return 'too busy'
  }

  function threadsAt(concurrency: number): ThreadPlan | null {
    return more !== null && concurrency >= more.from ? more.threads : (ports.threads ?? null)
  }

  function findMoreThreads(concurrency: number): ThreadPlan | null {
    const threads = threadsAt(concurrency)
    return threads === null ? null : planMoreThreads(threads, concurrency, countSidesAtOnce())
  }

  function countSidesAtOnce(): 1 | 2 {
    return together && control?.error === null ? 2 : 1
  }

  /** Whether a level was given up by this client, which has more to give. */
  function canRepeat(run: LevelRun, { budget }: MeasuredSide): boolean {
    // The other shards may have kept up, and are not asked.
    if (ports.steer != null) return false
    if (run.stopped !== null || findMoreThreads(run.concurrency) === null) return false
    return !signal.aborted && !budget.exhausted() && ports.isClientBusy?.(run) === true
  }

  /** After each pass from the fewest on, where more may be measured. */
  function isEnough(pass: number): boolean {
    const { passes, leastPasses = passes } = plan.ladder
    if (pass <= leastPasses || done.at(-1)?.pass !== pass - 1) return false
    return ports.isPrecise(candidate.levelRuns, listBeside())
  }

  /** What was measured of a control that is there. */
  function listBeside(): readonly LevelRun[] | null {
    return control?.error === null ? control.levelRuns : null
  }

  /** A control that is overloaded ends the ladder of both; one that is gone ends nothing. */
  async function checkThere(side: MeasuredSide, run: LevelRun): Promise<void> {
    if (run.stopped !== null && run.stopped !== 'failing') return
    await pauseAfter([run])
    if ((await side.sendSingles())?.answered === false) throw findGone(side)
  }

  /** The control's curve says where the ladder ends: it is the same in every run, whatever the change did. */
  function isPlateauReached(): boolean {
    return ports.plateauReached(listThere().at(-1)!.levelRuns)
  }

  /** The sides that are still measured; the candidate first. */
  function listThere(): MeasuredSide[] {
    return sides.filter(({ error }) => error === null)
  }

  /** The same on each side that is there: in the order of a coin, or at the same moment. */
  async function visitSides(moment: string, work: (side: MeasuredSide) => Promise<void>): Promise<void> {
    const there = listThere()
    if (together) {
      // What is under way on one side ends before an error of the other is told.
      const ended = await Promise.allSettled(there.map(async (side) => measureOn(side, work)))
      for (const end of ended) if (end.status === 'rejected') throw end.reason
      return
    }
    const isFlipped = seedRandom(`${plan.ladder.seed}/side/${moment}`)() < 0.5
    for (const [i, side] of (isFlipped ? there.reverse() : there).entries()) {
      if (i > 0 && (signal.aborted || side.budget.exhausted())) return
      await measureOn(side, work)
    }
  }

  /** A control that ends it is dropped, and the candidate goes on alone. */
  async function measureOn(side: MeasuredSide, work: (side: MeasuredSide) => Promise<void>): Promise<void> {
    try {
      await work(side)
    } catch (error) {
      if (side !== control || !(error instanceof EndpointError)) throw error
      control.error = error
      ports.log(`the control is no longer measured: ${error.what}`)
    }
  }

  async function sendSentinels(moment: 'start' | 'middle' | 'end'): Promise<void> {
    await visitSides(`sentinel/${moment}`, async (side) => {
      const isAnswered = signal.aborted ? null : await side.sendSentinel()
      if (moment === 'end') side.endedWell = isAnswered
      if (isAnswered === false && side === control) throw findGone(side)
    })
  }

  /** Requests that hang must not stretch a run far beyond its `max-duration`. */
  function stopOvertime(): void {
    if (limits.maxDurationMs === null) return
    void clock.sleep(limits.maxDurationMs + OVERTIME_MS, over.signal).then(() => overtime.abort())
  }

  /** A refused level asked for a pause: the next one waits. */
  async function pauseAfter(runs: readonly LevelRun[]): Promise<void> {
    const pauseMs = Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ...runs.map(findLongestRetryAfterMs)))
    if (pauseMs === 0) return
    ports.log(`pausing ${Math.ceil(pauseMs / 1000)} s, as the server asked (Retry-After)`)
    await clock.sleep(pauseMs, signal)
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
