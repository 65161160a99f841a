import type { Api } from '../api.ts'
import type { ApiName } from '../../vocabulary/endpoint-names.ts'
import { asObject, parseJson } from '../../json.ts'

/** As much of an answer's beginning as is looked at, in characters. */
const LONGEST = 4_096

/**
 * The API among `apis` whose answer this is the beginning of: an event stream, JSON lines, a whole answer or an error body, with its
 * headers. Null when many APIs, or none, answer so. It finds what was not asked for; it is no reader of answers.
 */
export function apiOfAnswer(
  apis: readonly Api[],
  head: string,
  headers: Readonly<Record<string, string>>,
): ApiName | null {
  const owner = apis.find((api) => api.ownsHeaders?.(headers))
  if (owner !== undefined) return owner.name
  for (const json of eventsOf(head.slice(0, LONGEST))) {
    const api = apis.find((api) => api.ownsEvent?.(json))
    if (api !== undefined) return api.name
  }
  return null
}

/** The JSON objects that stand alone, on a line, or after `data:`. */
function* eventsOf(head: string): Iterable<Record<string, unknown>> {
  const whole = parseJson(head)
  const first: unknown = Array.isArray(whole) ? whole[0] : whole
  if (asObject(first) !== null) return yield asObject(first)!
  for (const line of head.split(/[\r\n]+/)) {
    const json = asObject(parseJson(line.replace(/^\uFEFF?\s*(data:)?\s*[[,]?/, '').replace(/[,\]]\s*$/, '')))
    if (json !== null) yield json
  }
}
