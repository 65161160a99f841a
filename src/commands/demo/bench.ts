import type { BaselineStore } from '../../baseline/store.ts'
import type { GateResult } from '../../gate.ts'
import { resolveSettings } from '../../settings.ts'
import type { Settings } from '../../settings.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { listRunFlags } from './server.ts'
import { measureWithProgress } from '../measure.ts'
import type { MeasuringPorts } from '../ports.ts'

/** Measures the simulated server, started anew each time. */
interface DemoBench {
  /**
   * Runs the gate once against a server started with these flags; again if this machine was too busy and time is
   * left. Null when interrupted.
   */
  measure(server: readonly string[], store: BaselineStore | null): Promise<GateResult | null>
}

/** How many measurements may be repeated because this machine was too busy. */
const SPARE_RUNS = 3
/** How many of them are reserved for the candidates. */
const SPARE_CANDIDATES = 2

/** A bench that measures over `api` at a pace, with its history in this file. */
export function createDemoBench(
  ports: MeasuringPorts,
  { historyPath, api, pace }: { readonly historyPath: string; readonly api: ApiName; readonly pace: number },
): DemoBench {
  // The story speaks for itself; a terminal still shows the current level.
  const output = { ...ports.output, log: () => {} }
  let port = 0
  let spare = SPARE_RUNS

  async function measureOnce(server: readonly string[], store: BaselineStore | null): Promise<GateResult | null> {
    const started = await ports.startServer(['--port', String(port), ...server]).catch((error: unknown) => {
      // Ctrl-C also reaches the server.
      if (ports.signal.aborted) return null
      throw error
    })
    if (started === null) return null
    const { url, stop } = started
    // Keeps the address, as a staging server does, so that runs do not differ by it.
    port = Number(new URL(url).port)
    try {
      const settings = resolveDemoSettings(listRunFlags(url, api, pace), historyPath)
      const result = await measureWithProgress(settings, store, { ...ports, output })
      return result === 'interrupted' || result.cancelled ? null : result
    } finally {
      await stop()
    }
  }

  return {
    async measure(server, store) {
      for (;;) {
        const result = await measureOnce(server, store)
        if (result === null) return null
        const again =
          store === null ? spare > SPARE_CANDIDATES && isDisturbed(result) : spare > 0 && isUndecided(result)
        if (!again) return result
        spare--
        ports.output.log('   this machine was too busy to measure that well; once more')
      }
    },
  }
}

/** Whether a level of a run could not be measured well. */
export function isDisturbed({ report }: GateResult): boolean {
  return !report.validity.ok || report.levels.some(({ valid }) => !valid)
}

/** Whether too little of a candidate or its second look was measured to decide, in any metric. */
export function isUndecided({ verdict: { verdict, comparisons } }: Pick<GateResult, 'verdict'>): boolean {
  return (
    verdict === 'not-measured' ||
    comparisons.some(
      (each) => each.verdict === 'not-measured' || (each.verdict === 'suspect' && each.confirmed === null),
    )
  )
}

function resolveDemoSettings(flags: readonly string[], historyPath: string): Settings {
  return resolveSettings({
    flags,
    env: {},
    readFile: () => {
      throw new Error('the demo reads no files')
    },
    defaults: { baseline: { kind: 'file', path: historyPath }, name: null },
  }).settings
}
