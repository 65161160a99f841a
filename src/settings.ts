import { SettingsError } from './errors.ts'
import type { SettingProblem } from './errors.ts'
import type { ApiName, Task } from './protocol/api.ts'
import type { Acceptance } from './settings/acceptance.ts'
import { authKindOf, CREDENTIALS, CREDENTIALS_OF } from './settings/auth.ts'
import type { Auth } from './settings/auth.ts'
import type { BaselinePlace } from './settings/baseline-place.ts'
import { completeSettings, describeSources } from './settings/complete.ts'
import { findContradictions } from './settings/contradictions.ts'
import type { Entry, ValuesOf } from './settings/define.ts'
import { readCredentials } from './settings/environment-credentials.ts'
import type { AwsCredentials, GithubIdentity } from './settings/environment-credentials.ts'
import { readCaCert, readConfig, readPrompts } from './settings/files.ts'
import type { ReadFile } from './settings/files.ts'
import { readFlags } from './settings/flags.ts'
import type { Lengths } from './settings/lengths.ts'
import type { LatencyBudget, Limit } from './settings/limits.ts'
import type { GatedMetric } from './settings/metric-names.ts'
import type { FilePrompt } from './settings/prompts-file.ts'
import { layered, readEnvironment, readValues, withBorrowed } from './settings/resolve.ts'
import type { Environment, Given, GivenValues, Source } from './settings/resolve.ts'
import { COMMAND_SETTINGS, RUN_SETTINGS } from './settings/run-settings.ts'
import type { Tolerance } from './settings/tolerance.ts'

export { RUN_SETTINGS }

/** Everything a run is told: read, checked against each other, and complete. */
export interface Settings {
  /** Base URL or full URL, http or https, without user info. May hold a query, which is never shown. */
  readonly endpoint: URL
  /** `auto`: from the URL and preflight. */
  readonly api: ApiName | 'auto'
  /** What requests are for. Only Databricks leaves a choice; `auto`: from the URL and preflight. */
  readonly task: Task | 'auto'
  /** The model to ask for; null: the one the server names in preflight. */
  readonly model: string | null
  /** Never shown. Null when there is none, or when `auth` is none. */
  readonly apiKey: string | null
  /** How the client proves who it is. */
  readonly auth: Auth
  /** The service principal of `auth: databricks-oauth` and `databricks-oidc`. */
  readonly clientId: string | null
  /** Never shown. */
  readonly clientSecret: string | null
  /** Where their tokens come from; null: from the host of the endpoint. */
  readonly tokenUrl: URL | null
  /** The audience of the job's identity, with `auth: databricks-oidc`; null: the URL of the tokens. */
  readonly oidcAudience: string | null
  /** With `auth: aws-sigv4`; else null. Never shown. */
  readonly aws: AwsCredentials | null
  /** With `auth: databricks-oidc`; else null. Never shown. */
  readonly githubIdentity: GithubIdentity | null
  /** Where the server's metrics are read; `auto`: where such servers have them, if it is one. */
  readonly serverMetrics: URL | 'auto' | 'off'
  readonly crossCheck: 'none' | 'three-point'
  /** Sent with every request; names are lower case. Values are never shown. */
  readonly headers: Readonly<Record<string, string>>
  /** Members added to the body of every request. */
  readonly extraBody: Readonly<Record<string, unknown>>
  /** What reports call the endpoint; never its host unless the user wrote it. */
  readonly endpointLabel: string
  /** Where the key may go: `host`, `host:port` or `*.domain`; empty when not restricted. The endpoint has been checked. */
  readonly allowedHosts: readonly string[]
  /** Text that the version page or the served model's name must show; null: the build is not checked. */
  readonly expectVersion: string | null
  /** Where the version is read; null: `/version` of the endpoint. */
  readonly versionUrl: URL | null
  /** From t0 to the end of one request. */
  readonly requestTimeoutMs: number
  /** For readiness, the expected version and a cold start; not counted in `maxDurationMs`. */
  readonly readyTimeoutMs: number
  readonly preflight: boolean
  /** Unrecorded load until three slices agree, or none. */
  readonly soak: 'auto' | 'off'
  /** PEM text of additional certificate authorities; null: the system's only. */
  readonly caCertPem: string | null
  /** Null: requests go direct. May hold user info, which is never shown. */
  readonly proxy: URL | null

  /** `auto`: 512 (embeddings 256), shrunk to what the model takes. Ignored when there are `prompts`. */
  readonly inputTokens: Lengths | 'auto'
  /** Ignored by embeddings and by prompts with a length of their own. */
  readonly outputTokens: Lengths
  /** The lines of the prompts file, all of one kind and at least one; null: prompts are generated. */
  readonly prompts: readonly FilePrompt[] | null
  /** `avoid`: every prompt is unique from its first token. */
  readonly prefixCache: 'avoid' | 'allow'
  /** Tokens of a system prompt common to all requests, part of the input tokens; 0: none. */
  readonly sharedPrefixTokens: number
  /** Sequences a request; above 1 only for embeddings. */
  readonly batchSize: number
  /** Everything random comes from it, except the nonce that keeps prompts unique. */
  readonly seed: string

  /** Levels in ascending order; `auto`: doubling from 1. */
  readonly concurrency: readonly number[] | 'auto'
  /** No level is above it. */
  readonly maxConcurrency: number
  readonly passes: number
  readonly levelDurationMs: number
  /** Counted requests after which a level ends before its time; null: none. */
  readonly levelRequests: number | null
  /** Per worker and level, before the window; 0: none. */
  readonly warmupRequests: number
  /** Budgets of the run; null: none. */
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null

  readonly limits: readonly Limit[]
  /** The latencies of `throughput-within`; null when not asked for. */
  readonly throughputWithin: readonly LatencyBudget[] | null
  /** `check`: a proven regression fails. `release`: only proof passes. `observe`: nothing fails. */
  readonly gate: 'check' | 'release' | 'observe'
  /** What is compared; `auto` depends on the task and on what was found. */
  readonly metrics: readonly GatedMetric[] | 'auto'
  /** Changes that are never red; `toleranceOf` knows the defaults. Null: the defaults of the gate. */
  readonly tolerance: Tolerance | null
  /** Passes that may be added when a comparison screens a change; no effect without a baseline. */
  readonly confirm: number
  /** How often unchanged code may be red: a fraction. */
  readonly falseAlarmRate: number
  /** Spread between runs that is assumed while the history is short: a fraction, of all metrics. */
  readonly expectedSpread: number | 'auto'
  readonly decision: 'statistical' | 'threshold'
  readonly onNotComparable: Consequence
  readonly onUnmeasured: Consequence
  readonly onSkip: Consequence

  /** One series of runs; `[a-z0-9-]`. */
  readonly name: string
  readonly baseline: BaselinePlace
  /** Workflow files that share the history; null: the one that runs. */
  readonly baselineWorkflow: readonly string[] | null
  /** Only runs up to this ref count; null: all, for `release` up to the newest tag that leads here. */
  readonly baselineRef: string | null
  readonly record: 'auto' | 'always' | 'never'
  /** Entries of the history that are kept for each name. */
  readonly historyKeep: number
  readonly accept: readonly Acceptance[]
  readonly acceptLabel: string
  /** Complete runs in one go; one group of the history. */
  readonly runs: number
  /** Between runs and before a confirmation. */
  readonly pauseMs: number

  /** Never shown. */
  readonly githubToken: string | null
  readonly comment: 'always' | 'on-failure' | 'never'
  readonly defer: boolean
  readonly upload: boolean
  /** Null: `figures` in public repositories, else `full`. */
  readonly artifactContent: 'full' | 'figures' | null
  /** Measure `pull_request_target` runs of forks all the same. */
  readonly allowFork: boolean
  /** Where the report goes; null: nowhere. */
  readonly reportJson: string | null
  readonly verdictJson: string | null
  readonly html: string | null
  readonly markdown: string | null
  /** Where the records of all requests go; null: nowhere. */
  readonly records: string | null
  /** Add this run to the history file. */
  readonly append: boolean
  /** What stands on stdout. */
  readonly format: 'text' | 'json' | 'markdown'
  /** Print the plan and send nothing. */
  readonly dryRun: boolean
}

/** What the check does in a case that is neither better nor worse. */
export type Consequence = 'pass' | 'warn' | 'fail'

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

/** Reads, checks and completes the settings of a run: input or flag, then environment, then config file, then default. */
export function resolveSettings(input: SettingsInput): {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
} {
  const { env, readFile } = input
  const entry: Entry = input.inputs === undefined ? 'command' : 'action'
  const flags = readFlags(COMMAND_SETTINGS, input.flags ?? [])
  const first = layered(flags.given, input.inputs ?? new Map<string, Given>())
  const file = readConfig(first, input.readConfigFile ?? readFile, entry)
  const own = layered(first, readEnvironment(RUN_SETTINGS, env), file.given)
  const given = withoutUnusedCredentials(withBorrowed(RUN_SETTINGS, own, env))
  const { values, problems } = readValues(RUN_SETTINGS, given, entry)
  const credentials = readCredentials(values, env, entry)
  const prompts = readPrompts(values.promptsFile ?? null, readFile, entry)
  const caCert = readCaCert(values.caCert ?? null, readFile, entry)
  const all: readonly SettingProblem[] = [
    ...flags.problems,
    ...file.problems,
    ...problems,
    ...credentials.problems,
    ...prompts.problems,
    ...caCert.problems,
    ...findContradictions({
      values,
      given,
      prompts: prompts.prompts,
      entry,
      baseline: values.baseline === null ? input.defaults.baseline : values.baseline,
      today: input.wallClock?.().toISOString().slice(0, 10) ?? null,
    }),
  ]
  if (all.length > 0) throw new SettingsError(all)
  // Nothing is missing when there was no problem.
  const settings = completeSettings(
    values as ValuesOf<typeof RUN_SETTINGS>,
    prompts.prompts,
    caCert.pem,
    credentials,
    input.defaults,
  )
  return { settings, sources: describeSources(settings, given, entry) }
}

/** Credentials in the environment serve many commands: what `auth` does not use is left alone, even an empty key. */
function withoutUnusedCredentials(given: GivenValues): GivenValues {
  const kind = authKindOf(given.get('auth')?.text)
  if (kind === null) return given
  const isUnused = (name: string): boolean => CREDENTIALS.includes(name) && !CREDENTIALS_OF[kind].includes(name)
  return new Map([...given].filter(([name, { source }]) => source !== 'env' || !isUnused(name)))
}
