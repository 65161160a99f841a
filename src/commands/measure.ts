import type { BaselineStore } from '../baseline/store.ts'
import { EndpointError } from '../errors.ts'
import { runGate } from '../gate.ts'
import type { GateResult } from '../gate.ts'
import { renderProgress } from '../render/progress.ts'
import type { Baseline } from '../report/history.ts'
import type { Settings } from '../settings.ts'
import { plain } from '../text.ts'
import { planLine } from '../shell/dry-run.ts'
import type { MeasuringPorts } from './ports.ts'
import { createProgress } from './progress.ts'

/** What a measurement needs of the command. */
export interface MeasureInput extends MeasuringPorts {
  /** Where runs to compare with are kept; null: nothing is compared. */
  readonly store: BaselineStore | null
}

/** Measures with progress on the output. An interrupt before the first level is an interrupt, not the endpoint's fault. */
export async function measure(
  settings: Settings,
  { env, output, signal, store, system }: MeasureInput,
): Promise<GateResult | 'interrupted'> {
  const progress = createProgress(output)
  let { passes } = settings
  try {
    return await runGate(settings, {
      ...system(env),
      signal,
      log: output.log,
      hide: output.hide,
      loadBaseline: store === null ? null : async () => loaded(await store.load(settings.name), output.log),
      onPhase: (phase) => {
        passes = phase === 'second look' ? settings.confirm : settings.passes
      },
      onPlan: (plan, findings) => {
        output.log(planLine(plan, settings))
        for (const { message } of findings) output.log(`  ! ${plain(message)}`)
      },
      onLevelStart: progress.start,
      onLevelEnd: ({ concurrency, figures }) => progress.end(renderProgress(figures, { concurrency, passes })),
    })
  } catch (error) {
    if (signal.aborted && error instanceof EndpointError) return 'interrupted'
    throw error
  } finally {
    progress.stop()
  }
}

/** What was passed over in the history, before the load and not after it. */
function loaded(baseline: Baseline, log: (line: string) => void): Baseline {
  for (const sentence of baseline.skipped) log(`  ! ${plain(sentence, 400)}`)
  return baseline
}
