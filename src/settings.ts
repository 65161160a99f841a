import { SettingsError } from './errors.ts'
import { authKindOf, CREDENTIALS, credentialsOf, readVariables, listSecretVariablesIn } from './settings/auth.ts'
import { findContradictions } from './settings/checks/contradictions.ts'
import { listDeciding, COMMAND_SETTINGS, RUN_SETTINGS, ACTION_SETTINGS } from './settings/lists/run-settings.ts'
import type { EntryPoint, ValuesOf, Setting, SettingList } from './settings/define.ts'
import type { ConfigFile } from './settings/reading/config-file.ts'
import { addBorrowed, findUnusedProxy, readEnvironment } from './settings/reading/environment.ts'
import type { Environment } from './settings/reading/environment.ts'
import { readCertificates, readConfig, readPrompts } from './settings/reading/files.ts'
import type { ReadFile } from './settings/reading/files.ts'
import { readFlags } from './settings/reading/flags.ts'
import { readForm } from './settings/reading/command-form.ts'
import { layerGiven, readValues, showValue } from './settings/reading/given.ts'
import type { Given, GivenValues, Source } from './settings/reading/given.ts'
import { findSecrets } from './settings/secrets.ts'
import { completeSettings, listComputed } from './settings/complete.ts'
import type { EntryDefaults, Settings } from './settings/complete.ts'

export { RUN_SETTINGS }
export type { Consequence } from './settings/lists/gate-settings.ts'
export type { Settings } from './settings/complete.ts'

/** Where settings come from. Ports are arguments, so that this is a function of what it is given. */
export interface SettingsInput {
  /** The arguments after the command; none for the action. */
  readonly flags?: readonly string[]
  /** Inputs of the action, those that were given; set, if only to none, for the action and nobody else. */
  readonly inputs?: GivenValues
  readonly env: Environment
  readonly readFile: ReadFile
  /** What the config file gives, where it was read before; in a pull request that of the base commit. Default: read by `readFile`. */
  readonly config?: ConfigFile
  /** Tells whether a day is still to come; without it no day is. */
  readonly wallClock?: () => Date
  readonly defaults: EntryDefaults
  /** The settings that a command has of those of a run, as it has them. Default: all that the entry has. */
  readonly list?: SettingList
}

/** Reads, checks and completes the settings of a run: input or flag, then environment, then config file, then default. */
export function resolveSettings(input: SettingsInput): {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
  /** Every text that must not show. */
  readonly secrets: readonly string[]
} {
  const { env, readFile } = input
  const entry: EntryPoint = input.inputs === undefined ? 'command' : 'action'
  const { list = entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS } = input
  const form = readForm(list, RUN_SETTINGS)
  const flags = readFlags(list, input.flags ?? [])
  const first = layerGiven(form.toRun(flags.given), input.inputs ?? new Map<string, Given>())
  const file = input.config ?? readConfig(first, readFile, entry)
  const own = layerGiven(first, form.pick(readEnvironment(RUN_SETTINGS, env)), form.pick(file.given))
  const given = leaveOutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env))
  const { values, problems } = readValues(form.settings, given, entry)
  const variables = readVariables(values.auth?.kind ?? 'none', env)
  const prompts = readPrompts(values.promptsFile ?? null, readFile, entry)
  const certificates = readCertificates(values, readFile, entry)
  const all = [
    ...file.problems,
    ...problems,
    ...prompts.problems,
    ...certificates.problems,
    ...findContradictions({
      values,
      given,
      prompts: prompts.prompts,
      entry,
      variables,
      baseline: values.baseline === null ? input.defaults.baseline : values.baseline,
      today: input.wallClock?.().toISOString().slice(0, 10) ?? null,
    }),
  ]
  if (flags.problems.length + all.length > 0) throw new SettingsError([...flags.problems, ...all.map(form.spell)])
  // Nothing is missing when there was no problem.
  const settings = completeSettings(
    values as ValuesOf<typeof RUN_SETTINGS>,
    prompts.prompts,
    certificates,
    { variables, unusedProxy: findUnusedProxy(env, values.endpoint!) },
    input.defaults,
    listDeciding(given),
  )
  const taken = listSecretVariablesIn(settings.auth.kind, variables).map((name) => variables[name]!)
  return {
    settings,
    sources: describeSources(settings, given, form.byName),
    secrets: [...findSecrets(RUN_SETTINGS, given), ...taken],
  }
}

/** Credentials in the environment serve many commands: what `auth` does not use is left alone, even an empty key. */
function leaveOutUnusedCredentials(given: GivenValues): GivenValues {
  const kind = authKindOf(given.get('auth')?.text)
  if (kind === null) return given
  const used = credentialsOf(kind)
  const isUnused = (name: string): boolean =>
    name === 'control-api-key'
      ? !given.has('control') || !used.includes('api-key')
      : CREDENTIALS.includes(name) && !used.includes(name)
  return new Map([...given].filter(([name, { source }]) => source !== 'env' || !isUnused(name)))
}

/** One setting as a dry run shows it. */
export interface SourcedSetting {
  readonly name: string
  /** Fit to be shown: a secret is only said to be there. */
  readonly value: string
  readonly source: Source
}

/** Every setting that a list has, by its name in a run, with its value and where that comes from, in its order; no secrets. */
function describeSources(
  settings: Settings,
  given: GivenValues,
  list: ReadonlyMap<string, Setting<unknown>>,
): readonly SourcedSetting[] {
  const computed = listComputed(settings)
  const described = [...list].map(([nameInRun, setting]): SourcedSetting => {
    const { name, secret } = setting
    const value = given.get(nameInRun)
    const fallback = computed[nameInRun] ?? setting.default ?? fallbackOf(setting)
    if (value === undefined) return { name, value: showValue(fallback), source: 'default' }
    return { name, value: secret === true ? 'given, not shown' : showValue(value.text), source: value.source }
  })
  return [...described, ...listFromEnvironment(settings)]
}

/** What was taken from the environment without being a setting. */
function listFromEnvironment({ auth, variables }: Settings): readonly SourcedSetting[] {
  const secrets = listSecretVariablesIn(auth.kind, variables)
  return secrets.map((name) => ({ name, value: 'given, not shown', source: 'env' }))
}

/** What happens when nothing is given; a default that differs by entry has been computed. */
function fallbackOf({ derived }: Setting<unknown>): string {
  return typeof derived === 'string' ? derived.replaceAll('`', '') : 'none'
}
