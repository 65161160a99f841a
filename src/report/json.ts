import type { z } from 'zod'
import { escapeForTerminal } from '../text.ts'
import { MAXIMUM_TEXT } from './schema-parts.ts'

/** How a format is read. */
interface StrictFormat<T> {
  /** What the text is called in errors, for example `report`. */
  readonly what: string
  readonly schema: z.ZodType<T>
  /** Characters; a longer text is refused. */
  readonly maximumLength: number
  /** Converts what an older version wrote. */
  readonly migrate?: (value: unknown) => unknown
  readonly error: new (message: string, options?: ErrorOptions) => Error
}

/**
 * Reads JSON that anyone may have written: bounded, without `__proto__` anywhere, and checked by the schema, which
 * drops unknown members.
 *
 * @throws the error of the format, whose message names the path of what is wrong.
 */
export function decodeStrict<T>(text: string, format: StrictFormat<T>): T {
  const { what, schema, migrate = (value: unknown) => value } = format
  // `jitless`: generating code for the schema takes longer than reading some hundred runs, and some places forbid
  // code made at run time.
  const result = schema.safeParse(migrate(parseJson(text, format)), { jitless: true })
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

/** Converts what one version wrote to the next version. */
type Migration = (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** A format with its name and version, for example `plateau/history@1`, and the migrations from older versions. */
interface VersionedFormat {
  readonly current: string
  /** By the version that they start from. */
  readonly migrations: Readonly<Record<number, Migration>>
  /** What is thrown for a newer version. */
  readonly error: new (message: string) => Error
}

/**
 * Migrates a value of an older version step by step to the current one. Anything not of this format is returned
 * unchanged, for the schema to reject.
 *
 * @throws `error` for a newer version, which this one cannot know.
 */
export function migrateJson(value: unknown, { current, migrations, error: NewerError }: VersionedFormat): unknown {
  const [format, wanted] = current.split('@') as [string, string]
  let migrated = value
  for (;;) {
    const version = versionOf(migrated, format)
    if (version === null || version === Number(wanted)) return migrated
    if (version > Number(wanted)) {
      throw new NewerError(`schema: is ${format}@${version}, which a newer version of Plateau wrote; update Plateau`)
    }
    const migration = migrations[version]
    if (migration === undefined) return migrated
    migrated = { ...migration(migrated as Record<string, unknown>), schema: `${format}@${version + 1}` }
  }
}

/** The version of a value of this format; null for anything else. */
function versionOf(value: unknown, format: string): number | null {
  if (value === null || typeof value !== 'object' || !('schema' in value)) return null
  const [, version] = (typeof value.schema === 'string' && /@(\d{1,6})$/.exec(value.schema)) || []
  return version !== undefined && value.schema === `${format}@${version}` ? Number(version) : null
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
