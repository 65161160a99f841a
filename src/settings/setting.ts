import { ValueError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import { escapeForTerminal } from '../text.ts'
import { redactUrls } from './values/urls.ts'

/**
 * One setting: its name as flag, action input and key of the config file, how its text is read, and its words in
 * help, docs and errors. Everything about settings is generated from lists of these.
 */
export interface Setting<T> {
  /** kebab-case. */
  readonly name: string
  readonly group: string
  /** One sentence, without a full stop at the end. */
  readonly help: string
  /** What stands after the flag in help, for example `N`, `8s`, `URL`. */
  readonly placeholder: string
  /** The default as a user would write it; null when there is none. */
  readonly default: string | null
  /** Words for a computed default, for example `from the model`; one for each entry where they differ. */
  readonly derived?: string | Readonly<Record<EntryPoint, string>>
  /** True for a setting that must be given. */
  readonly required?: boolean
  /** For a required setting: the name of another that may be given instead. */
  readonly unless?: string
  /** The environment variable that may give it; a flag takes precedence. */
  readonly env?: string
  /**
   * What the config file may hold besides one value: a list (its entries become lines), a map (it
   * becomes JSON), or records: a list of maps, each a line of JSON.
   */
  readonly file?: 'list' | 'map' | 'records'
  /** True for a setting that a config file cannot have. */
  readonly flagOnly?: boolean
  /** Why a config file cannot have it, as half a sentence, where the reason is not that it is a secret. */
  readonly notInFile?: string
  /** True for a setting that the action takes from its inputs only: no file in a repository may say where a key goes. */
  readonly inputOnly?: boolean
  /** True for a setting that help and docs/settings.md show first, because it is needed most. */
  readonly common?: boolean
  /** True for a flag that may stand alone and then means `true`. */
  readonly switch?: boolean
  /** True for a value that must never be shown. */
  readonly secret?: boolean
  /** The secret parts of a secret setting's text, which need not be valid. Default: all of it. */
  readonly secretsIn?: (text: string) => readonly string[]
  /** True for a setting that names a file to write: whether it can be written is checked before the run. */
  readonly writes?: boolean
  /** True for a setting of the command that the action does not have. */
  readonly commandOnly?: boolean
  /** True for a setting of the action that the command does not have. */
  readonly actionOnly?: boolean
  /** Reads the text; throws `ValueError`, whose message says what is allowed. */
  read(text: string): T
}

/** Who reads settings: the command has flags, the action inputs. */
export type EntryPoint = 'command' | 'action'

/** How a setting is spelt where it is given, so that messages name what the reader can change. */
export function spellSetting(name: string, entry: EntryPoint): string {
  return entry === 'command' ? `--${name}` : `the input ${name}`
}

export type SettingList = Readonly<Record<string, Setting<unknown>>>

/** The typed values of a list of settings: a setting without a default may be null. */
export type ValuesOf<L extends SettingList> = {
  readonly [K in keyof L]: L[K] extends Setting<infer T>
    ? L[K] extends { readonly default: null }
      ? T | null
      : T
    : never
}

/** A file that a setting names; a null path: none is named. */
export interface NamedFile {
  readonly setting: string
  readonly path: string | null
}

/** The files to write that settings of this list name; `values` has the keys of the list. */
export function listWritten(list: SettingList, values: Readonly<Record<string, unknown>>): readonly NamedFile[] {
  return Object.entries(list).flatMap(([key, { name, writes }]) =>
    writes === true ? [{ setting: name, path: (values[key] as string | null | undefined) ?? null }] : [],
  )
}

/** Declares a setting and keeps the literal type of its default, so that `ValuesOf` knows what can be null. */
export function defineSetting<T, const D extends string | null>(
  definition: Setting<T> & { readonly default: D },
): Setting<T> & { readonly default: D } {
  return definition
}

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
