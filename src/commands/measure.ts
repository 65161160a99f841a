import type { BaselineStore } from '../baseline/store.ts'
import { EndpointError } from '../errors.ts'
import type { GateResult } from '../gate.ts'
import type { Settings } from '../settings.ts'
import { measure } from '../shell/measure.ts'
import type { MeasuringPorts } from './ports.ts'
import { createProgress } from './progress.ts'

/** Measures with progress on the output. An interrupt before the first level is an interrupt, not the endpoint's fault. */
export async function measureWithProgress(
  settings: Settings,
  store: BaselineStore | null,
  { env, output, signal, system }: MeasuringPorts,
): Promise<GateResult | 'interrupted'> {
  const { start, end, stop } = createProgress(output)
  const { log, hide, redact } = output
  const hooks = { store, signal, log, hide, redact, onPhase: () => {}, onLevelStart: start, onLevelEnd: end }
  try {
    return await measure(settings, hooks, system(env))
  } catch (error) {
    if (signal.aborted && error instanceof EndpointError) return 'interrupted'
    throw error
  } finally {
    stop()
  }
}
