/**
 * What the client costs: CPU time a streamed token at 256 streams of 100 tokens/s each, and the event-loop utilisation.
 * The level protocol runs in this process, so that its CPU time can be read over the window alone; the simulated
 * endpoint is a process of its own.
 */
import { createBudget } from '../src/load/budget.ts'
import { createHealthProbe, keepHeapSmall } from '../src/load/client-health.ts'
import type { HealthProbe } from '../src/load/client-health.ts'
import { systemClock } from '../src/load/clock.ts'
import { createHttpTransport } from '../src/load/transport/http-transport.ts'
import { measureLevel } from '../src/load/level.ts'
import { UNCALIBRATED } from '../src/plan/prompts.ts'
import { createWorkload } from '../src/plan/workload.ts'
import { findApi } from '../src/vendors/apis.ts'
import { NO_AUTH } from '../test/support/no-auth.ts'
import { report } from './support/result.ts'
import { startSimulate } from './support/simulate.ts'

const STREAMS = 256
const OUTPUT_TOKENS = 400

// As the command does before it measures.
keepHeapSmall()

const endpoint = await startSimulate(
  `--slots ${STREAMS} --overhead 20ms --prefill-per-1000-tokens 0ms --decode 10ms --decode-per-sequence 0ms --jitter 0`.split(
    ' ',
  ),
)
const url = new URL('/v1/chat/completions', endpoint.url)
const transport = createHttpTransport({
  connection: { origin: url.origin, caCert: null, proxy: null, connectTimeoutMs: 10_000 },
  api: findApi('openai-chat'),
  dialect: {
    task: 'chat',
    model: 'simulated-model',
    fields: new Set(['stream_options']),
    lengthField: 'max_tokens',
    extraBody: {},
  },
  url,
  headers: {},
  auth: NO_AUTH,
  requestTimeoutMs: 60_000,
})
try {
  let cpuMicroseconds = 0
  let nonces = 0
  // CPU time over the window alone: the probe is started when it opens and read when it has ended.
  const probe = createHealthProbe()
  let before = process.cpuUsage()
  const health: HealthProbe = {
    start() {
      probe.start()
      before = process.cpuUsage()
    },
    read() {
      const { user, system } = process.cpuUsage(before)
      cpuMicroseconds = user + system
      return probe.read()
    },
    stallAt: probe.stallAt,
    stop: probe.stop,
  }
  const fixed = (tokens: number) => ({ kind: 'fixed', tokens }) as const
  const run = await measureLevel(
    { concurrency: STREAMS, pass: 1, durationMs: 10_000, minRequests: 3, maxRequests: null, warmupRequests: 1 },
    {
      transport,
      clock: systemClock,
      workload: createWorkload(
        {
          task: 'chat',
          seed: 'client-cost',
          inputTokens: fixed(32),
          outputTokens: fixed(OUTPUT_TOKENS),
          promptModel: UNCALIBRATED,
          prompts: null,
          prefixCache: 'avoid',
          sharedPrefixTokens: 0,
          batchSize: 1,
          nonce: () => (nonces++).toString(16).padStart(16, '0'),
        },
        STREAMS,
        1,
      ),
      health,
      budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, systemClock),
      sweepStartAt: systemClock.now(),
      signal: new AbortController().signal,
      target: url.href,
      serverMetrics: null,
    },
  )
  const seconds = (run.window!.endMs - run.window!.startMs) / 1000
  const tokens = [...run.records].reduce((sum, { windowTokens }) => sum + windowTokens, run.cancelledWindowTokens)
  const failed = [...run.records].filter(({ outcome }) => outcome === 'failed').length
  console.log(
    `${Math.round(tokens / seconds)} tokens/s over ${seconds.toFixed(1)} s, ${run.records.length} requests, ${failed} failed, ` +
      `event-loop utilisation ${run.client.eventLoopUtilization.toFixed(2)}, delay p99 ${run.client.delayP99Ms.toFixed(1)} ms\n`,
  )
  report('Client CPU a streamed token', [
    { what: `CPU a token at ${STREAMS} streams`, value: cpuMicroseconds / tokens, unit: 'µs', atMost: 25 },
    {
      what: 'share of the 25,600 tokens/s that did not arrive',
      value: 100 * (1 - tokens / seconds / (STREAMS * 100)),
      unit: '%',
      atMost: 10,
    },
  ])
} finally {
  await transport.close()
  endpoint.stop()
}
