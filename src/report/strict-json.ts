import type { z } from 'zod'
import { plain } from '../text.ts'

/** How a format is read. */
export interface StrictFormat<T> {
  /** What the text is called in errors, for example `report`. */
  readonly what: string
  readonly schema: z.ZodType<T>
  /** Characters; a longer text is not looked at. */
  readonly maximumLength: number
  /** Brings what an older version wrote into the shape of this one. */
  readonly migrate?: (value: unknown) => unknown
  readonly error: new (message: string, options?: ErrorOptions) => Error
}

/**
 * Reads JSON that anyone may have written: bounded, without `__proto__` anywhere, checked by the schema. What the schema
 * does not know is dropped.
 *
 * @throws the error of the format, whose message names the path of what is wrong.
 */
export function decodeStrict<T>(text: string, format: StrictFormat<T>): T {
  const { what, schema, migrate = (value: unknown) => value } = format
  const result = schema.safeParse(migrate(parseJson(text, format)))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new format.error(`${pathOf(issue?.path ?? [], what)}: ${issue?.message ?? `not a ${what}`}`)
}

/** Editors of other systems begin a UTF-8 file with a mark, which is no part of the JSON. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}

function parseJson(text: string, { what, maximumLength, error: FormatError }: StrictFormat<unknown>): unknown {
  if (text.length > maximumLength) throw new FormatError(`the ${what} is longer than ${maximumLength} characters`)
  try {
    return JSON.parse(withoutMark(text), (key, value: unknown) => {
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
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${plain(String(key))}`)).join('')
  return text === '' ? what : text.replace(/^\./, '')
}
