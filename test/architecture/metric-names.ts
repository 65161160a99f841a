import { edit, skipOthers } from './sources.ts'
import type { Complaint, Sources } from './sources.ts'

/** Who looks into the name of a metric instead of its row in the table. */

const TABLE = 'vocabulary/metrics.ts'

/**
 * The sources with names of metrics that are no texts: they can be stored, handed on and written, and whoever compares one
 * with a text, takes it to pieces or hands it to somebody who may is named by the compiler.
 */
export function hideNames(sources: Sources): Sources {
  const hidden = edit(
    sources,
    TABLE,
    'type Row = (typeof ROWS)[number]\n',
    `interface HiddenName { readonly hidden: symbol }
type Hidden<R> = R extends unknown ? Omit<R, 'name'> & { readonly name: HiddenName } : never
type Row = Hidden<(typeof ROWS)[number]>
`,
  )
  return skipOthers(hidden, [TABLE])
}

const LOOKS_INTO: readonly RegExp[] = [
  // metric.startsWith('ttft')
  /^Property '\w+' does not exist on type '.*\bHiddenName\b/,
  // metric === 'ttft-p50', case 'ttft-p50':
  /^This comparison .* the types (?:'HiddenName' and '|'.*' and 'HiddenName')/,
  /^Type '".*"' is not comparable to type 'HiddenName'/,
  // /^ttft/.test(metric), isStreamed(metric), ['ttft-p50'].includes(metric)
  /^Argument of type 'HiddenName' is not assignable to parameter of type '(?:string|".*)'/,
  // const text: string = metric
  /^Type 'HiddenName' is not assignable to type 'string'/,
]

/** Complaints about somebody who looks into a name. */
export function findLooksIntoNames(complaints: readonly Complaint[]): Complaint[] {
  return complaints.filter(({ path, message }) => path !== TABLE && LOOKS_INTO.some((pattern) => pattern.test(message)))
}

/** A part of a metric's name, as a pattern or a prefix has it. */
const PART =
  /\b(?:ttft|ttfo|tpot|inter-chunk|latency-|plateau-throughput|throughput-within|attainment|goodput|capacity|p50|p9[059])|-throughput/

/** Patterns and parts of names in the calls that would look for them, in a text of which the type says nothing. */
export function findPatternsOfNames(text: string): string[] {
  const patterns = [
    ...text.matchAll(/(?<=[=([,!?:&|>]\s*|return )\/(?![/*\s])(?:[^/\\\n]|\\.)+\/[a-z]*(?=[.,;)\]}\s]|$)/g),
  ]
  const calls =
    /(?:\.(?:startsWith|endsWith|includes|indexOf|split|search|match)|\bRegExp)\((?:String\.raw)?(['"`][^'"`\n]*)/g
  const parts = [...text.matchAll(calls)]
  return [...patterns.map(([pattern]) => pattern), ...parts.map(([, part]) => part!)].filter((found) =>
    PART.test(found),
  )
}
