/**
 * How well the schedule of an open loop is kept: so many requests a second against the truth server, and a trace with longer prompts that
 * share blocks. By how much each was sent after it was due, as this client says; and when it came, as the server's clock says, less the
 * least that any took on its way.
 *
 *   npm run bench -- open-loop --rates 50,500 --seconds 10 --only trace
 */
import { parseArgs } from 'node:util'
import { createBudget } from '../src/load/budget.ts'
import { createGarbageCollector, createHealthProbe, keepHeapSmall, systemClock } from '../src/load/runtime.ts'
import { measureLevel } from '../src/load/level.ts'
import type { LevelSpec } from '../src/load/level/board.ts'
import { assumeTarget } from '../src/load/preflight/candidates.ts'
import { openTransport } from '../src/load/transport/target.ts'
import { createGapSource } from '../src/plan/arrivals.ts'
import { createLevelWorkload } from '../src/plan/workload.ts'
import type { WorkloadOptions } from '../src/plan/compose-request.ts'
import { seedRandom } from '../src/random.ts'
import type { Trace, TraceLengths } from '../src/settings/trace.ts'
import { startTruth } from '../src/simulator/start-truth.ts'
import type { TruthServer } from '../src/simulator/start-truth.ts'
import { settingsFor } from '../test/support/run-settings.ts'
import { chatOf } from './support/chat-level.ts'
import { printTable, report } from './support/result.ts'
import type { Check } from './support/result.ts'

const OUTPUT_TOKENS = 10
/** First token after 20 to 30 ms, then one each 10 ms. */
const PATH = '/free/20/10'
const LATENCY_MS = 115
/** Milliseconds after the schedule. */
const AT_MOST = { p50: 1, p99: 5 } as const
/** As traces of services have them: requests that come in bursts, with so many blocks at most, some of which others begin with, too. */
const TRACE = { meanGapMs: 50, cv: 2, blockTokens: 512 } as const

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '50,500' },
    seconds: { type: 'string', default: '10' },
    /** The longest prompt of the trace. */
    'trace-tokens': { type: 'string', default: '2048' },
    only: { type: 'string' },
  },
})
const windowMs = 1000 * Number(values.seconds)

/** What one level does to its load. */
interface Load {
  readonly name: string
  readonly spec: Pick<LevelSpec, 'concurrency' | 'durationMs' | 'warmupRequests' | 'open' | 'nonce'>
  readonly workload: WorkloadOptions
  /** By the server's clock: when it came after it was due, as well as when it was sent. */
  readonly atMost: readonly ('sent late' | 'came late')[]
}

keepHeapSmall()
const truth = await startTruth(new AbortController().signal)
try {
  const checks: Check[] = []
  const rows: string[][] = []
  const rates = values.rates.split(',').map((rate) => loadOfRate(Number(rate)))
  const loads = { rates, trace: [loadOfTrace()] }
  const asked = [...(values.only === 'trace' ? [] : loads.rates), ...(values.only === 'rates' ? [] : loads.trace)]
  for (const load of asked) {
    const { lags, busy } = await keepSchedule(truth, load)
    for (const what of load.atMost) {
      for (const percentile of ['p50', 'p99'] as const) {
        const [value, atMost] = [quantile(lags[what], percentile), AT_MOST[percentile]]
        checks.push({ what: `${load.name}: ${what}, ${percentile}`, value, unit: 'ms', atMost })
      }
    }
    const figures = Object.values(lags).flatMap((late) => [quantile(late, 'p50'), quantile(late, 'p99')])
    const count = String(lags['sent late'].length)
    rows.push([load.name, count, ...figures.map((ms) => ms.toFixed(2)), `${Math.round(100 * busy)} %`])
  }
  const header = ['load', 'requests', 'sent p50, ms', 'p99', 'came p50, ms', 'p99']
  printTable('Late by', [...header, 'event loop'], rows)
  report('Schedule of an open loop', checks)
} finally {
  await truth.end()
}

function loadOfRate(ratePerSecond: number): Load {
  const open = {
    ratePerSecond,
    arrivals: { kind: 'poisson' },
    seed: 'bench',
    maxInFlight: 1024,
    usuallyInFlight: Math.ceil((ratePerSecond * LATENCY_MS) / 1000),
  } as const
  return {
    name: `${ratePerSecond}/s`,
    spec: { concurrency: ratePerSecond, durationMs: windowMs, warmupRequests: 1, open },
    workload: chatOf(OUTPUT_TOKENS),
    atMost: ['sent late'],
  }
}

function loadOfTrace(): Load {
  const trace = makeTrace()
  const dueMs = trace.atMs.map((ms) => 1 + ms)
  const open = { dueMs, maxInFlight: 1024, usuallyInFlight: 16 }
  return {
    name: 'trace',
    spec: { concurrency: 1, durationMs: windowMs, warmupRequests: 0, open, nonce: '00ff00ff00ff00ff' },
    workload: { ...chatOf(OUTPUT_TOKENS), trace: { ...trace, asksForLength: false } },
    atMost: ['sent late', 'came late'],
  }
}

/** Times in whole milliseconds; half of the prompts begin as an earlier one. */
function makeTrace(): Trace {
  const random = seedRandom('trace')
  const drawGap = createGapSource({ kind: 'gamma', cv: TRACE.cv }, TRACE.meanGapMs, random)
  const most = Math.max(1, Math.floor(Number(values['trace-tokens']) / TRACE.blockTokens))
  const atMs: number[] = []
  const lengths: TraceLengths[] = []
  for (let ms = 0, block = 0; ms < windowMs; ms += drawGap()) {
    const before = random() < 0.5 ? [] : (lengths[Math.floor(random() * lengths.length)]?.blocks?.slice(0, -1) ?? [])
    const own = Array.from({ length: Math.ceil(random() * (most - before.length)) }, () => block++)
    const blocks = [...before, ...own]
    atMs.push(Math.floor(ms))
    lengths.push({ inputTokens: TRACE.blockTokens * blocks.length, outputTokens: OUTPUT_TOKENS, blocks })
  }
  return { atMs, lengths, blockTokens: TRACE.blockTokens }
}

/** One level: by how much its counted requests were late. */
async function keepSchedule(server: TruthServer, load: Load) {
  const url = new URL(PATH, server.origin)
  const settings = settingsFor(url.href, ['--api', 'openai-chat', '--model', 'truth'])
  const assumed = assumeTarget(settings, { clock: systemClock, wallClock: () => new Date(), hide: () => {} })
  const spec = { ...load.spec, pass: 1, minRequests: 3, maxRequests: null }
  const transport = openTransport(settings, { ...assumed, url })
  const run = await measureLevel(spec, {
    clock: systemClock,
    budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
    sweepStartAt: systemClock.now(),
    signal: new AbortController().signal,
    target: url.href,
    serverMetrics: null,
    transport,
    workload: createLevelWorkload(load.workload, spec),
    health: createHealthProbe(),
    collectGarbage: createGarbageCollector(),
  })
  await transport.close()
  const answers = new Map((await server.readAnswers(AbortSignal.timeout(5_000))).map((one) => [one.requestId, one]))
  const sent: number[] = []
  const came: number[] = []
  for (const { phase, requestId, queueMs, startMs } of run.records) {
    const received = answers.get(requestId!)
    if (phase !== 'counted' || received === undefined) continue
    sent.push(queueMs)
    // Its times count from the moment at which it was due.
    came.push(received.receivedAtMs - startMs)
  }
  const least = Math.min(...came)
  return {
    lags: { 'sent late': sent, 'came late': came.map((ms) => ms - least) },
    busy: run.client.eventLoopUtilization,
  }
}

function quantile(lags: readonly number[], percentile: 'p50' | 'p99'): number {
  const sorted = Float64Array.from(lags).sort()
  return sorted[Math.ceil((percentile === 'p50' ? 0.5 : 0.99) * sorted.length) - 1] ?? NaN
}
