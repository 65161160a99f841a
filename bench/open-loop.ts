/**
 * How well the schedule of an open loop is kept: so many requests a second against the truth server. By how much each was sent after it was
 * due, as this client says; and as the server says by when each came, less the least that any took on its way.
 *
 *   npm run bench -- open-loop --rates 50,500 --seconds 10
 */
import { parseArgs } from 'node:util'
import { createBudget } from '../src/load/budget.ts'
import { createGarbageCollector, createHealthProbe, keepHeapSmall } from '../src/load/client-health.ts'
import { systemClock } from '../src/load/clock.ts'
import { measureLevel } from '../src/load/level.ts'
import { assumeTarget } from '../src/load/preflight/candidates.ts'
import { openTransport } from '../src/load/transport/target.ts'
import { createLevelWorkload } from '../src/plan/level-workload.ts'
import { startTruth } from '../src/simulator/start-truth.ts'
import type { TruthServer } from '../src/simulator/start-truth.ts'
import { settingsFor } from '../test/support/run-settings.ts'
import { chatOf } from './support/chat-level.ts'
import { printTable, report } from './support/result.ts'
import type { Check } from './support/result.ts'

const OUTPUT_TOKENS = 10
/** First token after 20 ms, then one each 10 ms. */
const PATH = '/free/20/10'
const LATENCY_MS = 110
/** Milliseconds after the schedule. */
const AT_MOST = { p50: 1, p99: 5 } as const

const { values } = parseArgs({
  options: { rates: { type: 'string', default: '50,500' }, seconds: { type: 'string', default: '10' } },
})
keepHeapSmall()
const truth = await startTruth(new AbortController().signal)
try {
  const checks: Check[] = []
  const rows: string[][] = []
  for (const rate of values.rates.split(',').map(Number)) {
    const { byClient, byServer, busy } = await keepSchedule(truth, rate, 1000 * Number(values.seconds))
    for (const percentile of ['p50', 'p99'] as const) {
      const [value, atMost] = [quantile(byClient, percentile), AT_MOST[percentile]]
      checks.push({ what: `${rate}/s: sent late, ${percentile}`, value, unit: 'ms', atMost })
    }
    const figures = [byClient, byServer].flatMap((lags) => [quantile(lags, 'p50'), quantile(lags, 'p99')])
    rows.push([
      `${rate}/s`,
      String(byClient.length),
      ...figures.map((ms) => ms.toFixed(2)),
      `${Math.round(100 * busy)} %`,
    ])
  }
  const header = ['rate', 'requests', 'sent p50, ms', 'p99', 'came p50, ms', 'p99', 'event loop']
  printTable('Late by', header, rows)
  report('Schedule of an open loop', checks)
} finally {
  await truth.end()
}

/** One level of this rate: by how much its counted requests were late. */
async function keepSchedule(server: TruthServer, ratePerSecond: number, windowMs: number) {
  createGarbageCollector()()
  const url = new URL(PATH, server.origin)
  const settings = settingsFor(url.href, ['--api', 'openai-chat', '--model', 'truth'])
  const assumed = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const open = {
    ratePerSecond,
    arrivals: { kind: 'poisson' },
    seed: 'bench',
    maxInFlight: 1024,
    usuallyInFlight: Math.ceil((ratePerSecond * LATENCY_MS) / 1000),
  } as const
  const spec = {
    concurrency: ratePerSecond,
    pass: 1,
    durationMs: windowMs,
    minRequests: 3,
    maxRequests: null,
    warmupRequests: 1,
    open,
  }
  const transport = openTransport(settings, { ...assumed, url })
  const run = await measureLevel(spec, {
    clock: systemClock,
    budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
    sweepStartAt: systemClock.now(),
    signal: new AbortController().signal,
    target: url.href,
    serverMetrics: null,
    transport,
    workload: createLevelWorkload(chatOf(OUTPUT_TOKENS), spec),
    health: createHealthProbe(),
  })
  await transport.close()
  const came = new Map((await server.readAnswers(AbortSignal.timeout(5_000))).map((one) => [one.requestId, one]))
  const byClient: number[] = []
  const onTheWay: number[] = []
  for (const { phase, requestId, queueMs, startMs } of run.records) {
    const received = came.get(requestId)
    if (phase !== 'counted' || received === undefined) continue
    byClient.push(queueMs)
    onTheWay.push(received.receivedAtMs - startMs)
  }
  const least = Math.min(...onTheWay)
  return { byClient, byServer: onTheWay.map((ms) => ms - least), busy: run.client.eventLoopUtilization }
}

function quantile(lags: readonly number[], percentile: 'p50' | 'p99'): number {
  const sorted = Float64Array.from(lags).sort()
  return sorted[Math.ceil((percentile === 'p50' ? 0.5 : 0.99) * sorted.length) - 1] ?? NaN
}
