/**
 * Measured against true: the committed command measures the simulated endpoint (50 ms TTFT, 10 ms TPOT, no queueing) at
 * concurrency 1, 10 and 100, and each request is compared with the simulator's own log of send times.
 */
import { medianSorted } from 'simple-statistics'
import type { Check } from './support/result.ts'
import { report } from './support/result.ts'
import { runCommand, startSimulate } from './support/simulate.ts'

const LEVELS = [1, 10, 100]
const TTFT_BOUND_MS: Readonly<Record<number, number>> = { 1: 1, 10: 1, 100: 3 }

const endpoint = await startSimulate(
  '--slots 128 --overhead 50ms --prefill-per-1000-tokens 0ms --decode 10ms --decode-per-sequence 0ms --jitter 0'.split(
    ' ',
  ),
)
try {
  const { records } = await runCommand(
    `--endpoint ${endpoint.url} --api openai-chat --model simulated-model --concurrency ${LEVELS.join(',')} --passes 1 ` +
      '--level-duration 8s --input-tokens 64 --output-tokens 64 --soak off',
  )
  const truth = new Map((await endpoint.log()).map((sent) => [sent.requestId, sent]))
  const checks: Check[] = []
  for (const level of LEVELS) {
    const counted = records.filter(
      (record) => record.level === level && record.pass === 1 && record.phase === 'counted',
    )
    const pairs = counted.map((record) => ({ record, sent: truth.get(record.requestId)! }))
    const sorted = (values: number[]): number[] => values.sort((a, b) => a - b)
    const ttftErrors = sorted(
      pairs.map(({ record, sent }) => Math.abs(record.ttftMs! - (sent.firstTokenAtMs! - sent.receivedAtMs))),
    )
    const trueTpot = medianSorted(
      sorted(pairs.map(({ sent }) => (sent.lastTokenAtMs! - sent.firstTokenAtMs!) / (sent.outputTokens - 1))),
    )
    const tpot = medianSorted(sorted(pairs.map(({ record }) => record.tpotMs!)))
    const wrongCounts = pairs.filter(({ record, sent }) => record.outputTokens !== sent.outputTokens).length
    console.log(
      `concurrency ${level}: ${pairs.length} requests, true TPOT ${trueTpot.toFixed(3)} ms, measured ${tpot.toFixed(3)} ms`,
    )
    checks.push(
      {
        what: `TTFT error p50 at ${level}`,
        value: medianSorted(ttftErrors),
        unit: 'ms',
        atMost: TTFT_BOUND_MS[level]!,
      },
      { what: `TPOT error at ${level}`, value: 100 * Math.abs(tpot / trueTpot - 1), unit: '%', atMost: 1 },
      { what: `requests with a wrong token count at ${level}`, value: wrongCounts, unit: '', atMost: 0 },
    )
  }
  report('Accuracy against the simulator’s own send log', checks)
} finally {
  endpoint.stop()
}
