import type { BaselineStore } from '../../baseline/store.ts'
import type { GateResult } from '../../gate.ts'
import { resolveSettings } from '../../settings.ts'
import type { Settings } from '../../settings.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { listRunFlags } from './server.ts'
import { measureWithProgress } from '../measure.ts'
import type { MeasuringPorts } from '../ports.ts'

/** Measures starts of the simulated server. */
export interface DemoBench {
  /**
   * One run of the gate against a server started with these flags, again where this machine was too busy and there is time
   * left; null when it was interrupted.
   */
  measure(server: readonly string[], store: BaselineStore | null): Promise<GateResult | null>
}

/** Measurements that may be made again because this machine was too busy: time is limited. */
const SPARE_RUNS = 3
/** Of them, this many are kept for the candidates. */
const SPARE_CANDIDATES = 2

/** A bench with the ports of the command that measures over `api` at a pace, and whose history is in this file. */
export function createDemoBench(
  ports: MeasuringPorts,
  { historyPath, api, pace }: { readonly historyPath: string; readonly api: ApiName; readonly pace: number },
): DemoBench {
  // The story says what there is to say; a terminal shows the level that runs.
  const output = { ...ports.output, log: () => {} }
  let port = 0
  let spare = SPARE_RUNS

  async function measureOnce(server: readonly string[], store: BaselineStore | null): Promise<GateResult | null> {
    const started = await ports.startServer(['--port', String(port), ...server]).catch((error: unknown) => {
      // Ctrl-C reaches the server, too.
      if (ports.signal.aborted) return null
      throw error
    })
    if (started === null) return null
    const { url, stop } = started
    // Always the same address, as a staging server has: it is no difference between the runs.
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

/** Whether a level of a run could not be measured well; the history should be as good as it can be. */
export function isDisturbed({ report }: GateResult): boolean {
  return !report.validity.ok || report.levels.some(({ valid }) => !valid)
}

/** Whether so much of a candidate or of its second look is missing that nothing was decided. */
function isUndecided({ verdict }: GateResult): boolean {
  const { comparisons } = verdict
  return (
    verdict.verdict === 'not-measured' ||
    comparisons.some((each) => each.verdict === 'suspect' && each.confirmed === null)
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
