/**
 * What the client costs: CPU time a streamed token at 256 streams of 100 tokens/s each, and the event-loop utilisation.
 * The level protocol runs in this process, so that its CPU time can be read over the window alone; the simulated
 * endpoint is a process of its own.
 */
import { keepHeapSmall } from '../src/load/runtime.ts'
import { measureChat } from './support/chat-level.ts'
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
try {
  const { run, tokens, failed, seconds, cpuMicroseconds } = await measureChat({
    url: new URL('/v1/chat/completions', endpoint.url).href,
    model: 'simulated-model',
    streams: STREAMS,
    outputTokens: OUTPUT_TOKENS,
    windowMs: 10_000,
  })
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
  endpoint.stop()
}
