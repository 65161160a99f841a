/**
 * What more threads buy: one level against the truth server, carried by one thread and by several, each try a client in a process of its
 * own: the tokens that arrived of those that were due, how busy the busiest thread was, CPU a token, and peak memory. More threads than
 * there are cores beside the server's take cores from it: on a machine of two it is told, and bounds nothing.
 *
 *   npm run bench -- client-threads --threads 1,2 --streams 250,500 --seconds 2
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { createBudget } from '../src/load/budget.ts'
import { createGarbageCollector, createHealthProbe, keepHeapSmall, systemClock } from '../src/load/runtime.ts'
import { measureLevel, measureSharedLevel } from '../src/load/level.ts'
import { assumeTarget } from '../src/load/preflight/candidates.ts'
import { createCrew, orderEndpoint } from '../src/load/threads/crew.ts'
import { openTransport } from '../src/load/transport/target.ts'
import { createWorkload } from '../src/plan/workload.ts'
import { startTruth } from '../src/simulator/start-truth.ts'
import { settingsFor } from '../test/support/run-settings.ts'
import { chatOf } from './support/chat-level.ts'
import { printTable, report } from './support/result.ts'
import type { Check } from './support/result.ts'

const TTFT_MS = 50
const INTERVAL_MS = 10
const OUTPUT_TOKENS = 100
/** A second thread is to bring so much more, where there is a core for each and one for the server. */
const GAIN = 1.7

interface Task {
  readonly url: string
  readonly streams: number
  readonly threads: number
  readonly windowMs: number
}

interface Told {
  readonly tokensPerSecond: number
  readonly utilization: number
  readonly cpuMicroseconds: number
  readonly peakMb: number
  readonly failed: number
}

if (process.argv[2]?.startsWith('{')) {
  const told = await carry(JSON.parse(process.argv[2]) as Task)
  process.send!(told, () => process.exit())
} else {
  await compare()
}

/** In this process. */
async function carry({ url, streams, threads, windowMs }: Task): Promise<Told> {
  keepHeapSmall()
  createGarbageCollector()()
  const settings = settingsFor(url, ['--api', 'openai-chat', '--model', 'truth'])
  const assumed = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const target = { ...assumed, url: new URL(url) }
  const workload = chatOf(OUTPUT_TOKENS)
  const spec = {
    concurrency: streams,
    pass: 1,
    durationMs: windowMs,
    minRequests: 3,
    maxRequests: null,
    warmupRequests: 1,
  }
  const ports = {
    clock: systemClock,
    budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
    sweepStartAt: systemClock.now(),
    signal: new AbortController().signal,
    target: url,
    serverMetrics: null,
  }
  const crew = createCrew()
  const before = process.cpuUsage()
  const run =
    threads === 1
      ? await measureLevel(spec, {
          ...ports,
          transport: openTransport(settings, target),
          workload: createWorkload(workload, streams, 1),
          health: createHealthProbe(),
          collectGarbage: createGarbageCollector(),
        })
      : await measureSharedLevel(
          spec,
          ports,
          crew.carryIn(threads, { endpoint: orderEndpoint(settings, target), auth: target.auth, workload }),
        )
  const { user, system } = process.cpuUsage(before)
  await crew.close()
  let all = 0
  let tokens = run.cancelledWindowTokens
  let failed = 0
  for (const { windowTokens, outputTokens, outcome } of run.records) {
    tokens += windowTokens
    all += outputTokens
    if (outcome === 'failed') failed++
  }
  return {
    tokensPerSecond: (1000 * tokens) / (run.window!.endMs - run.window!.startMs),
    utilization: run.client.eventLoopUtilization,
    cpuMicroseconds: (user + system) / all,
    peakMb: process.resourceUsage().maxRSS / 1024,
    failed,
  }
}

async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      threads: { type: 'string', default: '1,2' },
      streams: { type: 'string', default: '250,500,1000' },
      seconds: { type: 'string', default: '3' },
    },
  })
  const truth = await startTruth(new AbortController().signal)
  const rows: string[][] = []
  const highest = new Map<number, number>()
  let failed = 0
  try {
    for (const streams of values.streams.split(',').map(Number)) {
      // The first token comes half an interval later on average, each stream in a phase of its own.
      const due = (streams * OUTPUT_TOKENS * 1000) / (TTFT_MS + INTERVAL_MS * (OUTPUT_TOKENS - 0.5))
      for (const threads of values.threads.split(',').map(Number)) {
        const url = `${truth.origin}/free/${TTFT_MS}/${INTERVAL_MS}`
        const told = await carryApart({ url, streams, threads, windowMs: 1000 * Number(values.seconds) })
        failed += told.failed
        highest.set(threads, Math.max(highest.get(threads) ?? 0, told.tokensPerSecond))
        rows.push([
          streams.toLocaleString('en'),
          String(threads),
          Math.round(told.tokensPerSecond).toLocaleString('en'),
          `${((100 * told.tokensPerSecond) / due).toFixed(1)} %`,
          told.utilization.toFixed(2),
          `${told.cpuMicroseconds.toFixed(1)} µs`,
          `${told.peakMb.toFixed(0)} MB`,
        ])
      }
    }
  } finally {
    await truth.end()
  }
  const header = [
    'streams',
    'threads',
    'tokens/s',
    'of those due',
    'busiest thread',
    'CPU a token, all of it',
    'peak memory',
  ]
  printTable('One level, a token each 10 ms in each stream, each in its own phase', header, rows)
  const [one, two] = [highest.get(1), highest.get(2)]
  const checks: Check[] = [{ what: 'failed requests', value: failed, unit: '', atMost: 0 }]
  if (one !== undefined && two !== undefined && availableParallelism() > 2) {
    checks.push({
      what: `${GAIN} × the highest rate of one thread, over that of two`,
      value: (GAIN * one) / two,
      unit: '×',
      atMost: 1,
    })
  }
  report('Threads of the client', checks)
}

async function carryApart(task: Task): Promise<Told> {
  const child = fork(import.meta.filename, [JSON.stringify(task)])
  return new Promise((resolve, reject) => {
    child.once('message', (told) => resolve(told as Told))
    child.once('exit', (code) => reject(new Error(`the client ended with ${String(code)}`)))
  })
}
