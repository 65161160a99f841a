import type { BaselineStore } from '../baseline/store.ts'
import { runGate } from '../gate.ts'
import type { GatePorts, GateResult } from '../gate.ts'
import { renderProgress } from '../render/progress.ts'
import type { Settings } from '../settings.ts'
import { escapeForTerminal } from '../text.ts'
import { planLine } from './dry-run.ts'
import { redactReport, redactResult } from './redact-result.ts'
import type { Redact } from './redact-values.ts'
import type { SystemPorts } from './system-ports.ts'

/** What a measurement asks of the entry that started it, and tells it while it goes on. */
export interface MeasureHooks extends Pick<
  GatePorts,
  'signal' | 'log' | 'hide' | 'awaitsLocalServer' | 'onPhase' | 'onLevelStart'
> {
  /** Where runs to compare with are kept; null: nothing is compared. */
  readonly store: BaselineStore | null
  /** Hides secrets, those of `hide` among them. */
  readonly redact: Redact
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
  { store, redact, onPhase, onLevelEnd, ...hooks }: MeasureHooks,
  system: SystemPorts,
): Promise<GateResult> {
  const { log } = hooks
  let { passes } = settings
  const result = await runGate(settings, {
    ...system,
    ...hooks,
    redactReport: (report) => redactReport(report, redact),
    loadBaseline: store === null ? null : () => loadAloud(store, settings.name, { log, redact }),
    onPhase(phase) {
      passes = phase === 'second look' ? settings.confirm : settings.passes
      onPhase(phase)
    },
    onPlan(plan, findings) {
      log(planLine(plan, settings))
      for (const { message } of findings) log(`  ! ${escapeForTerminal(redact(message))}`)
    },
    onLevelEnd: ({ concurrency, figures }) => onLevelEnd(renderProgress(figures, { concurrency, passes })),
  })
  return redactResult(result, redact)
}

/** Says what was passed over in the history before the load, not after it. */
async function loadAloud(store: BaselineStore, name: string, { log, redact }: Pick<MeasureHooks, 'log' | 'redact'>) {
  const baseline = await store.load(name)
  for (const sentence of baseline.skipped) log(`  ! ${escapeForTerminal(redact(sentence), 400)}`)
  return baseline
}
