import type { ToolName } from '../vocabulary/tools.ts'
import { asNumber, asObject } from '../json.ts'
import type { Json } from '../json.ts'

/** One time over the requests of a level as a tool states it, in milliseconds; null is what it does not state. */
export interface StatedTime {
  readonly mean: number | null
  readonly sd: number | null
  readonly min: number | null
  readonly max: number | null
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** The times that a tool may state of a level, by their fields in a report. */
export const STATED_TIMES = ['ttftMs', 'ttfoMs', 'tpotMs', 'interChunkMs', 'latencyMs'] as const
export type StatedTimeField = (typeof STATED_TIMES)[number]

/** One measurement at one load. */
export interface StatedLevel extends Readonly<Record<StatedTimeField, StatedTime | null>> {
  /** Null where the result does not say it. */
  readonly concurrency: number | null
  /** Requests a second, sent without waiting for answers; 0 where the result does not say how many, null in a closed loop. */
  readonly rate: number | null
  /** The form of the gaps between them, as `arrivals` writes it; null where the result does not say it. */
  readonly arrivals: string | null
  /** How many of them may be under way at once; null: no bound. */
  readonly maxInFlight: number | null
  readonly ok: number
  readonly failed: number
  readonly seconds: number
  readonly outputTokensPerSecond: number | null
  readonly inputTokensPerSecond: number | null
  readonly requestsPerSecond: number | null
  /** Mean requests in flight; null where it is not stated. */
  readonly inFlight: number | null
  /** Why it ended before it was done, as half a sentence; null where it did not. */
  readonly cut: string | null
}

/** What one file says, in the words of the tool. */
export interface ToolResult {
  readonly tool: ToolName
  /** Of the tool; null where it is not stated. */
  readonly version: string | null
  /** ISO 8601; null where it is not stated. */
  readonly startedAt: string | null
  readonly model: string | null
  /** `host:port`; null where it is not stated. */
  readonly host: string | null
  /** One of our names of APIs, or null. */
  readonly api: string | null
  readonly task: 'chat' | 'completions' | 'embeddings'
  /** Tokens of a request as they were asked for; null where that is not stated. */
  readonly inputTokens: string | null
  readonly outputTokens: string | null
  /** When a level was to end: after so many requests, after so many seconds. */
  readonly levelRequests: number | null
  readonly levelSeconds: number | null
  readonly levels: readonly StatedLevel[]
  /** What a reader must know about how it was read, a sentence each. */
  readonly notes: readonly string[]
}

/** A result that states nothing. */
export const SAYS_NOTHING = {
  version: null,
  startedAt: null,
  model: null,
  host: null,
  api: null,
  task: 'chat',
  inputTokens: null,
  outputTokens: null,
  levelRequests: null,
  levelSeconds: null,
  notes: [],
} as const satisfies Partial<ToolResult>

/** A level that states no figure. */
export const MEASURES_NOTHING = {
  concurrency: null,
  rate: null,
  arrivals: null,
  maxInFlight: null,
  ttftMs: null,
  ttfoMs: null,
  tpotMs: null,
  interChunkMs: null,
  latencyMs: null,
  outputTokensPerSecond: null,
  inputTokensPerSecond: null,
  requestsPerSecond: null,
  inFlight: null,
  cut: null,
} as const satisfies Partial<StatedLevel>

/** A text that is a known form and holds nothing that can be judged. The message says what is missing, after the name of the file. */
export class ResultError extends Error {
  override readonly name = 'ResultError'
}

/** A form of results: how it is recognised by its content, and how it is read. */
export interface ResultForm {
  /** The tool, and what it calls the file. */
  readonly name: string
  /** Names of forms that say more about the same run: where one of them is in the same folder, this one is left out. */
  readonly yieldsTo: readonly string[]
  /** The result; null where the text is of another form. @throws ResultError where it is this one, and holds nothing to judge. */
  read(text: string, json: Json | null): ToolResult | null
}

/** A form that is JSON. */
export function defineJsonForm(
  name: string,
  matches: (json: Json) => boolean,
  read: (json: Json) => ToolResult,
  yieldsTo: readonly string[] = [],
): ResultForm {
  return { name, yieldsTo, read: (_, json) => (json !== null && matches(json) ? read(json) : null) }
}

/** A form that is text. */
export function defineTextForm(
  name: string,
  matches: (text: string) => boolean,
  read: (text: string) => ToolResult,
  yieldsTo: readonly string[] = [],
): ResultForm {
  return { name, yieldsTo, read: (text) => (matches(text) ? read(text) : null) }
}

/** What to note of a file in a newer form of its tool than was looked at; nothing where it is not newer. */
export function noteNewerForm(tool: string, version: string | number | null, newest: number): readonly string[] {
  return version !== null && Number.parseInt(String(version), 10) > newest
    ? [`The file is of version ${version} of ${tool}'s form, newer than ${newest}: it is read as far as that is known.`]
    : []
}

/** The largest number that counts as a figure. */
const MOST = 1e15

/** A number that can be a figure: finite and not negative; else null. */
export function readFigure(value: unknown): number | null {
  const number = asNumber(value)
  return number === null || number < 0 || number > MOST ? null : number
}

/** A figure above zero: a rate or a length of 0 stands for one that was not measured. */
export function readPositive(value: unknown): number | null {
  const figure = readFigure(value)
  return figure === 0 ? null : figure
}

/** A whole number of things; null for anything else. */
export function readCount(value: unknown): number | null {
  const figure = readFigure(value)
  return figure === null ? null : Math.round(figure)
}

/**
 * The form of the gaps between requests of a rate. A gamma distribution is known by its shape, which some call burstiness, others
 * smoothness: at 1 it is that of Poisson.
 */
export function nameArrivals(kind: string | null, shape: unknown, isRamped: boolean): string | null {
  const known = readPositive(shape)
  const isGamma = kind === 'gamma' && known !== null
  const form = !isGamma ? kind : known === 1 ? 'poisson' : `gamma(${Number((1 / Math.sqrt(known)).toPrecision(3))})`
  return form !== null && isRamped ? `${form}, ramped` : form
}

/** How many requests were in flight, at least one; null for anything else. */
export function readConcurrency(value: unknown): number | null {
  const number = asNumber(value)
  return number !== null && Number.isInteger(number) && number >= 1 && number <= 1_000_000 ? number : null
}

/** The object that these members lead to, one inside the other; an empty one where a member is no object. */
export function followMembers(value: unknown, ...members: readonly string[]): Json {
  let found = asObject(value) ?? {}
  for (const member of members) found = asObject(found[member]) ?? {}
  return found
}

/** Where the members of a summary stand that are not called as here, and the factor from its figures to milliseconds. */
export interface SummaryForm extends Readonly<Partial<Record<keyof StatedTime, readonly string[]>>> {
  readonly toMs: number
}

/** A summary of times; null where it has no median. */
export function readTime(summary: Json, form: SummaryForm): StatedTime | null {
  return collectTime((name) => {
    const path = form[name] ?? [name]
    const figure = readFigure(followMembers(summary, ...path.slice(0, -1))[path.at(-1)!])
    return figure === null ? null : figure * form.toMs
  })
}

/** A time from its figures, each in milliseconds; null where it has no median. */
export function collectTime(read: (name: keyof StatedTime) => number | null): StatedTime | null {
  const p50 = read('p50')
  if (p50 === null || p50 === 0) return null
  return {
    mean: read('mean'),
    sd: read('sd'),
    min: read('min'),
    max: read('max'),
    p50,
    p90: read('p90'),
    p95: read('p95'),
    p99: read('p99'),
  }
}

/** So many a second; null where there were none, or it is not known. */
export function computeRate(total: number | null, seconds: number): number | null {
  return total === null || total === 0 ? null : total / seconds
}

/** The `host:port` of a URL that a tool was given; null where it is none. */
export function readHost(value: unknown): string | null {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value).host || null : null
}

/** A moment as ISO 8601 from seconds since 1970; null where it is none of this century. */
export function readEpoch(seconds: unknown): string | null {
  const number = asNumber(seconds)
  if (number === null || number < 946_684_800 || number > 4_102_444_800) return null
  return new Date(number * 1000).toISOString()
}

/** A moment as ISO 8601 from a text; one without a zone is taken as UTC. */
export function readMoment(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return null
  const milliseconds = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`)
  return readEpoch(milliseconds / 1000)
}
