import { secretValuesOf } from '../settings/extra-body-secrets.ts'
import { basicPair, secretVariablesIn } from '../settings/auth.ts'
import type { Settings } from '../settings.ts'

/** Shorter words of headers and bodies are names, not keys. */
const SHORTEST_SECRET = 8

/** No secret of the settings may show, even when a server echoes it. */
export function hideSecrets(settings: Settings, output: { readonly hide: (secret: string) => void }): void {
  const { headers, extraBody, proxy, endpoint } = settings
  for (const secret of credentialsOf(settings)) output.hide(secret)
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

/** What proves who asks, also as it is joined before it is encoded for `Basic`. */
function credentialsOf({ apiKey, auth, clientId, clientSecret, variables }: Settings): readonly string[] {
  const secrets: string[] = []
  if (apiKey !== null) secrets.push(apiKey)
  if (apiKey !== null && auth.kind === 'basic') {
    const pair = basicPair(apiKey)
    secrets.push(pair, pair.slice(pair.indexOf(':') + 1))
  }
  if (clientSecret !== null) secrets.push(clientSecret, `${clientId}:${clientSecret}`)
  return [...secrets, ...secretVariablesIn(auth.kind, variables).map((name) => variables[name]!)]
}

/** A password as it was meant; as it stands when it is not well-formed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
