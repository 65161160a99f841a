import { SettingsError } from './errors.ts'
import type { SettingProblem } from './errors.ts'
import { authKindOf, CREDENTIALS, CREDENTIALS_OF } from './settings/auth.ts'
import { completeSettings, describeSources } from './settings/complete.ts'
import { findContradictions } from './settings/checks/contradictions.ts'
import type { Entry, ValuesOf } from './settings/define.ts'
import { readCredentials } from './settings/environment-credentials.ts'
import { readCaCert, readConfig, readPrompts } from './settings/reading/files.ts'
import { readFlags } from './settings/reading/flags.ts'
import { layerGiven, readValues } from './settings/reading/given.ts'
import { readEnvironment, addBorrowed } from './settings/reading/environment.ts'
import type { Given, GivenValues } from './settings/reading/given.ts'
import { COMMAND_SETTINGS, RUN_SETTINGS } from './settings/lists/run-settings.ts'
import type { Settings, SettingsInput, SourcedSetting } from './settings/settings.ts'

export { RUN_SETTINGS }
export type { Consequence } from './settings/lists/gate-settings.ts'
export type { Settings, SettingsInput, SourcedSetting } from './settings/settings.ts'

/** Reads, checks and completes the settings of a run: input or flag, then environment, then config file, then default. */
export function resolveSettings(input: SettingsInput): {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
} {
  const { env, readFile } = input
  const entry: Entry = input.inputs === undefined ? 'command' : 'action'
  const flags = readFlags(COMMAND_SETTINGS, input.flags ?? [])
  const first = layerGiven(flags.given, input.inputs ?? new Map<string, Given>())
  const file = readConfig(first, input.readConfigFile ?? readFile, entry)
  const own = layerGiven(first, readEnvironment(RUN_SETTINGS, env), file.given)
  const given = withoutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env))
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
