import type { SettingProblem } from '../errors.ts'
import type { ApiName, WayWord } from '../vocabulary/endpoint-names.ts'

/** A way to prove who asks that the endpoints of one owner take: a word of `auth`. It fetches tokens, or signs requests. */
export interface AuthWay {
  readonly word: WayWord
  /** The settings that hold its credentials, or say where they go. */
  readonly settings: readonly CredentialSetting[]
  /** What it takes from the environment and no setting holds. Others put it there, and it goes nowhere else. */
  readonly variables: readonly CredentialVariable[]
  /** The setting or the variable that is a secret of its own: without it nothing proves who asks. */
  readonly secret: { readonly setting: CredentialSetting } | { readonly variable: string }
  /** The headers that it writes, in lower case. */
  readonly headers: readonly string[]
  /** What is wrong with what it was given, and with where that would go. */
  findProblems(facts: AuthFacts): Iterable<SettingProblem>
  /** Fetches a token, which is then sent as a bearer token and fetched anew before it ends. */
  fetchToken?(credentials: Credentials, ports: TokenPorts): Promise<Token>
  /** Makes the function that signs each request, at the time of the wall clock: the headers to add, in lower case. */
  createSigner?(credentials: Credentials): (request: SignedRequest, at: Date) => Readonly<Record<string, string>>
}

/** The settings that hold credentials which are no key, or say where they go. */
export type CredentialSetting = 'client-id' | 'client-secret' | 'token-url' | 'oidc-audience'

/** A variable of the environment. */
export interface CredentialVariable {
  readonly name: string
  /** It must never be shown. */
  readonly isSecret: boolean
}

/** What a way takes from the environment, by the names of its variables; without space around, and none is empty. */
export type Variables = Readonly<Record<string, string>>

/** The settings that a way is checked with: null is not given, undefined could not be read and contradicts nothing. */
export interface AuthFacts {
  readonly endpoint: URL | null | undefined
  readonly api: ApiName | 'auto' | undefined
  readonly clientId: string | null | undefined
  readonly clientSecret: string | null | undefined
  readonly tokenUrl: URL | null | undefined
  readonly variables: Variables
  /** Whose reader can change what is wrong: the command has flags, the action inputs. */
  readonly entry: 'command' | 'action'
  /** How a setting is spelt where it is given. */
  readonly spell: (setting: string) => string
}

/** What a way proves with: settings that were found to be right. */
export interface Credentials {
  readonly endpoint: URL
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly tokenUrl: URL | null
  readonly oidcAudience: string | null
  readonly variables: Variables
}

/** One request as far as proving who asks depends on it. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** '' for a GET. */
  readonly body: string
}

/** A bearer token. */
export interface Token {
  readonly value: string
  /** How long it is good for, in milliseconds; null: not known. */
  readonly lifetimeMs: number | null
}

/** What fetching a token needs from outside. */
export interface TokenPorts {
  /** Asks somebody who gives out tokens. Throws EndpointError. */
  readonly ask: (question: TokenQuestion) => Promise<TokenAnswer>
  /** From now on this text is shown nowhere. */
  readonly hide: (secret: string) => void
}

/** Somebody who gives out tokens, and how to ask. */
export interface TokenQuestion {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** The member of the answer that holds the token. */
  readonly member: string
  /** Who is asked, as a sentence begins: `the token endpoint`. */
  readonly who: string
  /** True for GitHub's: neither the client certificate nor `insecure-tls` of the endpoint is for it. */
  readonly isGithubs?: true
  /** What to do when it says no. */
  readonly refused: string
  /** What to do when something else seems to answer: a page, another path, a redirect. */
  readonly misplaced: string
  /** What to do when nobody answers. */
  readonly unreachable: string
}

/** What was answered: the token, and all members of the answer. */
export interface TokenAnswer {
  readonly token: string
  readonly members: Readonly<Record<string, unknown>>
}
