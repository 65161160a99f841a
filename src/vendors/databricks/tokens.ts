import type { Settings } from '../../settings.ts'
import { isRouteOptimised } from './urls.ts'
import { TOKEN_PATH } from '../../settings/values/urls.ts'
import type { AuthPorts } from '../../load/auth/authorizer.ts'
import { askForToken, tokenIn, tokenMissing } from '../../load/auth/ask-for-token.ts'
import type { TokenQuestion } from '../../load/auth/ask-for-token.ts'
import type { Token } from '../../load/auth/token.ts'

/** What one way of asking a workspace for a token differs in from the other. */
export interface Grant {
  readonly form: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** What to do when the workspace says no. */
  readonly refused: string
}

/** Where the tokens of these settings come from. */
export function tokenUrlOf({ tokenUrl, endpoint }: Pick<Settings, 'tokenUrl' | 'endpoint'>): URL {
  return tokenUrl ?? new URL(TOKEN_PATH, endpoint.origin)
}

/** Asks the workspace for a token. Throws EndpointError. */
export async function databricksToken(
  settings: Settings,
  { form, headers, refused }: Grant,
  { clock }: AuthPorts,
  signal: AbortSignal,
): Promise<Token> {
  const question: TokenQuestion = {
    method: 'POST',
    url: tokenUrlOf(settings),
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, scope: 'all-apis', ...ofRoute(settings.endpoint) }).toString(),
    who: 'the token endpoint',
    refused,
    misplaced: 'is this the host of a Databricks workspace? if not, set `token-url` to the workspace of the endpoint',
    unreachable: 'check the host of `endpoint` (or `token-url`) and the network; `proxy` if one is needed',
  }
  const members = await askForToken(question, settings, clock, signal)
  const value = tokenIn(members, 'access_token')
  if (value === null) throw tokenMissing(question)
  return { value, lifetimeMs: lifetimeOf(members['expires_in']) }
}

/** A route-optimised endpoint takes only tokens that name it: by the first label of its host. */
function ofRoute(endpoint: URL): Readonly<Record<string, string>> {
  if (!isRouteOptimised(endpoint)) return {}
  const detail = {
    type: 'workspace_permission',
    object_type: 'serving-endpoints',
    object_path: `/serving-endpoints/${endpoint.hostname.split('.')[0]}`,
    actions: ['query_inference_endpoint'],
  }
  return { authorization_details: JSON.stringify([detail]) }
}

/** Seconds, as a number or as text; null when nothing usable is said. */
function lifetimeOf(expiresIn: unknown): number | null {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? 1000 * seconds : null
}
