import { SettingsError } from './errors.ts'
import type { SettingProblem } from './errors.ts'
import { leaveOutUnusedCredentials, readVariables, listSecretVariablesIn, addBorrowed } from './settings/auth.ts'
import type { CheckInput } from './settings/checks/check.ts'
import { findEndpointContradictions } from './settings/checks/endpoint-contradictions.ts'
import { findGateContradictions } from './settings/checks/gate-contradictions.ts'
import { findLoadContradictions } from './settings/checks/load-contradictions.ts'
import { findReportContradictions } from './settings/checks/report-contradictions.ts'
import { findRunContradictions, findSideContradictions } from './settings/checks/run-contradictions.ts'
import { listDeciding, COMMAND_SETTINGS, RUN_SETTINGS, ACTION_SETTINGS } from './settings/lists/run-settings.ts'
import type { EntryPoint, ValuesOf, Setting, SettingList, Given, GivenValues, Source } from './settings/setting.ts'
import type { ConfigFile } from './settings/reading/config-file.ts'
import { findUnusedProxy } from './settings/values/urls.ts'
import { readEnvironment, layerGiven, readValues, showValue } from './settings/setting.ts'
import { openFiles, readCertificates, readConfig, readPrompts, readTrace, takeRows } from './settings/reading/files.ts'
import type { ReadBytes, ReadFile } from './settings/reading/files.ts'
import { readFlags, mapToRun } from './settings/reading/flags.ts'
import {
  findSharedNames,
  joinProblems,
  shareAlarmRate,
  tellScenario,
  addMix,
  findMixProblems,
  pickForMix,
} from './settings/scenarios.ts'
import type { OneScenario, ScenarioProblem } from './settings/scenarios.ts'
import { findSecrets } from './settings/secrets.ts'
import { completeSettings, listComputed, UNUSED } from './settings/complete.ts'
import type { EntryDefaults, Settings } from './settings/complete.ts'

export type { Settings } from './settings/complete.ts'

/** What a run is told, by each source. */
export interface SettingsInput {
  /** The arguments after the command; none for the action. */
  readonly flags?: readonly string[]
  /** The given inputs of the action; present, even if empty, exactly when the action asks. */
  readonly inputs?: GivenValues
  readonly env: NodeJS.ProcessEnv
  readonly readFile: ReadFile
  /** For files that need not be text. Default: the text of `readFile`. */
  readonly readBytes?: ReadBytes
  /** The config file, where it was already read; in a pull request that of the base commit. Default: read by `readFile`, which takes an asynchronous function. */
  readonly config?: ConfigFile
  /** For checking that a day is not in the future; without it none is. */
  readonly wallClock?: () => Date
  readonly defaults: EntryDefaults
  /** The command's settings, by the keys of those of a run. Default: all that the entry has. */
  readonly list?: SettingList
  /** The scenario to resolve, where several are measured. Default: the one that `scenario` names, or none. */
  readonly scenario?: OneScenario
  /** True to resolve one scenario of a mix: only what its requests ask for. Default false. */
  readonly isOfMix?: boolean
}

/**
 * Reads, checks and completes the settings of a run: input or flag, then environment, then config file, then default. What reads a config
 * file, or prompts or a trace in Parquet, is loaded only when there is one.
 *
 * @throws SettingsError with all problems.
 */
export async function resolveSettings(told: SettingsInput): Promise<ResolvedSettings> {
  const input = { ...told, config: await readConfigOf(told) }
  const draft = draftSettings(input)
  const { values } = draft
  const resolved = finishSettings(input, { ...draft, opened: await takeRows(draft.opened, values) })
  const { mix = null } = values
  if (mix === null) return resolved
  const mixed = draft.file.mixed ?? new Map<string, GivenValues>()
  const problems = [...findMixProblems(mix, { mixed, names: draft.file.names ?? [] }, draft.given)]
  const settings: Settings[] = []
  for (const { scenario } of mix) {
    if (problems.length > 0) break
    const config = { given: layerGiven(pickForMix(mixed.get(scenario)!), draft.file.given), problems: [] }
    try {
      settings.push((await resolveSettings({ ...input, config, isOfMix: true })).settings)
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      problems.push(
        ...joinProblems(
          error.problems.map((problem) => ({ scenario, problem })),
          mix.length,
        ),
      )
    }
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return { ...resolved, settings: addMix(resolved.settings, mix, settings) }
}

/**
 * The same for each scenario that is to be measured: with `scenario: all` every one of the config file, in its order.
 *
 * @throws SettingsError with the problems of all.
 */
export async function resolveScenarios(input: SettingsInput): Promise<readonly ResolvedSettings[]> {
  const file = await readConfigOf(input)
  const scenarios = [...(file.scenarios ?? [])]
  if (scenarios.length === 0) return [await resolveSettings({ ...input, config: file })]
  const resolved: ResolvedSettings[] = []
  const problems: ScenarioProblem[] = []
  for (const [name, own] of scenarios) {
    const config: ConfigFile = {
      given: layerGiven(own, file.given),
      problems: file.problems,
      mixed: new Map(scenarios),
      names: scenarios.map(([name]) => name),
    }
    try {
      resolved.push(await resolveSettings({ ...input, config, scenario: { name, own, count: scenarios.length } }))
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      problems.push(...error.problems.map((problem) => ({ scenario: name, problem })))
    }
  }
  const names = resolved.map(({ settings }) => settings.name)
  const all = [...joinProblems(problems, scenarios.length), ...findSharedNames(names)]
  if (all.length > 0) throw new SettingsError(all)
  return resolved
}

/** Settings without a problem. */
export interface ResolvedSettings {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
  /** Every text that must not be shown. */
  readonly secrets: readonly string[]
}

/** What flags or inputs give, which is stronger than all else. */
function readStrongest(input: SettingsInput) {
  const entry: EntryPoint = input.inputs === undefined ? 'command' : 'action'
  const { list = entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS } = input
  const mapping = mapToRun(list, RUN_SETTINGS)
  const flags = readFlags(list, input.flags ?? [])
  const first = layerGiven(mapping.toRun(flags.given), input.inputs ?? new Map<string, Given>())
  return { entry, mapping, flags, first }
}

async function readConfigOf(input: SettingsInput): Promise<ConfigFile> {
  const { first, entry } = readStrongest(input)
  return input.config ?? readConfig(first, input.readFile, entry)
}

/** What is given, read one by one, and what the files of prompts and of a trace hold. */
export function draftSettings(input: SettingsInput & { readonly config: ConfigFile }) {
  const { env, readFile, readBytes = (path: string) => Buffer.from(readFile(path)), scenario, defaults } = input
  const { entry, mapping, flags, first } = readStrongest(input)
  const file = input.config
  const own = layerGiven(first, mapping.pick(readEnvironment(RUN_SETTINGS, env)), mapping.pick(file.given))
  const all = leaveOutUnusedCredentials(addBorrowed(RUN_SETTINGS, own, env))
  const about = { list: RUN_SETTINGS, defaultName: defaults.name }
  const told = scenario === undefined ? all : tellScenario(all, scenario, about)
  const given = input.isOfMix === true ? new Map([...told].filter(([name]) => name !== 'mix')) : told
  const { values, problems, missing } = readValues(mapping.settings, given, entry)
  // What a config file with mistakes was to give may be all that is missing.
  const lacking = file.problems.length > 0 ? [] : missing
  const opened = openFiles(values, readBytes, entry)
  return { entry, mapping, flags, file, given, values, problems: [...lacking, ...problems], opened }
}

/** Checks what was read, alone and together, and completes it; throws SettingsError with all problems. */
export function finishSettings(
  input: SettingsInput,
  { entry, mapping, flags, file, given, values, problems, opened }: ReturnType<typeof draftSettings>,
): ResolvedSettings {
  const { env, readFile } = input
  const prompts = readPrompts(values, opened)
  const trace = readTrace(values, opened)
  const variables = readVariables(values.auth?.kind ?? 'none', env)
  const certificates = readCertificates(values, readFile, entry)
  const all = [
    ...file.problems,
    ...problems,
    ...prompts.problems,
    ...trace.problems,
    ...certificates.problems,
    ...findContradictions({
      values,
      given,
      prompts: prompts.file?.prompts ?? trace.file?.prompts ?? null,
      trace: trace.file?.trace ?? null,
      entry,
      variables,
      baseline: values.baseline === null ? input.defaults.baseline : values.baseline,
      isOfMix: input.isOfMix === true,
      scenarios: input.scenario?.count ?? null,
      today: input.wallClock?.().toISOString().slice(0, 10) ?? null,
    }),
  ]
  if (flags.problems.length + all.length > 0) throw new SettingsError([...flags.problems, ...all.map(mapping.spell)])
  // Nothing is missing when there was no problem.
  const completed = completeSettings(
    values as ValuesOf<typeof RUN_SETTINGS>,
    { promptsFile: prompts.file, traceFile: trace.file },
    certificates,
    { variables, unusedProxy: values.endpoint == null ? null : findUnusedProxy(env, values.endpoint) },
    input.defaults,
    listDeciding(given),
  )
  const settings = shareAlarmRate(completed, input.scenario?.count ?? 1)
  const taken = listSecretVariablesIn(settings.auth.kind, variables).map((name) => variables[name]!)
  return {
    settings,
    sources: describeSources(settings, given, mapping.byName),
    secrets: [...findSecrets(RUN_SETTINGS, given), ...taken],
  }
}

/**
 * Settings that are right one by one and wrong together. Each message names the remedy. A given value that would have
 * no effect is a contradiction too.
 */
function findContradictions(input: CheckInput): readonly SettingProblem[] {
  return [
    ...findEndpointContradictions(input),
    ...findSideContradictions(input),
    ...findLoadContradictions(input),
    ...findGateContradictions(input),
    ...findReportContradictions(input),
    ...findRunContradictions(input),
  ]
}

/** A setting with its value and source, as a dry run shows it. */
export interface SourcedSetting {
  readonly name: string
  /** Safe to show: a secret shows only that it was given. */
  readonly value: string
  readonly source: Source
}

/** Every setting of the list with its value and source, in order; no secrets. `list` is by name in a run. */
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
    // A scenario may have a rate beside the concurrency of all others.
    const shown = computed[nameInRun]?.startsWith(UNUSED) === true ? computed[nameInRun] : value.text
    return { name, value: secret === true ? 'given, not shown' : showValue(shown), source: value.source }
  })
  return [...described, ...listFromEnvironment(settings)]
}

/** What the environment gave that is not a setting. */
function listFromEnvironment({ auth, variables }: Settings): readonly SourcedSetting[] {
  const secrets = listSecretVariablesIn(auth.kind, variables)
  return secrets.map((name) => ({ name, value: 'given, not shown', source: 'env' }))
}

/** The words for a default that no value stands for; those that differ by entry were computed before. */
function fallbackOf({ derived }: Setting<unknown>): string {
  return typeof derived === 'string' ? derived.replaceAll('`', '') : 'none'
}
