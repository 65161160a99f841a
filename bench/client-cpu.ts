/**
 * CPU a token of our client beside Node readers that only count newlines, at 100, 256 and 500 streams of a token each 10 ms, in step and each in its own phase:
 * the part of `npm run bench -- client` about it alone, in about ten minutes.
 *
 *   npm run bench -- client-cpu --streams 256 --rounds 1 --seconds 3     fewer, shorter
 *   npm run bench -- client-cpu --node=--cpu-prof                       with flags for the Node of our client
 */
import { parseArgs } from 'node:util'
import { startTruth } from '../src/simulator/start-truth.ts'
import { CPU_HEADER, measureCpu } from './support/cpu-rows.ts'
import { printHead, printRow, report } from './support/result.ts'
import type { Check } from './support/result.ts'

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '100,256,500' },
    seconds: { type: 'string', default: '2.5' },
    rounds: { type: 'string', default: '6' },
    node: { type: 'string', multiple: true, default: [] },
  },
})

const truth = await startTruth(new AbortController().signal)
const checks: Check[] = []
try {
  printHead('CPU a token, by turns with Node readers that only count newlines', CPU_HEADER)
  const study = {
    origin: truth.origin,
    streams: values.streams.split(',').map(Number),
    ttftMs: 50,
    intervalMs: 10,
    outputTokens: 100,
    windowMs: 1000 * Number(values.seconds),
    rounds: Number(values.rounds),
    execArgv: values.node,
  }
  for await (const { row, checks: ofRow } of measureCpu(study)) {
    printRow(row)
    checks.push(...ofRow)
  }
  console.log('')
} finally {
  await truth.end()
}
report('CPU a token', checks)
