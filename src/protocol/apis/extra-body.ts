import { asObject } from '../json.ts'

/**
 * A body with the members that the user adds to it. Where both have an object of one name (`options`, `parameters`), the
 * user's members are added to ours, so that asking for one more option does not take the output length away.
 */
export function addExtraBody(
  body: Record<string, unknown>,
  extraBody: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = { ...body }
  for (const [name, value] of Object.entries(extraBody)) {
    const ours = asObject(body[name])
    const theirs = asObject(value)
    merged[name] = ours === null || theirs === null ? value : { ...ours, ...theirs }
  }
  return merged
}
