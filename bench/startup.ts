/** From the start of the process to its first request: a server in this process takes the time of the first byte. */
import { measureStart } from './support/command-cost.ts'
import { report } from './support/result.ts'

const { seconds, all } = await measureStart()
console.log(`${all.length} runs: ${all.map((time) => `${Math.round(1000 * time)} ms`).join(', ')}\n`)
report('Process start to first request', [{ what: 'median', value: seconds, unit: 's', atMost: 0.3 }])
