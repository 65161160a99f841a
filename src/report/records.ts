import { asciiSigns } from './ascii-signs.ts'
import type { RequestRecord } from '../metrics/record.ts'

/** One line of the records file, without the line break. Its field names are public: renaming one breaks readers. */
export function encodeRecord(record: RequestRecord): string {
  return asciiSigns(
    JSON.stringify({
      level: record.level,
      pass: record.pass,
      worker: record.worker,
      phase: record.phase,
      startMs: exact(record.startMs),
      connectMs: exact(record.connectMs),
      ttfbMs: exact(record.ttfbMs),
      firstEventMs: exact(record.firstEventMs),
      ttftMs: exact(record.ttftMs),
      ttfoMs: exact(record.ttfoMs),
      lastTokenMs: exact(record.lastTokenMs),
      endMs: exact(record.endMs),
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      cachedTokens: record.cachedTokens,
      reasoningTokens: record.reasoningTokens,
      tokenSource: record.tokenSource,
      tokenEvents: record.tokenEvents,
      reads: record.reads,
      windowTokens: record.windowTokens,
      reconnected: record.reconnected,
      finishReason: record.finishReason,
      servedModel: record.servedModel,
      outcome: record.outcome,
      failure: record.failure,
      requestId: record.requestId,
      tpotMs: exact(record.tpotMs),
      queueMs: exact(record.queueMs),
      requestedTokens: record.requestedTokens,
      buffered: record.buffered,
      retryAfterMs: exact(record.retryAfterMs),
      serverTtftMs: exact(record.serverTtftMs),
      serverTpotMs: exact(record.serverTpotMs),
      serverLoadMs: exact(record.serverLoadMs),
    }),
  )
}

const LINES_AT_ONCE = 100

/** The text of a records file, some lines at a time, so that a long run need not be held in memory as text. */
export function* encodeRecords(records: Iterable<RequestRecord>): Generator<string> {
  let lines: string[] = []
  for (const record of records) {
    lines.push(`${encodeRecord(record)}\n`)
    if (lines.length < LINES_AT_ONCE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}

/** Microseconds are as fine as the clock; more digits would only double the file. */
function exact(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000
}
