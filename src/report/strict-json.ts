import { z } from 'zod'
import { escapeForTerminal } from '../text.ts'
import { CLUES } from './clues.ts'
import { LEVEL_STATES, PLATEAU_STATES } from '../vocabulary/load.ts'
import { RATE_FIELDS } from '../vocabulary/metrics.ts'

/** The name and version that a text states under `schema`, for example `plateau/history@1`, and what is thrown for a newer one. */
interface FormatVersion {
  readonly current: string
  readonly error: new (message: string) => Error
}

/** How a format is read. */
interface StrictFormat<T> {
  /** What the text is called in errors, for example `report`. */
  readonly what: string
  readonly schema: z.ZodType<T>
  /** Characters; a longer text is refused. */
  readonly maximumLength: number
  /** For a format whose texts may be of a newer version of this program. */
  readonly version?: FormatVersion
  readonly error: new (message: string, options?: ErrorOptions) => Error
}

/**
 * Reads JSON that anyone may have written: bounded, without `__proto__` anywhere, and checked by the schema, which
 * drops unknown members.
 *
 * @throws the error of the format, whose message names the path of what is wrong.
 */
export function decodeStrict<T>(text: string, format: StrictFormat<T>): T {
  const { what, schema, version } = format
  const value = parseJson(text, format)
  if (version !== undefined) refuseNewer(value, version)
  // `jitless`: generating code for the schema takes longer than reading some hundred runs, and some places forbid
  // code made at run time.
  const result = schema.safeParse(value, { jitless: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  const message = (issue?.message ?? `not a ${what}`).replace(/received undefined$/, 'received nothing')
  throw new format.error(`${pathOf(issue?.path ?? [], what)}: ${message}`)
}

/**
 * The JSON text of a value, decoded first: what cannot be read is never written. Absurdly long texts by others (names of models, say) are cut,
 * so that they cannot make it unreadable.
 *
 * @throws as `decode` does.
 */
export function encodeStrict<T>(value: T, decode: (text: string) => T): string {
  const cut = (_: string, member: unknown) => (typeof member === 'string' ? member.slice(0, MAXIMUM_TEXT) : member)
  return escapeSigns(JSON.stringify(decode(JSON.stringify(value, cut)), null, 2))
}

/** Some editors begin a UTF-8 file with a mark that is not part of the JSON. */
export function dropByteOrderMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}

function parseJson(text: string, { what, maximumLength, error: FormatError }: StrictFormat<unknown>): unknown {
  if (text.length > maximumLength) throw new FormatError(`the ${what} is longer than ${maximumLength} characters`)
  try {
    const json = dropByteOrderMark(text)
    // A look at every member takes several times as long as reading the text, and few texts could name that one.
    if (!/__proto__|\\u/.test(json)) return JSON.parse(json)
    return JSON.parse(json, (key, value: unknown) => {
      if (key === '__proto__') throw new FormatError(`the ${what} has a member "__proto__"`)
      return value
    })
  } catch (error) {
    if (error instanceof FormatError) throw error
    throw new FormatError(`the ${what} is not JSON`, { cause: error })
  }
}

/** `levels[0].ttftMs.p50` */
function pathOf(path: readonly PropertyKey[], what: string): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${escapeForTerminal(String(key))}`)).join('')
  return text === '' ? what : text.replace(/^\./, '')
}

/**
 * Refuses what a newer version of this program wrote; anything else is left to the schema.
 *
 * @throws `error` of the version.
 */
function refuseNewer(value: unknown, { current, error: NewerError }: FormatVersion): void {
  if (value === null || typeof value !== 'object' || !('schema' in value) || typeof value.schema !== 'string') return
  const [format, known] = current.split('@') as [string, string]
  const [, version] = /@(\d{1,6})$/.exec(value.schema) ?? []
  if (version === undefined || value.schema !== `${format}@${version}` || Number(version) <= Number(known)) return
  throw new NewerError(`schema: is ${value.schema}, which a newer version of Plateau wrote; update Plateau`)
}

/**
 * The JSON with control, format and bidirectional signs escaped, because terminals and browsers show reports, and
 * servers write parts of them.
 */
export function escapeSigns(json: string): string {
  return json.replace(/[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

// What the schemas of stored files are made of. Everything is bounded: a file may come from anyone.

export const MAXIMUM_LEVELS = 64
export const MAXIMUM_PASSES = 1000
/** Characters of any one text. */
const MAXIMUM_TEXT = 20_000

/** A measured quantity: finite and never negative. */
export const figure = z.number().min(0).max(1e15)
/** A part of a whole. */
export const share = z.number().min(0).max(1)
export const count = z.int().min(0).max(1e12)
/** What a level is known by: workers, or requests a second, of which there may be less than one. */
export const concurrency = z.number().min(0.001).max(1_000_000)
/** A text that may come from outside. */
export const name = z.string().max(MAXIMUM_TEXT)
/** Texts in which no secrets are hidden: those that only this program writes, and those that identify a series. */
export const OUR_WORDS = z.registry<Record<string, never>>()
/** A code, the name of an API or of a series, the text of a limit. */
export const word = z.string().max(MAXIMUM_TEXT).register(OUR_WORDS, {})

/** The same schema for each of these fields. */
export function schemasOf<Field extends string, Schema extends z.ZodType>(
  fields: readonly Field[],
  schema: Schema,
): Readonly<Record<Field, Schema>> {
  return Object.fromEntries(fields.map((field) => [field, schema])) as Record<Field, Schema>
}

/** An object that may have each of these members. */
export function someOf<Name extends string, Value>(
  names: readonly Name[],
  schema: z.ZodType<Value>,
): z.ZodType<Partial<Record<Name, Value>>> {
  const shape = schemasOf(names, schema.exactOptional())
  return z.object(shape) as unknown as z.ZodType<Partial<Record<Name, Value>>>
}

export const clues = someOf(CLUES, figure)

/** Each concurrency once, the lowest first. */
export function refineRising<Level extends { readonly concurrency: number }>(
  levels: z.ZodType<Level[]>,
): z.ZodType<readonly Level[]> {
  return levels.refine(
    (all) => all.every(({ concurrency }, i) => i === 0 || concurrency > all[i - 1]!.concurrency),
    'must be by rising concurrency',
  )
}

export const levelState = z.enum(LEVEL_STATES)
export const plateauState = z.enum(PLATEAU_STATES)
export const throughputMetric = z.enum(RATE_FIELDS)
