/** What became of a look at a credential. */
export type Look = 'good' | 'missing' | 'wrong' | 'expired'

/** A refusal of who asks, in the words of an API; its error body is the API's own. */
export interface Denial {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

type Words = Readonly<Record<Exclude<Look, 'good'>, Denial>>

/** The denial of a request to `target`, or null when what it carries is good. */
export function denialOf(target: string, look: Look): Denial | null {
  if (look === 'good') return null
  const [, words] = WORDS.find(([path]) => path.test(target)) ?? [null, OPENAI]
  return words[look]
}

function words(status: number, missing: string, wrong: string, expired = wrong): Words {
  const say = (message: string): Denial => ({ status, message })
  return { missing: say(missing), wrong: say(wrong), expired: say(expired) }
}

/** Its methods, which its own client asks for under `/v1`, and its pages. */
export const GEMINI_PATHS = /^\/(v1beta\/|v1\/models\/[^/:?]+:)/

const OPENAI = words(
  401,
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth",
  'Incorrect API key provided',
  'The access token has expired',
)

/** What the APIs say on their paths. */
const WORDS: readonly (readonly [path: RegExp, words: Words])[] = [
  [
    /^\/(serving-endpoints|ai-gateway|api\/2\.0)\//,
    {
      missing: { status: 401, message: 'Credential was not sent or was of an unsupported type for this API.' },
      wrong: { status: 403, message: 'Invalid access token.' },
      expired: {
        status: 401,
        message: 'Access token is expired',
        headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Access token is expired"' },
      },
    },
  ],
  [/^\/v1\/messages/, words(401, 'x-api-key header is required', 'invalid x-api-key')],
  [
    GEMINI_PATHS,
    {
      ...words(
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
  ],
  [
    /^\/openai\//,
    words(
      401,
      'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
      'Access denied due to invalid subscription key or wrong API endpoint.',
    ),
  ],
  [
    /^\/model\//,
    {
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
  ],
  [/^\/v[12]\/(chat|embed|generate)$/, words(401, 'no api key supplied', 'invalid api token')],
]
