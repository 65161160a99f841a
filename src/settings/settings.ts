import type { Acceptance } from './values/acceptance.ts'
import type { BaselinePlace } from './values/baseline-place.ts'
import type { ValuesOf } from './define.ts'
import type { AwsCredentials, GithubIdentity } from './environment-credentials.ts'
import type { ReadFile } from './reading/files.ts'
import type { GivenValues, Source } from './reading/given.ts'
import type { Limit } from './limits.ts'
import type { FilePrompt } from './reading/prompts-file.ts'
import type { Environment } from './reading/environment.ts'
import type { RUN_SETTINGS } from './lists/run-settings.ts'

/** Settings that are used up before a run is told anything: it gets what came of them. */
type ConsumedSetting = 'promptsFile' | 'caCert' | 'config' | 'scenario' | 'githubToken' | 'allowFork'

/**
 * Everything a run is told: read, checked against each other, and complete. Its fields are those of `RUN_SETTINGS`, and
 * what they mean stands there; written out are only those that completing adds or narrows.
 */
export interface Settings extends Omit<ValuesOf<typeof RUN_SETTINGS>, ConsumedSetting> {
  /** Without user info. May hold a query, which is never shown. */
  readonly endpoint: URL
  /** With `auth: aws-sigv4`; else null. Never shown. */
  readonly aws: AwsCredentials | null
  /** With `auth: databricks-oidc`; else null. Never shown. */
  readonly githubIdentity: GithubIdentity | null
  /** Names are lower case. Values are never shown. */
  readonly headers: Readonly<Record<string, string>>
  /** Members added to the body of every request. */
  readonly extraBody: Readonly<Record<string, unknown>>
  /** Never the endpoint's host unless the user wrote it. */
  readonly endpointLabel: string
  /** Empty when not restricted. The endpoint has been checked. */
  readonly allowedHosts: readonly string[]
  /** PEM text of additional certificate authorities; null: the system's only. */
  readonly caCertPem: string | null
  /** The lines of the prompts file, all of one kind and at least one; null: prompts are generated. */
  readonly prompts: readonly FilePrompt[] | null
  /** Everything random comes from it, except the nonce that keeps prompts unique. */
  readonly seed: string
  /** No level is above it, also of a list. */
  readonly maxConcurrency: number
  readonly limits: readonly Limit[]
  /** One series of runs; `[a-z0-9-]`. */
  readonly name: string
  readonly baseline: BaselinePlace
  readonly accept: readonly Acceptance[]
}

/** One setting as a dry run shows it. */
export interface SourcedSetting {
  readonly name: string
  /** Fit to be shown: a secret is only said to be there. */
  readonly value: string
  readonly source: Source
}

/** Where settings come from. Ports are arguments, so that this is a function of what it is given. */
export interface SettingsInput {
  /** The arguments after the command; none for the action. */
  readonly flags?: readonly string[]
  /** Inputs of the action, those that were given; set, if only to none, for the action and nobody else. */
  readonly inputs?: GivenValues
  readonly env: Environment
  readonly readFile: ReadFile
  /** Reads the config file; in a pull request that of the base commit. Default: `readFile`. */
  readonly readConfigFile?: ReadFile
  /** Tells whether a day is still to come; without it no day is. */
  readonly wallClock?: () => Date
  /** What stands for settings whose default hangs on who asks. */
  readonly defaults: { readonly baseline: BaselinePlace; readonly name: string | null }
}
