/**
 * A client in a process of its own for `npm run bench -- client`: either ours (transport and level protocol as a run has them) or a bare
 * reader, which only counts newlines. Started with what it is to do as JSON, it tells what it measured and what that cost.
 */
import { createBudget } from '../../src/load/budget.ts'
import { createGarbageCollector, createHealthProbe, keepHeapSmall } from '../../src/load/client-health.ts'
import type { HealthProbe } from '../../src/load/client-health.ts'
import { systemClock } from '../../src/load/clock.ts'
import { measureLevel } from '../../src/load/level.ts'
import { createHttpTransport } from '../../src/load/transport/http-transport.ts'
import { UNCALIBRATED } from '../../src/plan/prompts.ts'
import { createWorkload } from '../../src/plan/workload.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { NO_AUTH } from '../../test/support/no-auth.ts'
import { readBarely } from './bare-reader.ts'
import type { Read, ReadingResult, ReadingTask, TimedAnswer } from './reading.ts'

const task = JSON.parse(process.argv[2]!) as ReadingTask
keepHeapSmall()
createGarbageCollector()()
const read = task.reader === 'plateau' ? readAsPlateau : readBarely
// In a run, preflight and self-proof have warmed the code up.
await read({ ...task, url: new URL('/free/5/1', task.url).href, streams: 32, answerMs: 105, windowMs: 300 })
const measured = await read(task)
const result: ReadingResult = { ...measured, peakMb: process.resourceUsage().maxRSS / 1024 }
process.send!(result, () => process.exit())

async function readAsPlateau({ url: address, streams, outputTokens, windowMs }: ReadingTask): Promise<Read> {
  const url = new URL(address)
  const transport = createHttpTransport({
    connection: { origin: url.origin, caCert: null, proxy: null, connectTimeoutMs: 10_000 },
    api: findApi('openai-chat'),
    dialect: {
      task: 'chat',
      model: 'truth',
      fields: new Set(['stream_options']),
      lengthField: 'max_tokens',
      extraBody: {},
    },
    url,
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: 60_000,
  })
  const fixed = (tokens: number) => ({ kind: 'fixed', tokens }) as const
  let nonces = 0
  const workload = {
    task: 'chat',
    seed: 'client',
    inputTokens: fixed(32),
    outputTokens: fixed(outputTokens),
    promptModel: UNCALIBRATED,
    prompts: null,
    prefixCache: 'avoid',
    sharedPrefixTokens: 0,
    batchSize: 1,
    nonce: () => (nonces++).toString(16).padStart(16, '0'),
  } as const
  const cpu = watchCpu()
  const { window, records, cancelledWindowTokens } = await measureLevel(
    { concurrency: streams, pass: 1, durationMs: windowMs, minRequests: 3, maxRequests: null, warmupRequests: 1 },
    {
      transport,
      clock: systemClock,
      workload: createWorkload(workload, streams, 1),
      health: cpu.health,
      budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
      sweepStartAt: systemClock.now(),
      signal: new AbortController().signal,
      target: url.href,
      serverMetrics: null,
    },
  )
  const answers: TimedAnswer[] = []
  let tokens = cancelledWindowTokens
  let failed = 0
  for (const { phase, outcome, requestId, ttftMs, lastTokenMs, outputTokens, windowTokens } of records) {
    tokens += windowTokens
    if (outcome === 'failed') failed++
    else if (phase === 'counted')
      answers.push({ phase, outcome, requestId, ttftMs: ttftMs!, lastTokenMs: lastTokenMs!, outputTokens })
  }
  return {
    answers,
    failed,
    tokens,
    seconds: (window!.endMs - window!.startMs) / 1000,
    cpuMicroseconds: cpu.spentMicroseconds(),
  }
}

/** CPU time over the window alone: the probe is started when it opens and read when it has ended. */
function watchCpu(): { readonly health: HealthProbe; spentMicroseconds(): number } {
  const probe = createHealthProbe()
  let before = process.cpuUsage()
  let spent = 0
  return {
    spentMicroseconds: () => spent,
    health: {
      ...probe,
      start() {
        probe.start()
        before = process.cpuUsage()
      },
      read() {
        const { user, system } = process.cpuUsage(before)
        spent = user + system
        return probe.read()
      },
    },
  }
}
