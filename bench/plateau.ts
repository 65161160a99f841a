/** Plateau and knee as the committed command measures them, against the simulator's closed form. */
import { kneeConcurrency, plateauTokensPerSecond } from '../src/simulator/engine/closed-form.ts'
import { ENGINE_DEFAULTS } from '../src/simulator/engine/engine.ts'
import { SIMULATOR_SETTINGS, toSimulatorOptions } from '../src/simulator/settings/settings.ts'
import { resolveFlags } from '../src/settings/reading/flags.ts'
import { report } from './support/result.ts'
import { runCommand, startSimulate } from './support/simulate.ts'

const SERVER = '--slots 16 --overhead 20ms --prefill-per-1000-tokens 60ms --decode 9ms --decode-per-sequence 1ms'.split(
  ' ',
)
const WORKLOAD = { inputTokens: 128, outputTokens: 64 }

const endpoint = await startSimulate(SERVER)
try {
  const { inputTokens, outputTokens } = WORKLOAD
  const run = await runCommand(
    `--endpoint ${endpoint.url} --input-tokens ${inputTokens} --output-tokens ${outputTokens} --passes 2 ` +
      '--level-duration 6s --max-concurrency 64 --soak off',
  )
  const model = { ...ENGINE_DEFAULTS, ...toSimulatorOptions(resolveFlags(SIMULATOR_SETTINGS, SERVER)).engine }
  const truth = plateauTokensPerSecond(model, WORKLOAD)
  const knee = kneeConcurrency(model, WORKLOAD)
  const { state, outputTokensPerSecond, kneeConcurrency: measuredKnee } = run.report.plateau
  console.log(run.text)
  console.log(`closed form: ${truth.toFixed(1)} tok/s, knee ${knee.toFixed(2)}; measured: ${state}\n`)
  report('Plateau and knee against the closed form', [
    {
      what: 'plateau throughput, error',
      value: 100 * Math.abs((outputTokensPerSecond?.value ?? 0) / truth - 1),
      unit: '%',
      atMost: 3,
    },
    {
      what: 'knee, distance in doublings',
      value: Math.abs(Math.log2((measuredKnee ?? Infinity) / knee)),
      unit: '',
      atMost: 1,
    },
  ])
} finally {
  endpoint.stop()
}
