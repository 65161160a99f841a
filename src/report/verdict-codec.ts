import { asciiSigns } from './ascii-signs.ts'
import { MAXIMUM_TEXT } from './run-report-schema.ts'
import { decodeStrict } from './strict-json.ts'
import { VERDICT_SCHEMA } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { verdictSchema } from './verdict-schema.ts'
import { migrate } from './versions.ts'

/** A text that is not a verdict. The message names the path of what is wrong. */
export class VerdictError extends Error {
  readonly code = 'verdict'
  override readonly name = 'VerdictError'
}

const MAXIMUM_LENGTH = 4 * 1024 * 1024

/**
 * The verdict as JSON text. It is read back first: what cannot be read is never written. Absurdly long texts are cut, so
 * that they cannot cost the verdict.
 *
 * @throws VerdictError
 */
export function encodeVerdict(verdict: Verdict): string {
  const cut = (_: string, value: unknown) => (typeof value === 'string' ? value.slice(0, MAXIMUM_TEXT) : value)
  return asciiSigns(JSON.stringify(decodeVerdict(JSON.stringify(verdict, cut)), null, 2))
}

/**
 * Reads a verdict of this or an older version. Unknown fields are ignored; missing, misshapen, infinite or oversized ones
 * are refused.
 *
 * @throws VerdictError
 */
export function decodeVerdict(text: string): Verdict {
  return decodeStrict(text, {
    what: 'verdict',
    schema: verdictSchema,
    maximumLength: MAXIMUM_LENGTH,
    migrate: (value) => migrate(value, { current: VERDICT_SCHEMA, migrations: {}, error: VerdictError }),
    error: VerdictError,
  })
}
