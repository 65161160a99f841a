/**
 * Memory of a long run: the committed command measures 200,000 streamed requests, keeps and writes their records, and its
 * peak resident memory is read from the operating system.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peakOfCommand } from './support/command-cost.ts'
import { report } from './support/result.ts'
import { startSimulate } from './support/simulate.ts'

const REQUESTS = 200_000

const endpoint = await startSimulate(
  '--slots 64 --overhead 0ms --prefill-per-1000-tokens 0ms --decode 1ms --decode-per-sequence 0ms --jitter 0'.split(
    ' ',
  ),
)
const folder = mkdtempSync(join(tmpdir(), 'plateau-bench-'))
try {
  const records = join(folder, 'records.jsonl')
  const flags =
    `run --endpoint ${endpoint.url} --concurrency 64 --passes 1 --level-requests ${REQUESTS} --level-duration 14m --max-duration none ` +
    // A level that is carried again, by more threads, is another question.
    `--max-output-tokens none --input-tokens 32 --output-tokens 4 --soak off --client-threads 1 --records ${records}`
  const from = performance.now()
  const peak = await peakOfCommand(flags)
  const counted = readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"phase":"counted"')).length
  console.log(`${counted} counted records in ${Math.round((performance.now() - from) / 1000)} s\n`)
  report('Memory of 200,000 streamed requests', [
    { what: 'peak resident memory', value: peak, unit: 'MB', atMost: 300 },
    { what: 'counted records missing', value: REQUESTS - counted, unit: '', atMost: 0 },
  ])
} finally {
  endpoint.stop()
  rmSync(folder, { recursive: true })
}
