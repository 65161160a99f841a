import type { BaselineStore } from '../baseline/store.ts'
import { runGate } from '../gate.ts'
import type { GatePorts, GateResult } from '../gate.ts'
import type { Clock } from '../load/ports.ts'
import { CHARACTERS_PER_TOKEN } from '../plan/cost.ts'
import { listLevelRunsLeft } from '../plan/ladder.ts'
import type { DoneLevel, Ladder } from '../plan/ladder.ts'
import type { Plan } from '../plan/plan.ts'
import { describeThreads } from '../plan/shares.ts'
import { renderPlace, renderPlan, renderProgress } from '../words/progress.ts'
import type { PlacedLevel, PlannedRanges, SweepProgress } from '../words/progress.ts'
import type { ReportPlan } from '../report/run-report.ts'
import type { Settings } from '../settings.ts'
import { sum } from 'simple-statistics'
import { escapeForTerminal } from '../text.ts'
import type { Redact } from './redact-result.ts'
import type { SystemPorts } from './system-ports.ts'
import { chooseLoad } from '../vocabulary/load.ts'

export { createKnownEndpoints } from '../load/preflight/preflight.ts'

/** What a measurement needs from its caller, and reports to it. */
export interface MeasureHooks extends Pick<
  GatePorts,
  'signal' | 'log' | 'hide' | 'awaitsLocalServer' | 'onPhase' | 'serverLogs' | 'earlier' | 'run' | 'knownEndpoints'
> {
  /** Where runs to compare with are kept; null: nothing is compared. */
  readonly store: BaselineStore | null
  /** Hides secrets, including those passed to `hide`. */
  readonly redact: Redact
  /** Called when a level begins, with what is measured, in words and as figures. */
  readonly onLevelStart: (what: string, at: { readonly place: SweepProgress; readonly level: PlacedLevel }) => void
  /** Called when a level ends, with the line of its result. */
  readonly onLevelEnd: (line: string) => void
}

/**
 * Runs the gate, and logs what it is going to do and what it finds. The result holds no secrets.
 *
 * @throws EndpointError, BaselineError as `runGate`.
 */
export async function measure(
  settings: Settings,
  { store, redact, onLevelStart, onLevelEnd, ...hooks }: MeasureHooks,
  system: SystemPorts,
  others: Pick<GatePorts, 'measureRun'> = {},
): Promise<GateResult> {
  const { log } = hooks
  const result = await runGate(settings, {
    ...system,
    ...hooks,
    ...others,
    redact,
    redactReport: async (report) => (await loadRedaction()).redactReport(report, redact),
    loadBaseline: store === null ? null : () => loadAloud(store, settings.name, { log, redact }),
    ...tellSweep(settings, { redact, onLevelStart, onLevelEnd, log }, system),
  })
  return (await loadRedaction()).redactResult(result, redact)
}

/** What hides secrets in a result, which stands on the schemas of all that may be in one: loaded when there is one. */
async function loadRedaction() {
  return import('./redact-result.ts')
}

/** Reports what a sweep is going to do, how far it is, and the result of each level. */
export function tellSweep(
  settings: Settings,
  { redact, onLevelStart, onLevelEnd, log }: Pick<MeasureHooks, 'redact' | 'onLevelStart' | 'onLevelEnd' | 'log'>,
  { clock }: Pick<SystemPorts, 'clock'>,
): Pick<GatePorts, 'onPlan' | 'onLevelStart' | 'onLevelEnd'> {
  const load = chooseLoad(settings)
  let tracker: SweepTracker | null = null
  return {
    onPlan(plan, findings, threads) {
      tracker = trackSweep(plan, settings.controlTiming, clock)
      log(describePlan(plan, settings))
      if (threads !== null) log(describeThreads(threads))
      // Whole: a terminal gets lines that fit it, a log is searched.
      for (const { message } of findings) log(`  ! ${escapeForTerminal(redact(message), Infinity)}`)
    },
    onLevelStart({ concurrency, pass, side, ladder }) {
      const place = tracker!.begin({ concurrency, pass, ladder })
      const level: PlacedLevel = { concurrency, side, load }
      onLevelStart(renderPlace(place, level), { place, level })
    },
    onLevelEnd({ concurrency, figures, measured, held, side }) {
      const place = tracker!.end({ concurrency, pass: figures.pass, held })
      onLevelEnd(renderProgress(figures, { concurrency, side, load, place, alone: measured }))
    },
  }
}

/** A plan as it is told before anything is measured. */
export type ShownPlan = ReportPlan & PlannedRanges

/** The plan in one line, for a log. */
function describePlan(plan: Plan, settings: Pick<Settings, 'preflight' | 'controlTiming' | 'prompts'>): string {
  const sides = plan.sides === 1 ? '' : describeSides(settings)
  return `${renderPlan(showPlan(plan))}${sides}${settings.preflight ? '' : ` (without preflight: ${describeAssumption(settings)})`}`
}

/** What the cost of a plan is based on when no request was sent. */
export function describeAssumption({ prompts }: Pick<Settings, 'prompts'>): string {
  return `assumes answers of 1 s${prompts === null ? '' : ` and ${CHARACTERS_PER_TOKEN} characters a token`}`
}

/** Says that the cost covers both sides, and when each is loaded. */
export function describeSides({ controlTiming }: Pick<Settings, 'controlTiming'>): string {
  return `, endpoint and control ${controlTiming === 'turns' ? 'in turns' : 'together'}`
}

/** The plan as in the report. */
export function showPlan({ ladder, windows, expected, cut }: Plan): ShownPlan {
  const { mostPasses, leastPasses } = ladder
  const passes = leastPasses === undefined ? { passes: mostPasses } : { passes: leastPasses, mostPasses }
  const { leastMs, mostMs } = windows
  const range = { leastSeconds: leastMs / 1000, mostSeconds: mostMs / 1000 }
  return {
    levels: ladder.levels,
    ...(ladder.search != null && { isSearched: true }),
    ...passes,
    ...(ladder.once !== undefined && { once: ladder.once }),
    ...(leastMs < mostMs && { windows: range }),
    expected,
    cut,
  }
}

/** Tracks how far a sweep is. */
interface SweepTracker {
  begin(level: Pick<DoneLevel, 'concurrency' | 'pass'> & { readonly ladder: Ladder }): SweepProgress
  end(level: DoneLevel): SweepProgress
}

/**
 * Tracks a sweep. Assumes that the rest deviates from the plan by the same factor as what is done. With a control
 * every level run has two sides, until the control is gone; when they take turns, each takes as long as the level.
 */
function trackSweep(
  { ladder: asked, sides, secondsOf, singles }: Plan,
  timing: Settings['controlTiming'],
  clock: Pick<Clock, 'now'>,
): SweepTracker {
  const done: DoneLevel[] = []
  /** As the sweep knows it: a search that has ended leaves only the passes for which there is room. */
  let ladder = asked
  let there: number = sides
  let endedOfLast = 0
  let startedAt: number | null = null
  /** The time left as of the end of the last level, null: not known; undefined before any has ended. */
  let lastLeft: number | null | undefined
  /** Planned seconds of what has ended. */
  let ended = 0
  const planSeconds = (concurrency: number): number => secondsOf(concurrency) / (timing === 'turns' ? 1 : there)
  const count = ({ left, isMost }: ReturnType<typeof listLevelRunsLeft>) => ({
    total: done.length + left.length,
    isMost,
  })
  return {
    begin(level) {
      ladder = level.ladder
      startedAt ??= clock.now()
      const isNext = !isSame(level, done.at(-1))
      if (isNext && done.length > 0 && endedOfLast < there) there = 1
      const levels = listLevelRunsLeft(ladder, done)
      const planned = levels.isMost ? null : there * sum(levels.left.map(planSeconds)) + singles.endSeconds
      return {
        count: isNext ? done.length + 1 : done.length,
        ...count(levels),
        secondsLeft: lastLeft === undefined ? planned : lastLeft,
      }
    },
    end(level) {
      const last = done.at(-1)
      if (last !== undefined && isSame(level, last)) done[done.length - 1] = { ...level, held: level.held && last.held }
      else {
        done.push(level)
        endedOfLast = 0
      }
      ended += planSeconds(level.concurrency)
      endedOfLast++
      const levels = listLevelRunsLeft(ladder, done)
      const sidesLeft = Math.max(0, there - endedOfLast)
      const left = there * sum(levels.left.map(planSeconds)) + sidesLeft * planSeconds(level.concurrency)
      const around = (level.pass === 1 ? singles.middleSeconds : 0) + singles.endSeconds
      const pace = (clock.now() - (startedAt ?? clock.now())) / 1000 / ended
      // When both are loaded at once, one has ended and the other is about to.
      const isUnknown = levels.isMost || left === 0 || (timing === 'together' && sidesLeft > 0)
      lastLeft = isUnknown ? null : pace * left + around
      return { count: done.length, ...count(levels), secondsLeft: lastLeft }
    },
  }
}

/** True for the other side of the level that was measured last. */
function isSame({ concurrency, pass }: Pick<DoneLevel, 'concurrency' | 'pass'>, last: DoneLevel | undefined): boolean {
  return last?.concurrency === concurrency && last.pass === pass
}

/** Loads the history, and logs before the measurement what was passed over. */
async function loadAloud(store: BaselineStore, name: string, { log, redact }: Pick<MeasureHooks, 'log' | 'redact'>) {
  const baseline = await store.load(name)
  for (const sentence of baseline.passedOver) log(`  ! ${escapeForTerminal(redact(sentence), Infinity)}`)
  return baseline
}
