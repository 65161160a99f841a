import { asObject, parseJson } from '../../protocol/json.ts'
import type { Settings } from '../../settings.ts'
import { plain } from '../../text.ts'
import type { AuthPorts } from './authorizer.ts'
import { databricksToken, tokenUrlOf } from '../../vendors/databricks/tokens.ts'
import { askForToken, tokenIn, tokenMissing } from './ask-for-token.ts'
import type { TokenQuestion } from './ask-for-token.ts'
import type { FetchToken } from './token.ts'

/** Tokens of a service principal for the identity of a job of GitHub Actions: no secret is stored anywhere. */
export function oidcToken(settings: Settings, ports: AuthPorts): FetchToken {
  const audience = settings.oidcAudience ?? tokenUrlOf(settings).href
  return async (signal) => {
    const identity = await jobIdentity(settings, audience, ports, signal)
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: identity,
      client_id: settings.clientId ?? '',
    }
    return databricksToken(settings, { form, headers: {}, refused: policyFor(identity, audience) }, ports, signal)
  }
}

/** The signed text in which GitHub says which job this is. */
async function jobIdentity(
  settings: Settings,
  audience: string,
  { clock, hide }: AuthPorts,
  signal: AbortSignal,
): Promise<string> {
  // Settings that ask for it have been found to have it.
  const { url: base, token } = settings.githubIdentity!
  const url = new URL(base)
  url.searchParams.set('audience', audience)
  const permission =
    'give the job permissions: id-token: write, also the job that calls a reusable workflow; pull requests of forks never have it'
  const question: TokenQuestion = {
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${token}` },
    body: null,
    who: "GitHub's identity service",
    refused: permission,
    misplaced: permission,
    unreachable: 'check that the runner reaches the host of ACTIONS_ID_TOKEN_REQUEST_URL; `proxy` if one is needed',
  }
  const identity = tokenIn(await askForToken(question, settings, clock, signal), 'value')
  if (identity === null) throw tokenMissing(question)
  hide(identity)
  return identity
}

/** What the federation policy of the service principal must say for this job. None of it is secret. */
function policyFor(identity: string, audience: string): string {
  const claims = asObject(parseJson(Buffer.from(identity.split('.')[1] ?? '', 'base64url').toString('utf8')))
  const said = (name: string): string => {
    const value = claims?.[name]
    return typeof value === 'string' ? plain(value, 200) : 'unknown'
  }
  return (
    'check `client-id`, and that the service principal has a federation policy for this job: ' +
    `issuer ${said('iss')}, subject ${said('sub')}, audience ${plain(audience, 200)} (\`oidc-audience\`)`
  )
}
