import { FACTS_IN_ORDER } from '../vocabulary/request-facts.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { escapeSigns } from './strict-json.ts'

/**
 * The text of a records file, line by line, so that a long run need not be held in memory as text: the facts of each request
 * by name, in the order of their table.
 */
export function* encodeRecords(records: Iterable<RequestRecord>): Generator<string> {
  for (const record of records) {
    const facts = FACTS_IN_ORDER.map(({ name, kind }) => [
      name,
      kind === 'time' ? roundToMicroseconds(record[name] as number | null) : record[name],
    ])
    yield `${escapeSigns(JSON.stringify(Object.fromEntries(facts)))}\n`
  }
}

/** Microseconds are as fine as the clock; more digits would only double the file. */
function roundToMicroseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000
}
