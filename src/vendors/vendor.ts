import type { EndpointError } from '../errors.ts'
import type { Api, KeyPlace } from '../protocol/api.ts'
import type { ApiName, Task } from '../vocabulary/endpoint-names.ts'
import type { AuthWay, CredentialSetting } from './auth-way.ts'
import type { VendorFindingCode } from './finding-kinds.ts'

/** An owner of endpoints: everything that is true at their hosts and nowhere else. */
export interface Vendor {
  /** As a sentence names it. */
  readonly name: string
  /** The API that is theirs. Their hosts may speak others, too. */
  readonly api: Api
  /** Whether a URL is of one of their hosts or has their paths. */
  isIts(endpoint: URL): boolean
  /** Whether the headers of an answer show that it comes from them; names are lower case. */
  ownsHeaders(headers: Readonly<Record<string, string>>): boolean
  /** First segments of the paths of their APIs, which are nobody else's. Default none. */
  readonly paths?: readonly string[]
  /** Where their hosts take a key, in every API that they speak. Absent: where the API wants it. */
  readonly keyPlace?: KeyPlace
  /** Who of them speaks APIs that are nobody's in particular, as the docs name them. */
  readonly speaks?: Readonly<Partial<Record<ApiName, string>>>
  /** What a URL of theirs calls the endpoint; null where it does not name it. */
  endpointName?(endpoint: URL): string | null
  /** Ways of `auth` that only they take. Default none. */
  readonly ways?: readonly AuthWay[]
  /** What each setting that their ways use holds, for help. */
  readonly credentialHelp?: Readonly<Record<CredentialSetting, string>>
  /** Variables of their own tools, and the settings that take them where nothing else gives these. */
  readonly borrowed: readonly { readonly variable: string; readonly setting: 'api-key' | CredentialSetting }[]
  /** Whether what their tools find in the environment is meant for this endpoint. */
  ownsVariables(endpoint: URL, env: Environment): boolean
  /** With `auth: basic` a token of theirs may stand alone, as the password of the user "token". Default false. */
  readonly takesBareToken?: boolean
  /** What a refusal of theirs means; null when it is not theirs, or says nothing that only they say. `url` may be shown. */
  explainRefusal?(refused: ReceivedRefusal, url: string): ExplainedRefusal | null
  /** Waits for an endpoint that is described on a page of its own. Absent: the first answer tells whether it is ready. */
  watchEndpoint?(endpoint: URL, ports: WatchPorts): EndpointWatch
  /** Whatever of theirs has the formulas of the three-point cross-check, as a sentence names it. */
  readonly crossCheckModel?: string
  /** What the failures of levels say about limits that are not the model's. */
  findLimits?(levels: readonly LevelFailures[]): readonly VendorFinding[]
}

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A refusal as it came. The message is the server's own words. */
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

/** Returns what the endpoint's page says as soon as it may be measured; null when there is no page to see. */
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

/** An endpoint as its owner's page describes it. Texts are the page's own words: escape before showing. */
export interface DescribedEndpoint {
  /** What it can be asked for; null where the page does not say. */
  readonly task: Task | null
  /** The models behind it with their versions, on one line; null where the page does not say. */
  readonly served: string | null
  /** What is provisioned for it, on one line; null where the page does not say. */
  readonly provisioned: string | null
  /** For the capabilities of a report: no value gives the capacity away, as `artifact-content: figures` publishes them. */
  readonly capabilities: Readonly<Record<string, unknown>>
  /** What its configuration means for the figures. */
  readonly findings: readonly VendorFinding[]
  /** What has changed since; nothing where the page cannot be seen any more. */
  findChanges(signal: AbortSignal): Promise<readonly VendorFinding[]>
}

/** A finding that only the endpoints of one owner have. */
export interface VendorFinding {
  readonly code: VendorFindingCode
  /** Concurrency of the level it was seen at; absent when it is about the whole run. */
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
