import type { SettingProblem } from '../errors.ts'
import type { ApiName, WayWord } from '../vocabulary/endpoint-names.ts'

/** A way of authentication for the endpoints of one owner: a word of `auth`. It fetches tokens, or signs requests. */
export interface AuthWay {
  readonly word: WayWord
  /** The settings that hold its credentials, or say where to send them. */
  readonly settings: readonly CredentialSetting[]
  /** The variables that it takes from the environment, which no setting holds. Other tools set them. */
  readonly variables: readonly CredentialVariable[]
  /** The setting or the variable with its secret, without which it cannot authenticate. */
  readonly secret: { readonly setting: CredentialSetting } | { readonly variable: string }
  /** The headers that it sets, in lower case. */
  readonly headers: readonly string[]
  /** Problems of its credentials, and of where they would be sent. */
  findProblems(facts: AuthFacts): Iterable<SettingProblem>
  /** Fetches a token, which is sent as a bearer token and renewed before it expires. */
  fetchToken?(credentials: Credentials, ports: TokenPorts): Promise<Token>
  /**
   * Creates the function that signs each request at a time of the wall clock; it returns the headers to add, in lower
   * case.
   */
  createSigner?(credentials: Credentials): (request: SignedRequest, at: Date) => Readonly<Record<string, string>>
}

/** The settings that hold credentials other than a key, or say where to send them. */
export type CredentialSetting = 'client-id' | 'client-secret' | 'token-url' | 'oidc-audience'

/** A variable of the environment. */
interface CredentialVariable {
  readonly name: string
  /** It must never be shown. */
  readonly isSecret: boolean
}

/** What a way takes from the environment, by variable; trimmed and never empty. */
export type Variables = Readonly<Record<string, string>>

/** The settings for the checks of a way: null was not given; undefined could not be read and contradicts nothing. */
export interface AuthFacts {
  readonly endpoint: URL | null | undefined
  readonly api: ApiName | 'auto' | undefined
  readonly clientId: string | null | undefined
  readonly clientSecret: string | null | undefined
  readonly tokenUrl: URL | null | undefined
  readonly variables: Variables
  /** Where users can fix a problem: the command has flags, the action inputs. */
  readonly entry: 'command' | 'action'
  /** How a setting is written there. */
  readonly spell: (setting: string) => string
}

/** The checked settings of a way. */
export interface Credentials {
  readonly endpoint: URL
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly tokenUrl: URL | null
  readonly oidcAudience: string | null
  readonly variables: Variables
}

/** One request, as far as authentication depends on it. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** '' for a GET. */
  readonly body: string
}

/** A bearer token. */
export interface Token {
  readonly value: string
  /** How long it is valid, in milliseconds; null when not known. */
  readonly lifetimeMs: number | null
}

/** What fetching a token needs from outside. */
export interface TokenPorts {
  /** Asks a token service. Throws EndpointError. */
  readonly ask: (question: TokenQuestion) => Promise<TokenAnswer>
  /** From now on this text is hidden. */
  readonly hide: (secret: string) => void
}

/** A token service, and how to ask it. */
export interface TokenQuestion {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** The member of the answer that holds the token. */
  readonly member: string
  /** Its name in a sentence: `the token endpoint`. */
  readonly who: string
  /** True for GitHub's: the endpoint's client certificate and `insecure-tls` do not apply to it. */
  readonly isGithubs?: true
  /** What to do when it refuses. */
  readonly refused: string
  /** What to do when something else seems to answer (a page, another path, a redirect). */
  readonly misplaced: string
  /** What to do when nobody answers. */
  readonly unreachable: string
}

/** The token, and all members of the answer. */
export interface TokenAnswer {
  readonly token: string
  readonly members: Readonly<Record<string, unknown>>
}
