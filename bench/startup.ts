/** From the start of the process to its first request: a server in this process takes the time of the first byte. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { medianSorted } from 'simple-statistics'
import { report } from './support/result.ts'

const RUNS = 9
const CLI = join(import.meta.dirname, '..', 'dist', 'cli.js')
const times: number[] = []

for (let i = 0; i < RUNS; i++) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = createServer((_, response) => {
    times.push(performance.now() - from)
    response.writeHead(401).end()
    resolve()
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const from = performance.now()
  const child = spawn(process.execPath, [CLI, 'run', '--endpoint', endpoint, '--model', 'm'], { stdio: 'ignore' })
  await promise
  await new Promise((closed) => child.on('close', closed))
  server.close()
}
times.sort((a, b) => a - b)
console.log(`${RUNS} runs: ${times.map((time) => `${Math.round(time)} ms`).join(', ')}\n`)
report('Process start to first request', [
  { what: 'median', value: medianSorted(times) / 1000, unit: 's', atMost: 0.3 },
])
