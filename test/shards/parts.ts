import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { createRecordStore } from '../../src/load/level/packed-records.ts'
import { encodePart, openPart } from '../../src/shards/part.ts'
import type { MeasuredPartLevel, Part, PartBytes, PartHeader } from '../../src/shards/part.ts'
import type { LevelShare } from '../../src/load/level/level-tally.ts'
import { createLogHistogram } from '../../src/stats/percentile.ts'
import { aReport } from '../support/builders.ts'

/** What one thread carried: these records, and nothing that is none. */
export function aShare(records: readonly RequestRecord[], tally: Partial<LevelShare['tally']> = {}): LevelShare {
  const store = createRecordStore()
  for (const record of records) store.add(record)
  return {
    health: { eventLoopUtilization: 0.2, delayP90Ms: 0.1, delayP99Ms: 0.3 },
    tally: {
      records: store.pack(),
      interChunk: createLogHistogram(),
      gateway: { retried: 0, cached: 0, fellBack: 0, names: [] },
      failureWords: {},
      cancelled: [],
      cancelledWindowEvents: 0,
      cancelledTtft: { n: 0, sumMs: 0 },
      renewed: 0,
      opened: 0,
      ...tally,
    },
  }
}

/** A level that was measured to its end, at concurrency 4. */
export function aPartLevel(
  shares: readonly LevelShare[],
  frame: Partial<MeasuredPartLevel['frame']> = {},
): MeasuredPartLevel {
  return {
    frame: {
      concurrency: 4,
      pass: 1,
      startedAtSeconds: 0,
      window: { startMs: 1_000, endMs: 9_000 },
      stopped: null,
      ...frame,
    },
    shares,
  }
}

type Header = Omit<PartHeader, 'schema' | 'columns' | 'levels'>

/** Shard 1 of 2, unless it is told otherwise. */
export function aHeader(header: Partial<Header> = {}): Header {
  return {
    shard: { number: 1, count: 2 },
    meeting: 'abc',
    terms: { concurrency: '1, 4', endpoint: 'f00' },
    clock: { offsetMs: 0, withinMs: 1 },
    report: aReport(),
    options: { task: 'chat', tolerance: 0.05 },
    decidedBy: [],
    ...header,
  }
}

/** The bytes that a part is written as. */
export function writePart(header: Header, levels: readonly MeasuredPartLevel[]): Buffer {
  return Buffer.concat([...encodePart(header, levels)].map((piece) => Buffer.from(piece)))
}

/** Bytes as a file has them. */
export function asFile(bytes: Buffer): PartBytes {
  return {
    size: bytes.length,
    read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
  }
}

/** A part as it is read again. */
export function readPart(header: Header, levels: readonly MeasuredPartLevel[]): Part {
  return openPart(asFile(writePart(header, levels)))
}
