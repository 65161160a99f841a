import type { EndpointError } from '../errors.ts'
import type { Api, KeyPlace } from '../protocol/api.ts'
import type { ApiName } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/load.ts'
import type { AuthWay, CredentialSetting } from './auth-way.ts'
import type { VendorFindingCode } from './finding-kinds.ts'

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
