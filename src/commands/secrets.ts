import { secretValuesOf } from '../settings/extra-body-secrets.ts'
import type { Settings } from '../settings.ts'
import type { Output } from './output.ts'

/** Shorter words of headers and bodies are names, not keys. */
const SHORTEST_SECRET = 8

/** No secret of the settings may show, even when a server echoes it. */
export function hideSecrets(
  { apiKey, headers, extraBody, proxy, endpoint }: Settings,
  output: Pick<Output, 'hide'>,
): void {
  if (apiKey !== null) output.hide(apiKey)
  for (const value of [...Object.values(headers), ...secretValuesOf(extraBody)]) {
    // The token of "Bearer <token>" is one alone, too.
    for (const part of [value, ...value.split(/[\s,;=]+/)]) if (part.length >= SHORTEST_SECRET) output.hide(part)
  }
  if (proxy !== null && proxy.password !== '')
    for (const form of [proxy.password, decoded(proxy.password)]) output.hide(form)
  for (const value of endpoint.searchParams.values()) output.hide(value)
  // As they stand in the URL, and those without a name.
  for (const pair of endpoint.search.slice(1).split('&')) output.hide(pair.slice(pair.indexOf('=') + 1))
}

/** A password as it was meant; as it stands when it is not well-formed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
