/**
 * CPU a token of our client by turns with that of other clients whose programs are on the path, at 100, 256 and 500 streams of a token each
 * 10 ms: the part of `npm run bench -- client` about it alone, in about four minutes for each client.
 *
 *   npm run bench -- client-peers --streams 256     fewer
 */
import { parseArgs } from 'node:util'
import { startTruth } from '../src/simulator/start-truth.ts'
import { measurePeersCpu, PEER_CPU_HEADER } from './support/peer-cpu.ts'
import { printHead, printRow, report } from './support/result.ts'
import type { Check } from './support/result.ts'

const { values } = parseArgs({ options: { streams: { type: 'string', default: '100,256,500' } } })

const truth = await startTruth(new AbortController().signal)
const checks: Check[] = []
try {
  printHead('CPU a token, by turns with other clients', PEER_CPU_HEADER)
  for await (const { row, checks: ofRow } of measurePeersCpu(truth, values.streams.split(',').map(Number))) {
    printRow(row)
    checks.push(...ofRow)
  }
  console.log('')
} finally {
  await truth.end()
}
report('CPU a token beside other clients', checks)
