import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { escapeSigns } from './json.ts'

/** One line of the records file, without the line break: the facts by name, in the order of their table. */
export function encodeRecord(record: RequestRecord): string {
  return escapeSigns(
    JSON.stringify(
      Object.fromEntries(
        FACTS_IN_ORDER.map(({ name, kind }) => [
          name,
          kind === 'time' ? roundToMicroseconds(record[name] as number | null) : record[name],
        ]),
      ),
    ),
  )
}

/** The text of a records file, line by line, so that a long run need not be held in memory as text. */
export function* encodeRecords(records: Iterable<RequestRecord>): Generator<string> {
  for (const record of records) yield `${encodeRecord(record)}\n`
}

/** Microseconds are as fine as the clock; more digits would only double the file. */
function roundToMicroseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000
}
