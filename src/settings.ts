import { SettingsError } from './errors.ts'
import type { SettingProblem } from './errors.ts'
import type { Acceptance } from './settings/acceptance.ts'
import { authKindOf, CREDENTIALS, CREDENTIALS_OF } from './settings/auth.ts'
import type { BaselinePlace } from './settings/baseline-place.ts'
import { completeSettings, describeSources } from './settings/complete.ts'
import { findContradictions } from './settings/contradictions.ts'
import type { Entry, ValuesOf } from './settings/define.ts'
import { readCredentials } from './settings/environment-credentials.ts'
import type { AwsCredentials, GithubIdentity } from './settings/environment-credentials.ts'
import { readCaCert, readConfig, readPrompts } from './settings/files.ts'
import type { ReadFile } from './settings/files.ts'
import { readFlags } from './settings/flags.ts'
import type { Limit } from './settings/limits.ts'
import type { FilePrompt } from './settings/prompts-file.ts'
import { layered, readEnvironment, readValues, withBorrowed } from './settings/resolve.ts'
import type { Environment } from './settings/resolve.ts'
import type { Given, GivenValues, Source } from './settings/given.ts'
import { COMMAND_SETTINGS, RUN_SETTINGS } from './settings/run-settings.ts'

export { RUN_SETTINGS }
export type { Consequence } from './settings/gate-settings.ts'

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
