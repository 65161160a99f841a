import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { formatChange, formatConcurrency, formatRate } from '../../render/format.ts'
import type { RunReport } from '../../report/run-report.ts'
import { resolveFlags } from '../../settings/reading/flags.ts'
import { kneeConcurrency, plateauTokensPerSecond } from '../../simulator/engine/closed-form.ts'
import { ENGINE_DEFAULTS } from '../../simulator/engine/engine.ts'
import { SIMULATOR_DEFAULTS } from '../../simulator/settings/options.ts'
import { SHIPPED } from '../../simulator/repertoire.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../../simulator/settings/settings.ts'

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
  const time = (ms: number): string => `${ms * pace}ms`
  return (
    `--slots ${DEMO_SLOTS} --overhead ${time(20)} --prefill-per-1000-tokens ${time(60)} ` +
    `--decode ${time(6)} --decode-per-sequence ${time(0.6)} ` +
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
