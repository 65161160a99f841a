/**
 * Measured against true, over every API that streams: the committed command measures the servers that our tests play (50 ms
 * TTFT, 10 ms TPOT, no queueing) at concurrency 8, and each request is compared with the simulator's own log of send times.
 */
import { ALL_APIS } from '../src/vendors/apis.ts'
import { generatesTokens } from '../src/vocabulary/load.ts'
import type { Check } from './support/result.ts'
import { report } from './support/result.ts'
import { STEADY, runCommand, startWitness } from './support/simulate.ts'
import { compareWithTruth } from './support/truth.ts'

/** Where an API is asked for when the origin would not do. */
const PATHS: Readonly<Record<string, string>> = { databricks: '/serving-endpoints/simulated-model/invocations' }

const checks: Check[] = []
for (const { name } of ALL_APIS.filter(({ tasks }) => tasks.some(generatesTokens))) {
  const endpoint = await startWitness(STEADY)
  try {
    const { records } = await runCommand(
      `--endpoint ${endpoint.url}${PATHS[name] ?? ''} --api ${name} --model simulated-model --concurrency 8 --passes 1 ` +
        '--level-duration 4s --input-tokens 64 --output-tokens 64 --soak off --baseline none',
    )
    const counted = records.filter(({ phase, pass }) => phase === 'counted' && pass === 1)
    checks.push(...compareWithTruth(counted, await endpoint.log(), { where: name, ttftBoundMs: 1 }))
  } finally {
    endpoint.stop()
  }
}
report('Accuracy of every API against the simulator’s own send log, concurrency 8', checks)
