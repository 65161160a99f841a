/**
 * Measured against true: the committed command measures the simulated endpoint (50 ms TTFT, 10 ms TPOT, no queueing) at
 * concurrency 1, 10 and 100, and each request is compared with the simulator's own log of send times.
 */
import { report } from './support/result.ts'
import { STEADY, runCommand, startSimulate } from './support/simulate.ts'
import { compareWithTruth } from './support/truth.ts'

const LEVELS = [1, 10, 100]
const TTFT_BOUND_MS: Readonly<Record<number, number>> = { 1: 1, 10: 1, 100: 3 }

const endpoint = await startSimulate(STEADY)
try {
  const { records } = await runCommand(
    `--endpoint ${endpoint.url} --api openai-chat --model simulated-model --concurrency ${LEVELS.join(',')} --passes 1 ` +
      '--level-duration 8s --input-tokens 64 --output-tokens 64 --soak off',
  )
  const sent = await endpoint.log()
  const checks = LEVELS.flatMap((level) => {
    const counted = records.filter((one) => one.level === level && one.pass === 1 && one.phase === 'counted')
    return compareWithTruth(counted, sent, { where: `concurrency ${level}`, ttftBoundMs: TTFT_BOUND_MS[level]! })
  })
  report('Accuracy against the simulator’s own send log', checks)
} finally {
  endpoint.stop()
}
