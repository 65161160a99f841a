import type { BaselineStore } from '../../baseline/store.ts'
import type { GateResult } from '../../gate.ts'
import { resolveSettings } from '../../settings.ts'
import type { Settings } from '../../settings.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { measureWithProgress } from '../measure.ts'
import type { MeasuringPorts } from '../ports.ts'
import { formatChange, formatConcurrency, formatRate } from '../../words/format.ts'
import type { RunReport } from '../../report/run-report.ts'
import { resolveFlags } from '../../settings/reading/flags.ts'
import { kneeConcurrency, plateauTokensPerSecond } from '../../simulator/engine/closed-form.ts'
import { ENGINE_DEFAULTS } from '../../simulator/engine/engine.ts'
import { SIMULATOR_DEFAULTS } from '../../simulator/settings/options.ts'
import { SHIPPED } from '../../simulator/repertoire.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../../simulator/settings/settings.ts'

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
      const settings = await resolveDemoSettings(listRunFlags(url, api, pace), historyPath)
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

async function resolveDemoSettings(flags: readonly string[], historyPath: string): Promise<Settings> {
  const { settings } = await resolveSettings({
    flags,
    env: {},
    readFile: () => {
      throw new Error('the demo reads no files')
    },
    defaults: { baseline: { kind: 'file', path: historyPath }, name: null },
  })
  return settings
}

/** How many sequences the server of the demo decodes together. */
export const DEMO_SLOTS = 6
/** Spread between its starts: the same code measured twice differs, as on a real endpoint. */
export const DEMO_SPREAD_PERCENT = 2
/** Smaller changes are never red, because such short runs also measure the machine. */
export const DEMO_TOLERANCE_PERCENT = 10
/** Factor by which a decode step of the slower candidate takes longer. */
export const DEMO_SLOWDOWN = 1.3
/** The level that is shown for every run: all slots are full there. */
export const DEMO_LEVEL = 8

const INPUT_TOKENS = 128
const OUTPUT_TOKENS = 16

/**
 * Factors by which the server is slower and the windows are longer. A busy machine adds the same time to every
 * answer, which disturbs a slower server less; on an idle machine nobody should wait for one.
 */
export const DEMO_PACES: readonly number[] = [1, 4]
const WINDOW_MS = 600

/** The flags of every run: one level below the knee and two above it. */
const DEMO_RUN =
  `--name demo --auth none --input-tokens ${INPUT_TOKENS} --output-tokens ${OUTPUT_TOKENS} --concurrency 2,${DEMO_LEVEL},16 ` +
  '--passes 1 --preflight false --self-proof false --soak off --pause 0s --confirm 1 ' +
  `--expected-spread ${DEMO_SPREAD_PERCENT}% --tolerance ${DEMO_TOLERANCE_PERCENT}%`

/** The API that the story is told over when nobody names one. */
export const DEMO_API = 'openai-chat'

/** The flags of `plateau run` for a run of the demo at a pace, against the server at `url`. */
export function listRunFlags(url: string, api: ApiName, pace: number): string[] {
  const window = ['--level-duration', `${WINDOW_MS * pace}ms`]
  const { samplePath = '' } = SHIPPED.wires.find((wire) => wire.api === api)!
  const flags = ['--endpoint', `${url}${samplePath}`, ...DEMO_RUN.split(' '), ...window]
  return api === DEMO_API ? flags : [...flags, '--api', api, '--model', SIMULATOR_DEFAULTS.model]
}

/** The flags of `plateau simulate` for one start of the server. `seed` determines how fast it is this time. */
export function listServerFlags(
  seed: string,
  { pace, slowdown = 1 }: { readonly pace: number; readonly slowdown?: number },
): string[] {
  const stretchTime = (ms: number): string => `${ms * pace}ms`
  return (
    `--slots ${DEMO_SLOTS} --overhead ${stretchTime(20)} --prefill-per-1000-tokens ${stretchTime(60)} ` +
    `--decode ${stretchTime(6)} --decode-per-sequence ${stretchTime(0.6)} ` +
    `--run-spread ${DEMO_SPREAD_PERCENT}% --run-seed ${seed} --slowdown tpot=${slowdown}`
  ).split(' ')
}

/** What the server's own formula predicts, beside what was measured from outside if that has a plateau. */
export function compareWithFormula(server: readonly string[], { plateau }: RunReport): string {
  const { engine } = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, server))
  const model = { ...ENGINE_DEFAULTS, ...engine }
  const workload = { inputTokens: INPUT_TOKENS, outputTokens: OUTPUT_TOKENS }
  const truth = plateauTokensPerSecond(model, workload)
  const knee = formatConcurrency(kneeConcurrency(model, workload))
  const formula = `The server's own formula says ${formatRate(truth)} tok/s at the plateau and a knee at concurrency ${knee};`
  const measured = plateau.state === 'reached' ? (plateau.outputTokensPerSecond?.value ?? null) : null
  if (measured === null) return `${formula} this run could not measure the levels that show it.`
  const seen = plateau.kneeConcurrency
  return (
    `${formula} measured from outside: ${formatRate(measured)} tok/s (${formatChange(measured / truth - 1)})` +
    `${seen === null ? '' : `, knee at ${formatConcurrency(seen)}`}.`
  )
}
