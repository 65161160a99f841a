import type { EndpointError, SettingProblem } from '../errors.ts'
import type { Api, KeyPlace } from '../protocol/api.ts'
import type { ApiName, WayWord } from '../vocabulary/endpoint-names.ts'
import { SETTINGS_OF_LESS_LOAD } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'

/** An owner of endpoints: everything that holds only for their hosts. */
export interface Vendor {
  /** Its name in a sentence. */
  readonly name: string
  /** Their own API. Their hosts may speak others, too. */
  readonly api: Api
  /** Whether a URL has one of their hosts or paths. */
  isIts(endpoint: URL): boolean
  /** Whether the headers of an answer, with names in lower case, show that it comes from them. */
  ownsHeaders(headers: Readonly<Record<string, string>>): boolean
  /** First segments of the paths that only their APIs have. Default none. */
  readonly paths?: readonly string[]
  /** Where their hosts take a key, in all APIs. Absent: where the API wants it. */
  readonly keyPlace?: KeyPlace
  /** Names in the docs for those of them that speak common APIs. */
  readonly speaks?: Readonly<Partial<Record<ApiName, string>>>
  /** The name of the endpoint in one of their URLs; null when there is none. */
  endpointName?(endpoint: URL): string | null
  /** Ways of `auth` that only they take. Default none. */
  readonly ways?: readonly AuthWay[]
  /** Help for the settings that their ways use. */
  readonly credentialHelp?: Readonly<Record<CredentialSetting, string>>
  /** Variables of their own tools, and the settings for which they are the last resort. */
  readonly borrowed: readonly { readonly variable: string; readonly setting: 'api-key' | CredentialSetting }[]
  /** Whether these variables are meant for this endpoint. */
  ownsVariables(endpoint: URL, env: NodeJS.ProcessEnv): boolean
  /** Whether `auth: basic` takes a bare token of theirs, as the password of the user "token". Default false. */
  readonly takesBareToken?: boolean
  /** What a refusal of theirs means; null when it is not theirs or not specific to them. `url` may be shown. */
  explainRefusal?(refused: ReceivedRefusal, url: string): ExplainedRefusal | null
  /** Waits for an endpoint that has its own page. Absent: the first answer tells whether it is ready. */
  watchEndpoint?(endpoint: URL, ports: WatchPorts): EndpointWatch
  /** What of theirs uses the formulas of the three-point cross-check, as named in a sentence. */
  readonly crossCheckModel?: string
  /** What the failures of levels show about limits other than the model's. */
  findLimits?(levels: readonly LevelFailures[]): readonly VendorFinding[]
}

/** A refusal as received. The message is the server's own. */
export interface ReceivedRefusal {
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>> | null
  readonly failureMessage: string | null
}

/** What a refusal means, and what to do about it. */
export interface ExplainedRefusal {
  readonly what: string
  readonly remedy: string
}

/** Returns what the endpoint's page says once it may be measured; null when its page cannot be seen. */
export type EndpointWatch = (model: string | null) => Promise<DescribedEndpoint | null>

/** What watching an endpoint needs from outside. */
export interface WatchPorts {
  readonly log: (line: string) => void
  readonly signal: AbortSignal
  /** Reads a page of the endpoint's host, with the key. Null when there is no answer. */
  readonly getPage: (
    url: URL,
    signal: AbortSignal,
  ) => Promise<{ readonly status: number; readonly text: string } | null>
  /** Pauses before the next look, or throws the reason when there is no time left. */
  readonly patience: (reason: EndpointError, retryAfterMs: number | null) => Promise<void>
}

/** An endpoint as its owner's page describes it. Its texts come from the page: escape them before showing. */
export interface DescribedEndpoint {
  /** Its task; null when the page does not say. */
  readonly task: Task | null
  /** The models behind it with their versions, on one line; null when the page does not say. */
  readonly served: string | null
  /** What is provisioned for it, on one line; null when the page does not say. */
  readonly provisioned: string | null
  /**
   * For the capabilities of a report. No value reveals the capacity, because `artifact-content: figures` publishes
   * them.
   */
  readonly capabilities: Readonly<Record<string, unknown>>
  /** What its configuration means for the figures. */
  readonly findings: readonly VendorFinding[]
  /** What has changed since; empty when the page cannot be seen any more. */
  findChanges(signal: AbortSignal): Promise<readonly VendorFinding[]>
}

/** A finding that only endpoints of one owner have. */
export interface VendorFinding {
  readonly code: VendorFindingCode
  /** Concurrency of its level; absent when it is about the whole run. */
  readonly level?: number
  /** One sentence with the numbers. */
  readonly message: string
}

/** How the requests of one level failed. */
export interface LevelFailures {
  readonly concurrency: number
  /** How many requests failed, by failure class. */
  readonly failures: Readonly<Record<string, number>>
  /** `limited`: given up because requests were refused with 429. */
  readonly state: string
}

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

/** The findings that only endpoints of one owner have, in the order of the docs: about their configuration and their limits. */
export const VENDOR_FINDINGS = [
  {
    code: 'burst-scaling',
    meaning: 'The endpoint may scale beyond what is provisioned: the plateau may be capacity that is lent, not owned.',
    remedy: 'Switch burst scaling off on the endpoint that is measured, or read the plateau as the best case.',
  },
  {
    code: 'autoscaling',
    meaning: 'The capacity moves between a minimum and a maximum: the plateau depends on how long the load has lasted.',
    remedy: 'Provision the same minimum and maximum on the endpoint that is measured.',
  },
  {
    code: 'scale-to-zero',
    meaning: 'The endpoint stops when nobody uses it: its first requests start it, and its capacity is not guaranteed.',
    remedy: 'Switch scale to zero off for an endpoint whose latency matters; the wait for the start is not measured.',
  },
  {
    code: 'fallback-configured',
    meaning:
      'The endpoint answers with another model when one fails: failures do not show, and figures may be a mixture.',
    remedy: 'Measure one served entity (`/served-models/<name>/invocations`), or switch the fallback off.',
  },
  {
    code: 'traffic-split',
    meaning: 'Requests go to several served entities: the figures are a mixture of them.',
    remedy: 'Measure one served entity (`/served-models/<name>/invocations`).',
  },
  {
    code: 'endpoint-rate-limit',
    meaning: 'The owner of the endpoint limited its use: the sweep may find this limit and not the capacity.',
    remedy: `Raise the limit for the key that measures, or send less: fewer levels (${SETTINGS_OF_LESS_LOAD}), a shorter \`level-duration\`.`,
  },
  {
    code: 'pay-per-token',
    meaning:
      'The capacity is shared with others and limited by the minute, and `max_tokens` counts against the limit before anything is generated.',
    remedy:
      'Measure an endpoint with provisioned throughput; on this one keep to a few requests at low concurrency (`max-concurrency`, `max-requests`).',
  },
  {
    code: 'workspace-limit',
    meaning:
      'Databricks refused requests with 429: a limit of endpoint or workspace, which says nothing about the model.',
    remedy: `Look at the rate limits of the endpoint and the limits of the workspace (by region 192 to 1,024 requests at once), and keep the load below them (${SETTINGS_OF_LESS_LOAD}).`,
  },
  {
    code: 'execution-limit',
    meaning:
      'Databricks gave requests up (408, 504): they took longer than a model may (about five minutes, less on older workspaces).',
    remedy: `Ask for fewer \`output-tokens\`, or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
  },
] as const

/** These, and the findings that the page of any owner may cause. */
export type VendorFindingCode = (typeof VENDOR_FINDINGS)[number]['code'] | 'served-model-changed' | 'config-updated'
