import { asciiSigns } from './ascii-signs.ts'
import { HISTORY_SCHEMA } from './history.ts'
import type { History, HistoryEntry } from './history.ts'
import { historySchema } from './history-schema.ts'
import { canonicalJson } from './series.ts'
import { decodeStrict } from './strict-json.ts'
import { migrate } from './versions.ts'

/** A text that is not a history. The message names the path of what is wrong. */
export class HistoryError extends Error {
  readonly code = 'history'
  override readonly name: string = 'HistoryError'
}

/** A history that a newer version of this program wrote: nothing is wrong with it. */
export class NewerHistoryError extends HistoryError {
  override readonly name = 'NewerHistoryError'
}

/** Two thousand runs of the largest kind that is usual; a longer text is not a history. */
const MAXIMUM_LENGTH = 64 * 1024 * 1024

/** The history of no runs. */
export const EMPTY_HISTORY: History = { schema: HISTORY_SCHEMA, entries: [] }

/**
 * The history as JSON text, a line each entry, so that two versions of a file can be compared. It is read back first: what
 * cannot be read is never written.
 *
 * @throws HistoryError
 */
export function encodeHistory(history: History): string {
  const { schema, entries } = decodeHistory(JSON.stringify(history))
  const lines = entries.map((entry) => JSON.stringify(entry))
  return asciiSigns(`{"schema":${JSON.stringify(schema)},"entries":[\n${lines.join(',\n')}\n]}\n`)
}

/**
 * Reads a history of this or an older version. Unknown fields are ignored; missing, misshapen, infinite, negative or
 * oversized ones are refused.
 *
 * @throws HistoryError
 */
export function decodeHistory(text: string): History {
  return decodeStrict(text, {
    what: 'history',
    schema: historySchema,
    maximumLength: MAXIMUM_LENGTH,
    migrate: (value) => migrate(value, { current: HISTORY_SCHEMA, migrations: {}, error: NewerHistoryError }),
    error: HistoryError,
  })
}

/**
 * One history of several, oldest first. An entry that several have stands once; of each name the `keep` newest stay. The
 * order of the histories makes no difference.
 */
export function mergeHistories(histories: readonly History[], keep: number): History {
  const byRun = new Map<string, HistoryEntry>()
  for (const entry of histories.flatMap(({ entries }) => entries)) {
    const key = runKey(entry)
    const known = byRun.get(key)
    // Two versions of one run should not be; which one stays must not hang on the order.
    if (known === undefined || canonicalJson(known) < canonicalJson(entry)) byRun.set(key, entry)
  }
  const sorted = [...byRun]
    .map(([key, entry]) => ({ key, entry, startedAt: Date.parse(entry.row.startedAt) }))
    .sort((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1))
  return {
    schema: HISTORY_SCHEMA,
    entries: newestOfEachName(
      sorted.map(({ entry }) => entry),
      keep,
    ),
  }
}

function runKey({ row, source }: HistoryEntry): string {
  return JSON.stringify([source.runId, source.attempt, Date.parse(row.startedAt), row.series.name])
}

function newestOfEachName(entries: readonly HistoryEntry[], keep: number): HistoryEntry[] {
  const kept = new Map<string, number>()
  return entries
    .toReversed()
    .filter(({ row: { series } }) => {
      const n = (kept.get(series.name) ?? 0) + 1
      kept.set(series.name, n)
      return n <= keep
    })
    .reverse()
}
