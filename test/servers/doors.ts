import { readBearer, sayDenials, readHeader, checkKeyAt, OPENAI_DOOR, type Door } from '../../src/simulator/guard.ts'
import { SHIPPED } from '../../src/simulator/repertoire.ts'
import { awsSignature } from './sigv4.ts'

const ANTHROPIC: Door = {
  paths: /^\/v1\/messages/,
  pages: null,
  api: null,
  // Newer clients of Anthropic send their key as a bearer token.
  proof: checkKeyAt((request) => readHeader(request, 'x-api-key') ?? readBearer(request)),
  denials: sayDenials(401, 'x-api-key header is required', 'invalid x-api-key'),
}

const GEMINI: Door = {
  // Its methods, which its own client asks for under `/v1`, and its pages.
  paths: /^\/(v1beta\/|v1\/models\/[^/:?]+:)/,
  pages: /^\/v1beta\//,
  api: 'gemini',
  proof: checkKeyAt((request) => readHeader(request, 'x-goog-api-key') ?? queryKey(request.target)),
  denials: {
    ...sayDenials(
      400,
      '',
      'API key not valid. Please pass a valid API key.',
      'API key expired. Please renew the API key.',
    ),
    missing: {
      status: 403,
      message:
        "Method doesn't allow unregistered callers (callers without established identity). " +
        'Please use API Key or other form of API consumer identity to call this API.',
    },
  },
}

/** The model lists of Anthropic and of OpenAI have one path. */
const MODEL_LISTS: Door = {
  ...OPENAI_DOOR,
  paths: /^\/v1\/models/,
  proof: checkKeyAt((request) => readHeader(request, 'x-api-key') ?? readBearer(request)),
}

const BEDROCK: Door = {
  paths: /^\/model\//,
  pages: null,
  api: null,
  proof(request, keys) {
    const isSigned = readHeader(request, 'authorization')?.startsWith('AWS4-') === true
    const { clientId, clientSecret } = keys
    return isSigned && clientId !== null && clientSecret !== null
      ? awsSignature(request, keys)
      : bearerKey(request, keys)
  },
  denials: {
    missing: {
      status: 403,
      message: 'Missing Authentication Token',
      headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
    },
    wrong: {
      status: 403,
      message: 'Authentication failed: Please make sure your API Key is valid.',
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
    },
    expired: {
      status: 403,
      message: 'The security token included in the request is expired',
      headers: { 'x-amzn-errortype': 'ExpiredTokenException' },
    },
  },
}

const COHERE: Door = {
  ...OPENAI_DOOR,
  paths: /^\/v[12]\/(chat|embed|generate)$/,
  denials: sayDenials(401, 'no api key supplied', 'invalid api token'),
}

/** Where every API wants its key; the last door has all paths that are left. */
export const ALL_DOORS: readonly Door[] = [ANTHROPIC, GEMINI, MODEL_LISTS, BEDROCK, COHERE, ...SHIPPED.doors]

const bearerKey = checkKeyAt(readBearer)

function queryKey(target: string): string | undefined {
  return new URL(target, 'http://127.0.0.1').searchParams.get('key') ?? undefined
}
