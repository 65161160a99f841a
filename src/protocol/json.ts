/** A JSON object, or null for anything else: the one place where an answer's shape is taken on trust from nobody. */
export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** A text with at least one character, or null. White space is text. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** More than any answer or context has: a larger count is nonsense. */
const MOST_TOKENS = 1_000_000_000

/** A token count: a whole number of at least 0, or null. */
export function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : null
}

/** A time in milliseconds: a finite number above 0 (0 stands for a time that was not taken), or null. */
export function asMs(value: unknown): number | null {
  return typeof value === 'number' && value > 0 && value < Infinity ? value : null
}

/** `JSON.parse` that answers undefined (which no JSON text means) instead of throwing. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
