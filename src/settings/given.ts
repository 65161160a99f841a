import type { SettingProblem } from '../errors.ts'
import { escapeForTerminal } from '../text.ts'
import { spellSetting, ValueError } from './define.ts'
import type { EntryPoint, Setting, SettingList, ValuesOf } from './define.ts'
import { redactUrls } from './values/urls.ts'

/** Where a value comes from, strongest first. */
export type Source = 'flag' | 'input' | 'env' | 'file' | 'default'

/** A value as text, before it is read. */
export interface Given {
  readonly text: string
  readonly source: Source
  /** Its place, for example `plateau.yml, line 3, column 9` or `PLATEAU_API_KEY`; null for a flag. */
  readonly where: string | null
  /** It stands in a scenario of the config file, and so is meant for that one alone. */
  readonly isOfScenario?: true
}

/** By setting name. */
export type GivenValues = ReadonlyMap<string, Given>

/** Values that could be read; those that could not are missing and are among the problems. */
export type PartialValues<L extends SettingList> = { readonly [K in keyof L]?: ValuesOf<L>[K] }

/** Layers over each other, the strongest first. */
export function layerGiven(...layers: readonly GivenValues[]): GivenValues {
  return new Map(layers.toReversed().flatMap((layer) => [...layer]))
}

/** What the environment gives. A variable that is set but empty counts: most often a secret is missing. */
export function readEnvironment(list: SettingList, env: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<string, Given>()
  for (const { name, env: variable } of Object.values(list)) {
    const text = variable === undefined ? undefined : env[variable]
    if (text !== undefined) given.set(name, { text, source: 'env', where: variable! })
  }
  return given
}

/** Reads every setting of the list: what is given, else its default, else null. What is required and not given is `missing`. */
export function readValues<L extends SettingList>(
  list: L,
  given: GivenValues,
  entry: EntryPoint = 'command',
): {
  readonly values: PartialValues<L>
  readonly problems: readonly SettingProblem[]
  readonly missing: readonly SettingProblem[]
} {
  const values: Record<string, unknown> = {}
  const problems: SettingProblem[] = []
  const missing: SettingProblem[] = []
  for (const [key, setting] of Object.entries(list)) {
    const value = given.get(setting.name)
    const text = value?.text ?? setting.default
    if (text === null) {
      const isReplaced = setting.unless !== undefined && given.has(setting.unless)
      if (setting.required === true && !isReplaced) missing.push(describeMissing(setting, entry))
      else values[key] = null
      continue
    }
    try {
      values[key] = setting.read(text)
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      problems.push(describeProblem(setting, value ?? null, error.message))
    }
  }
  return { values: values as PartialValues<L>, problems, missing }
}

/** A problem with one value: it never shows a secret, and says where the value stands unless it is a flag. */
function describeProblem(setting: Setting<unknown>, given: Given | null, message: string): SettingProblem {
  const text = given === null || setting.secret === true ? null : given.text
  const place = given?.where == null ? '' : ` (${given.where})`
  return { setting: setting.name, given: text === null ? null : showValue(text), message: `${message}${place}` }
}

/** A value made safe to show: escaped, and without the user info and query of a URL. */
export function showValue(text: string): string {
  return escapeForTerminal(redactUrls(text))
}

function describeMissing({ name, placeholder }: Setting<unknown>, entry: EntryPoint): SettingProblem {
  const how = entry === 'command' ? `--${name} ${placeholder}` : `give ${spellSetting(name, entry)}`
  return { setting: name, given: null, message: `is required: ${how}` }
}
