import type { AuthForm } from './auth-form.ts'
import { denialOf, GEMINI_PATHS, type Denial, type Look } from './denial.ts'
import { signatureProblem, type ReceivedRequest } from './sigv4.ts'
import { basicCredentials, type TokenOffice } from './token-office.ts'

export interface GateOptions {
  /** Null: where the API of the path wants the key, as soon as there is something to check. */
  readonly auth: AuthForm | null
  /** Null accepts any key of the right form. */
  readonly apiKey: string | null
  /** Access key of AWS. */
  readonly clientId: string | null
  readonly clientSecret: string | null
}

/** Whether what a request carries is right; the denial speaks as the API of its path does. Null lets it in. */
export type Gate = (request: ReceivedRequest) => Denial | null

const WORKSPACE_PATHS = /^\/(serving-endpoints|ai-gateway|api\/2\.0)\//

/** The gate in front of the model and of the pages that are not for everybody. */
export function createGate(
  { auth, apiKey, clientId, clientSecret }: GateOptions,
  tokens: Pick<TokenOffice, 'stateOf'>,
  nowMs: () => number = Date.now,
): Gate {
  const awsKey = clientId !== null && clientSecret !== null ? { id: clientId, secret: clientSecret } : null
  if (auth?.kind === 'aws-sigv4' && awsKey === null) throw new Error('aws-sigv4 needs an access key id and its secret')
  const key = (given: string | undefined): Look =>
    given === undefined || given === '' ? 'missing' : apiKey === null || given === apiKey ? 'good' : 'wrong'
  const bearer = (request: ReceivedRequest): string | undefined =>
    /^bearer (.+)$/i.exec(header(request, 'authorization') ?? '')?.[1]

  function token(request: ReceivedRequest): Look {
    const given = bearer(request)
    if (given === undefined) return 'missing'
    const state = tokens.stateOf(given)
    return state === 'unknown' ? 'wrong' : state
  }
  function basic(request: ReceivedRequest, wanted: string | null): Look {
    const given = basicCredentials(header(request, 'authorization'))
    if (given === null) return 'missing'
    return wanted === null || given.join(':') === wanted ? 'good' : 'wrong'
  }
  function signed(request: ReceivedRequest): Denial | null {
    const problem = signatureProblem(request, awsKey!, 'bedrock', nowMs())
    if (problem === null) return null
    return { status: 403, message: problem.message, headers: { 'x-amzn-errortype': problem.type } }
  }
  /** A Databricks workspace takes a key as a bearer token or as the password of the user `token`, and its own tokens. */
  function workspace(request: ReceivedRequest): Look {
    const own = token(request)
    if (own === 'good' || own === 'expired' || apiKey === null) return own
    const asPassword = basic(request, `token:${apiKey}`)
    return asPassword === 'missing' ? key(bearer(request)) : asPassword
  }
  /** The place where the API of this path wants a key. */
  function ownPlace(request: ReceivedRequest): Look {
    const { target } = request
    // Without a key there are only the tokens that were given out.
    if (WORKSPACE_PATHS.test(target) || apiKey === null) return workspace(request)
    // Newer clients of Anthropic send their key as a bearer token.
    if (target.startsWith('/v1/messages')) return key(header(request, 'x-api-key') ?? bearer(request))
    if (GEMINI_PATHS.test(target)) return key(header(request, 'x-goog-api-key') ?? queryKey(target))
    if (target.startsWith('/openai/')) return key(header(request, 'api-key') ?? bearer(request))
    // The model lists of Anthropic and of OpenAI have one path.
    if (target.startsWith('/v1/models')) return key(header(request, 'x-api-key') ?? bearer(request))
    return key(bearer(request))
  }

  return (request) => {
    switch (auth?.kind) {
      case undefined:
        if (awsKey !== null && header(request, 'authorization')?.startsWith('AWS4-') === true) return signed(request)
        return apiKey === null && clientId === null ? null : denialOf(request.target, ownPlace(request))
      case 'bearer':
        return denialOf(request.target, key(bearer(request)))
      case 'header':
        return denialOf(request.target, key(header(request, auth.name)))
      case 'basic':
        return denialOf(request.target, basic(request, apiKey))
      case 'oauth':
        return denialOf(request.target, token(request))
      case 'aws-sigv4':
        return signed(request)
    }
  }
}

function header({ headers }: ReceivedRequest, name: string): string | undefined {
  return headers[name]?.[0]
}

function queryKey(target: string): string | undefined {
  return new URL(target, 'http://127.0.0.1').searchParams.get('key') ?? undefined
}
