import type { ApiName } from '../vocabulary/api-names.ts'
import { formatChange, formatConcurrency, formatRate } from '../render/format.ts'
import type { RunReport } from '../report/run-report.ts'
import { resolveFlags } from '../settings/reading/flags.ts'
import { kneeConcurrency, plateauTokensPerSecond } from '../simulator/closed-form.ts'
import { ENGINE_DEFAULTS } from '../simulator/engine.ts'
import { SIMULATOR_DEFAULTS } from '../simulator/options.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../simulator/settings.ts'

/** Sequences that the server of the demo decodes together. */
export const DEMO_SLOTS = 6
/** Spread between two starts of it: the same code measured twice differs, as it does on a real endpoint. */
export const DEMO_SPREAD_PERCENT = 2
/** A change below it is never red: runs as short as these measure the machine as well. */
export const DEMO_TOLERANCE_PERCENT = 10
/** How much longer a decode step of the slower candidate takes. */
export const DEMO_SLOWDOWN = 1.3
/** The level that is shown of every run: all slots are full there. */
export const DEMO_LEVEL = 8

const INPUT_TOKENS = 128
const OUTPUT_TOKENS = 16

/** The flags of every run: a level below the knee and two above it. */
const DEMO_RUN =
  `--name demo --auth none --input-tokens ${INPUT_TOKENS} --output-tokens ${OUTPUT_TOKENS} --concurrency 2,${DEMO_LEVEL},16 ` +
  '--passes 1 --level-duration 600ms --preflight false --soak off --pause 0s --confirm 1 ' +
  `--expected-spread ${DEMO_SPREAD_PERCENT}% --tolerance ${DEMO_TOLERANCE_PERCENT}%`

/** The API that the story is told over when nobody names one. */
export const DEMO_API = 'openai-chat'

/** Where an API stands on the simulated server, if not at its origin. */
const DEMO_PATHS: Partial<Record<ApiName, string>> = { databricks: '/serving-endpoints/demo/invocations' }

/** The flags of `plateau run` for every run of the demo against the server at `url`. */
export function listRunFlags(url: string, api: ApiName): string[] {
  const flags = ['--endpoint', `${url}${DEMO_PATHS[api] ?? ''}`, ...DEMO_RUN.split(' ')]
  return api === DEMO_API ? flags : [...flags, '--api', api, '--model', SIMULATOR_DEFAULTS.model]
}

/** The flags of `plateau simulate` for one start of the server. `seed` draws how fast it is this time. */
export function listServerFlags(seed: string, slowdown = 1): string[] {
  return (
    `--slots ${DEMO_SLOTS} --overhead 20ms --prefill-per-1000-tokens 60ms --decode 6ms --decode-per-sequence 0.6ms ` +
    `--run-spread ${DEMO_SPREAD_PERCENT}% --run-seed ${seed} --slowdown tpot=${slowdown}`
  ).split(' ')
}

/** What the server's own formula says of a run, beside what was measured from outside; nothing when that has no plateau. */
export function compareWithFormula(server: readonly string[], { plateau }: RunReport): string[] {
  const measured = plateau.outputTokensPerSecond?.value
  if (measured === undefined) return []
  const { engine } = toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, server))
  const model = { ...ENGINE_DEFAULTS, ...engine }
  const workload = { inputTokens: INPUT_TOKENS, outputTokens: OUTPUT_TOKENS }
  const truth = plateauTokensPerSecond(model, workload)
  const knee = plateau.kneeConcurrency
  return [
    `The server's own formula says ${formatRate(truth)} tok/s at the plateau and a knee at concurrency`,
    `${formatConcurrency(kneeConcurrency(model, workload))}; measured from outside: ${formatRate(measured)} tok/s (${formatChange(measured / truth - 1)})` +
      `${knee === null ? '' : `, knee at ${formatConcurrency(knee)}`}.`,
  ]
}
