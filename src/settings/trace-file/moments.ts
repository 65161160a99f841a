import type { Json } from '../../json.ts'
import { isBlank, sayGiven } from '../prompts-file/content.ts'

/** Members that say when a request came, the first that there is counts; numbers without a unit are of `unitMs`. */
const MEMBERS = [
  { name: 'timestamp', unitMs: 1 },
  { name: 'created_time', unitMs: 1 },
  { name: 'arrival_time', unitMs: 1000 },
  { name: 'arrived_at', unitMs: 1000 },
  { name: 'delay', unitMs: 1, isGap: true },
  { name: 'delay_ms', unitMs: 1, isGap: true },
] as const

/** Their names, for messages and for the columns of tables. */
export const MOMENT_NAMES: readonly string[] = MEMBERS.map(({ name }) => name)

/** Reads when the requests of a file came, one after another. */
interface MomentReader {
  /** Milliseconds after the first request; or what is wrong, as half a sentence that follows where it stands. */
  read(item: Json): number | string
}

/** A trace is no longer: one that is has a broken time, or one that is read in the wrong unit. */
const LONGEST_MS = 10 * 366 * 24 * 3_600_000

/** Creates one; `isInSeconds`: the form of the file counts seconds. */
export function createMomentReader(isInSeconds: boolean): MomentReader {
  let member: (typeof MEMBERS)[number] | undefined
  let unitMs = 1
  let first: number | null = null
  let last = 0
  const findTooLate = (ms: number, name: string, given: unknown): string | null =>
    ms <= LONGEST_MS
      ? null
      : `came more than ten years after the first request ("${name}" ${String(given).slice(0, 40)}); mend its time, or write all times in seconds since 1970`
  return {
    read(item) {
      member ??= MEMBERS.find(({ name }) => !isBlank(item[name]))
      if (member === undefined) return MISSING
      const given = item[member.name]
      if (isBlank(given)) return `has no "${member.name}", which the first request has`
      const value = readMoment(given)
      if (value === null)
        return `"${member.name}" must be a number of ${nameUnit(isInSeconds ? 1000 : member.unitMs)}, or a date such as 2026-01-31T12:00:00Z${sayGiven(given)}`
      if ('isGap' in member) {
        if (value.number < 0) return `"${member.name}" must be 0 or more${sayGiven(given)}`
        // What comes first begins the trace.
        if (first !== null) last += value.number
        first ??= 0
        return findTooLate(last, member.name, given) ?? last
      }
      if (first === null) unitMs = value.isDate ? 1 : chooseUnit(value.number, isInSeconds ? 1000 : member.unitMs)
      const ms = value.number * unitMs
      first ??= ms
      if (ms - first < last)
        return `came before the request above it ("${member.name}" ${String(given).slice(0, 40)}); sort the file by its times (jq -cs 'sort_by(.${member.name})[]')`
      last = ms - first
      return findTooLate(last, member.name, given) ?? last
    },
  }
}

const MISSING = `says nowhere when it came ("timestamp", "arrival_time" or "delay"); requests without times are for prompts-file, at a rate`

function nameUnit(unitMs: number): string {
  return unitMs === 1000 ? 'seconds' : 'milliseconds'
}

/** The size of a time since 1970 shows its unit; a smaller number is in the unit of its form. */
function chooseUnit(first: number, unitMs: number): number {
  if (first >= 1e17) return 1e-6
  if (first >= 1e14) return 1e-3
  if (first >= 1e11) return 1
  return first >= 1e9 ? 1000 : unitMs
}

const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/

function readMoment(value: unknown): { readonly number: number; readonly isDate: boolean } | null {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?(e\d+)?$/.test(value.trim()) ? Number(value) : value
  if (typeof number === 'number') return Number.isFinite(number) ? { number, isDate: false } : null
  const [, day, time, fraction = '', zone = 'Z'] = DATE.exec(typeof value === 'string' ? value.trim() : '') ?? []
  const ms = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(ms) ? null : { number: ms + 1000 * Number(`0${fraction}`), isDate: true }
}
