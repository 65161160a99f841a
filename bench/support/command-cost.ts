import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { medianSorted } from 'simple-statistics'
import { CLI } from './simulate.ts'

/** What the committed command costs the machine, as Linux tells it. */

const STARTS = 9
/** Ticks a second of the times in /proc. */
const TICKS = 100

/** From the start of the process to its first request: medians of several. A server in this process takes the time of the request. */
export async function measureStart(): Promise<{ seconds: number; cpuSeconds: number; all: readonly number[] }> {
  const starts: { seconds: number; cpuSeconds: number }[] = []
  for (let i = 0; i < STARTS; i++) starts.push(await startOnce())
  const sorted = (of: 'seconds' | 'cpuSeconds'): number[] => starts.map((one) => one[of]).sort((a, b) => a - b)
  const all = sorted('seconds')
  return { seconds: medianSorted(all), cpuSeconds: medianSorted(sorted('cpuSeconds')), all }
}

async function startOnce(): Promise<{ seconds: number; cpuSeconds: number }> {
  const asked = Promise.withResolvers<{ seconds: number; cpuSeconds: number }>()
  const server = createServer((_, response) => {
    asked.resolve({ seconds: (performance.now() - from) / 1000, cpuSeconds: cpuSecondsOf(child.pid!) })
    response.writeHead(401).end()
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const from = performance.now()
  const child = spawn(process.execPath, [CLI, 'run', '--endpoint', endpoint, '--model', 'm'], { stdio: 'ignore' })
  const start = await asked.promise
  await new Promise((closed) => child.on('close', closed))
  server.close()
  return start
}

/** CPU time that a process has had, with that of its ended children; 0 when it is gone. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS
  } catch {
    return 0
  }
}

/** Peak memory of the command with so many streams, and of a run ten times as long. */
export async function measureMemory(
  endpoint: string,
  streams: number,
  windowMs: number,
): Promise<{ shortMb: number; longMb: number }> {
  const run = async (durationMs: number): Promise<number> =>
    peakOfCommand(
      `run --endpoint ${endpoint} --api openai-chat --model truth --concurrency ${streams} --passes 1 --level-duration ${durationMs}ms ` +
        '--max-duration none --max-output-tokens none --input-tokens 32 --output-tokens 100 --preflight false --self-proof false ' +
        '--server-metrics off --soak off --client-threads 1',
    )
  return { shortMb: await run(windowMs), longMb: await run(10 * windowMs) }
}

/** Peak resident memory of the command with these flags, in MB. */
export async function peakOfCommand(flags: string): Promise<number> {
  const child = spawn(process.execPath, [CLI, ...flags.split(' ')], { stdio: 'ignore' })
  let peak = 0
  const poll = setInterval(() => (peak = Math.max(peak, peakResidentMb(child.pid!))), 100)
  await new Promise((closed) => child.on('close', closed))
  clearInterval(poll)
  return peak
}

/** The high-water mark that Linux keeps; 0 when the process is gone. */
function peakResidentMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
