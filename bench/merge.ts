/**
 * Memory and time of `plateau merge`: the committed command joins the parts of 64 shards of 100,000 requests each, seven levels in three
 * passes. `--shards` and `--requests` say how many; a part takes some 35 MB of the disk for the time of the bench.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { encodePart, listColumns } from '../src/shards/part.ts'
import type { MeasuredPartLevel } from '../src/shards/part.ts'
import { writeWhole } from '../src/shell/files.ts'
import { aHeader, aPartLevel, aShare } from '../test/shards/parts.ts'
import { aRecord, aReport } from '../test/support/builders.ts'
import { peakOfCommand } from './support/command-cost.ts'
import { report } from './support/result.ts'

const { values } = parseArgs({ options: { shards: { type: 'string' }, requests: { type: 'string' } } })
const SHARDS = Number(values.shards ?? 64)
const REQUESTS = Number(values.requests ?? 100_000)
const LEVELS = [64, 128, 256, 512, 1024, 2048, 4096]
const PASSES = 3
const EACH = Math.ceil(REQUESTS / (LEVELS.length * PASSES))
const WINDOW_MS = 8_000

/** What one shard measured; the others have the same a little later. */
function measureLevels(): MeasuredPartLevel[] {
  return Array.from({ length: PASSES }, (_, i) => i + 1).flatMap((pass) =>
    LEVELS.map((concurrency) => {
      const records = Array.from({ length: EACH }, (_, i) =>
        aRecord({
          level: concurrency,
          pass,
          worker: i % Math.ceil(concurrency / SHARDS),
          startMs: 1_000 + ((WINDOW_MS - 1_200) * i) / EACH,
          ttftMs: 40 + ((i * 7919) % 1000) / 50,
          tpotMs: 9 + ((i * 104_729) % 1000) / 1000,
          requestId: `plateau-${concurrency}-${pass}-${i}-0123456789abcdef`,
        }),
      )
      return aPartLevel([aShare(records)], {
        concurrency,
        pass,
        window: { startMs: 1_000, endMs: 1_000 + WINDOW_MS },
      })
    }),
  )
}

const START = listColumns().indexOf('startMs')

/** The next shard's: all a little later, so that the records of all lie between each other. */
function moveOn(levels: readonly MeasuredPartLevel[]): void {
  for (const { shares } of levels) {
    for (const { tally } of shares) {
      for (const { columns } of tally.records.slabs) {
        const starts = columns[START]!
        if (typeof starts !== 'number') for (let row = 0; row < starts.length; row++) starts[row]! += 0.013
      }
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'plateau-bench-'))
try {
  const levels = measureLevels()
  const paths: string[] = []
  for (let number = 1; number <= SHARDS; number++) {
    const path = join(folder, `${number}.part`)
    writeWhole(
      path,
      encodePart(aHeader({ shard: { number, count: SHARDS }, report: aReport({ measured: [] }) }), levels),
    )
    paths.push(path)
    moveOn(levels)
  }
  const megabytes = paths.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6
  const records = SHARDS * EACH * LEVELS.length * PASSES
  console.log(`${records} records in ${Math.round(megabytes)} MB of parts\n`)
  const from = performance.now()
  const peak = await peakOfCommand(
    `merge --baseline none --report-json ${join(folder, 'report.json')} ${paths.join(' ')}`,
  )
  report(`Merging ${SHARDS} shards of ${EACH * LEVELS.length * PASSES} requests`, [
    { what: 'peak resident memory', value: peak, unit: 'MB', atMost: 1_000 },
    { what: 'time', value: (performance.now() - from) / 1000, unit: 's', atMost: 300 },
  ])
} finally {
  rmSync(folder, { recursive: true })
}
