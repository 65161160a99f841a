import type { BaselineStore } from '../baseline/store.ts'
import { runGate } from '../gate.ts'
import type { GatePorts, GateResult } from '../gate.ts'
import type { Clock } from '../load/ports.ts'
import { countLevelRuns } from '../plan/ladder.ts'
import type { DoneLevel, Ladder } from '../plan/ladder.ts'
import { describeThreads } from '../plan/threads.ts'
import { renderPlace, renderProgress } from '../render/progress.ts'
import type { Place } from '../render/progress.ts'
import type { Settings } from '../settings.ts'
import { escapeForTerminal } from '../text.ts'
import { planLine } from './dry-run.ts'
import { redactReport, redactResult } from './redact-result.ts'
import type { Redact } from './redact-result.ts'
import type { SystemPorts } from './system-ports.ts'

/** What a measurement asks of the entry that started it, and tells it while it goes on. */
export interface MeasureHooks extends Pick<
  GatePorts,
  'signal' | 'log' | 'hide' | 'awaitsLocalServer' | 'onPhase' | 'serverLogs' | 'earlier' | 'run'
> {
  /** Where runs to compare with are kept; null: nothing is compared. */
  readonly store: BaselineStore | null
  /** Hides secrets, those of `hide` among them. */
  readonly redact: Redact
  /** What is being measured from now on, in words. */
  readonly onLevelStart: (what: string) => void
  /** The line that says what a level came to. */
  readonly onLevelEnd: (line: string) => void
}

/**
 * Runs the gate, and says in the log what it is going to do and what it finds. The result holds no secrets.
 *
 * @throws EndpointError, BaselineError as `runGate`.
 */
export async function measure(
  settings: Settings,
  { store, redact, onLevelStart, onLevelEnd, ...hooks }: MeasureHooks,
  system: SystemPorts,
): Promise<GateResult> {
  const { log } = hooks
  let tracker: SweepTracker | null = null
  const result = await runGate(settings, {
    ...system,
    ...hooks,
    redact,
    redactReport: (report) => redactReport(report, redact),
    loadBaseline: store === null ? null : () => loadAloud(store, settings.name, { log, redact }),
    onPlan(plan, findings, threads) {
      const turns = plan.sides === 2 && settings.controlTiming === 'turns' ? 2 : 1
      tracker = trackSweep(plan.ladder, turns, system.clock)
      log(planLine(plan, settings))
      if (threads !== null) log(describeThreads(threads))
      for (const { message } of findings) log(`  ! ${escapeForTerminal(redact(message))}`)
    },
    onLevelStart: (level) => onLevelStart(renderPlace(tracker!.begin(level), level)),
    onLevelEnd({ concurrency, figures, held, side }) {
      const place = tracker!.end({ concurrency, pass: figures.pass, held })
      onLevelEnd(renderProgress(figures, { concurrency, side, place }))
    },
  })
  return redactResult(result, redact)
}

/** Knows how far a sweep is. */
interface SweepTracker {
  begin(level: Pick<DoneLevel, 'concurrency' | 'pass'>): Place
  end(level: DoneLevel): Place
}

/**
 * Tracks the sweep of a ladder: what is left takes as long as what is done. A level run is measured in so many turns: two where the control
 * is idle meanwhile, until it is gone.
 */
function trackSweep(ladder: Ladder, turns: 1 | 2, clock: Pick<Clock, 'now'>): SweepTracker {
  const done: DoneLevel[] = []
  let perLevel = turns
  let ended = 0
  let endedOfLast = 0
  let startedAt: number | null = null
  return {
    begin(level) {
      startedAt ??= clock.now()
      const isNext = !isSame(level, done.at(-1))
      if (isNext && done.length > 0 && endedOfLast < perLevel) perLevel = 1
      const count = isNext ? done.length + 1 : done.length
      return { count, ...countLevelRuns(ladder, done), secondsLeft: null }
    },
    end(level) {
      const last = done.at(-1)
      if (last !== undefined && isSame(level, last)) done[done.length - 1] = { ...level, held: level.held && last.held }
      else {
        done.push(level)
        endedOfLast = 0
      }
      ended++
      endedOfLast++
      const { total, isMost } = countLevelRuns(ladder, done)
      const seconds = (clock.now() - (startedAt ?? clock.now())) / 1000
      const left = (total - done.length) * perLevel + Math.max(0, perLevel - endedOfLast)
      const secondsLeft = isMost || left === 0 ? null : (seconds / ended) * left
      return { count: done.length, total, isMost, secondsLeft }
    },
  }
}

/** The other side of a level that was measured just before. */
function isSame({ concurrency, pass }: Pick<DoneLevel, 'concurrency' | 'pass'>, last: DoneLevel | undefined): boolean {
  return last?.concurrency === concurrency && last.pass === pass
}

/** Says what was passed over in the history before the load, not after it. */
async function loadAloud(store: BaselineStore, name: string, { log, redact }: Pick<MeasureHooks, 'log' | 'redact'>) {
  const baseline = await store.load(name)
  for (const sentence of baseline.passedOver) log(`  ! ${escapeForTerminal(redact(sentence), 400)}`)
  return baseline
}
