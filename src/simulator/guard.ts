import { suggestName } from '../settings/nearest.ts'
import type { ApiName } from '../vocabulary/endpoint-names.ts'
import { ValueError } from '../errors.ts'

/** The parts of a request that matter for authentication. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query as on the wire, still encoded. */
  readonly target: string
  /** Names in lower case; one value per header line (`headersDistinct` of node:http). */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>
  readonly body: string
}

/** The state of a token. */
export type TokenState = 'good' | 'expired' | 'unknown'

/** The state of a credential. */
export type KeyState = 'good' | 'missing' | 'wrong' | 'expired'

/** A failed authentication, in the words of an API; its error body is the API's own. */
export interface Denial {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a credential is compared with. */
export interface Keys extends Pick<GuardOptions, 'apiKey' | 'clientId' | 'clientSecret'> {
  readonly tokens: { stateOf(token: string): TokenState }
  readonly nowMs: () => number
}

/** One way of authentication. Returns a whole denial when that depends on more than the state. */
export type Proof = (request: ReceivedRequest, keys: Keys) => KeyState | Denial

/** Where the APIs of some paths want their key, and how they deny one that is not good. */
export interface Door {
  readonly paths: RegExp
  /** The API whose error body a denied page has; null for that of the played server. */
  readonly api: ApiName | null
  readonly proof: Proof
  readonly denials: Denials
  /** Pages that need the same authentication as the model; null for none. */
  readonly pages: RegExp | null
}

type Denials = Readonly<Record<Exclude<KeyState, 'good'>, Denial>>

export interface GuardOptions {
  /** Null: as the API of the path wants it, if there is something to check. */
  readonly auth: Proof | null
  /** Null accepts any key of the right form. */
  readonly apiKey: string | null
  /** OAuth credentials, or an access key. */
  readonly clientId: string | null
  readonly clientSecret: string | null
}

/** Checks the authentication of a request. Null lets it in; a denial is in the words of the path's API. */
export type Guard = (request: ReceivedRequest) => Denial | null

/** Creates the guard of the model and of protected pages. */
export function createGuard(
  { auth, ...credentials }: GuardOptions,
  doors: readonly Door[],
  tokens: Keys['tokens'],
  nowMs: () => number,
): Guard {
  const keys = { ...credentials, tokens, nowMs }
  const isOpen = auth === null && credentials.apiKey === null && credentials.clientId === null
  return (request) => {
    if (isOpen) return null
    const door = findDoor(doors, request.target)
    const state = (auth ?? door.proof)(request, keys)
    if (typeof state !== 'string') return state
    return state === 'good' ? null : door.denials[state]
  }
}

/** The first door that has a path; the last one has all other paths. */
export function findDoor(doors: readonly Door[], target: string): Door {
  return doors.find(({ paths }) => paths.test(target)) ?? doors.at(-1)!
}

/** The denials of an API; by default it says the same of an expired key as of a wrong one. */
export function sayDenials(status: number, missing: string, wrong: string, expired = wrong): Denials {
  const say = (message: string): Denial => ({ status, message })
  return { missing: say(missing), wrong: say(wrong), expired: say(expired) }
}

/** Checks a key where `find` looks. Without a key, only tokens that were given out count. */
export function checkKeyAt(find: (request: ReceivedRequest) => string | undefined): Proof {
  return (request, keys) => (keys.apiKey === null ? checkToken(request, keys) : checkKey(find(request), keys.apiKey))
}

/** The proofs that `--auth` can ask for in one word. */
export const PROOFS = {
  bearer: (request, { apiKey }) => checkKey(readBearer(request), apiKey),
  basic: (request, { apiKey }) => checkBasic(request, apiKey),
  oauth: checkToken,
} as const satisfies Readonly<Record<string, Proof>>

/** Reads one of these words or `header:<name>`; throws `ValueError`. */
export function readProof(text: string, proofs: Readonly<Record<string, Proof>> = PROOFS): Proof {
  const word = text.trim()
  if (Object.hasOwn(proofs, word)) return proofs[word]!
  const match = /^header:\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)$/.exec(word)
  if (match === null) {
    const suggestion = suggestName(word, Object.keys(proofs))
    const rest = suggestion === null ? '' : `; ${suggestion}`
    throw new ValueError(`must be one of ${Object.keys(proofs).join(', ')} or header:<name>${rest}`)
  }
  const name = match[1]!.toLowerCase()
  return (request, { apiKey }) => checkKey(readHeader(request, name), apiKey)
}

const AZURE: Door = {
  paths: /^\/openai\//,
  pages: /^/,
  api: null,
  proof: checkKeyAt((request) => readHeader(request, 'api-key') ?? readBearer(request)),
  denials: sayDenials(
    401,
    'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
    'Access denied due to invalid subscription key or wrong API endpoint.',
  ),
}

/** OpenAI's door, for all paths without their own. */
export const OPENAI_DOOR: Door = {
  paths: /^/,
  pages: /^\/(v1\/model|models$)/,
  api: null,
  proof: checkKeyAt(readBearer),
  denials: sayDenials(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth",
    'Incorrect API key provided',
    'The access token has expired',
  ),
}

/** The doors of the APIs of OpenAI's family. */
export const DOORS: readonly Door[] = [AZURE, OPENAI_DOOR]

/** Checks for a token that was given out. */
export function checkToken(request: ReceivedRequest, { tokens }: Keys): KeyState {
  const given = readBearer(request)
  if (given === undefined) return 'missing'
  const state = tokens.stateOf(given)
  return state === 'unknown' ? 'wrong' : state
}

/** Checks a key against the wanted one, if there is one. */
export function checkKey(given: string | undefined, wanted: string | null): KeyState {
  if (given === undefined || given === '') return 'missing'
  return wanted === null || given === wanted ? 'good' : 'wrong'
}

/** Checks user and password, joined by a colon. */
export function checkBasic(request: ReceivedRequest, wanted: string | null): KeyState {
  const given = readBasicCredentials(readHeader(request, 'authorization'))
  if (given === null) return 'missing'
  return wanted === null || given.join(':') === wanted ? 'good' : 'wrong'
}

/** The first line of a header. */
export function readHeader({ headers }: ReceivedRequest, name: string): string | undefined {
  return headers[name]?.[0]
}

/** The bearer token, if there is one. */
export function readBearer(request: ReceivedRequest): string | undefined {
  return /^bearer (.+)$/i.exec(readHeader(request, 'authorization') ?? '')?.[1]
}

/** User and password of a Basic header, or null when it is none. */
export function readBasicCredentials(
  authorization: string | undefined,
): readonly [user: string, password: string] | null {
  const match = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')
  if (match === null) return null
  const text = Buffer.from(match[1]!, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : [text.slice(0, colon), text.slice(colon + 1)]
}
