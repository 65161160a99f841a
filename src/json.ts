/** Looking into JSON that others wrote: each reader gives null for whatever is not what it asks for. */

export type Json = Readonly<Record<string, unknown>>

/** A JSON object. */
export function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
}

/** A JSON array. */
export function asArray(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null
}

/** A text with at least one character. White space is text. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A finite number. */
export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
