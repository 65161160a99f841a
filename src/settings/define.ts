/**
 * What one setting is: its name everywhere (flag, action input, key of the config file), how its text is read, and the
 * words that help, docs and error messages show. Everything about settings is generated from lists of these.
 */
export interface Setting<T> {
  /** kebab-case. */
  readonly name: string
  readonly group: string
  /** One sentence, without a full stop at the end. */
  readonly help: string
  /** What stands after the flag in help, for example `N`, `8s`, `URL`. A switch (`true` or `false`) may stand alone. */
  readonly placeholder: string
  /** The default as a user would write it; null when there is none. */
  readonly default: string | null
  /** Words that stand for the default in help when it is computed, for example `from the model`; for each entry where they differ. */
  readonly derived?: string | Readonly<Record<EntryPoint, string>>
  /** True for a setting that must be given. */
  readonly required?: boolean
  /** The environment variable that may give it; a flag wins. */
  readonly env?: string
  /**
   * What the config file may hold besides one value: a list (its entries become lines), a map (it
   * becomes JSON), or records: a list of maps, each a line of JSON.
   */
  readonly file?: 'list' | 'map' | 'records'
  /** True for a setting that a config file cannot have. */
  readonly flagOnly?: boolean
  /** Why a config file cannot have it, as half a sentence, where that is not that it is a key. */
  readonly notInFile?: string
  /** True for a setting that the action takes from its inputs only: no file of a repository says where a key goes. */
  readonly inputOnly?: boolean
  /** True for a setting that docs/settings.md shows first, as needed most; of help the rest is under "Advanced". */
  readonly common?: boolean
  /** True for a flag that may stand alone and then means `true`. */
  readonly switch?: boolean
  /** True for a value that must never be shown. */
  readonly secret?: boolean
  /** The secret parts of the text of a secret setting. The text need not be readable. Default: all of it. */
  readonly secretsIn?: (text: string) => readonly string[]
  /** True for a setting that names a file to write: that it can be written is said before the run. */
  readonly writes?: boolean
  /** True for a setting of the command that the action does not have. */
  readonly commandOnly?: boolean
  /** True for a setting of the action that the command does not have. */
  readonly actionOnly?: boolean
  /** Reads the text; throws `ValueError` with a sentence that says what is allowed. */
  read(text: string): T
}

/** Who reads settings: the command has flags, the action inputs. */
export type EntryPoint = 'command' | 'action'

/** How a setting is spelt where it is given: messages name what their reader can change. */
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

/** The files that settings of this list name to be written, among values by the keys of the list. */
export function listWritten(list: SettingList, values: Readonly<Record<string, unknown>>): readonly NamedFile[] {
  return Object.entries(list).flatMap(([key, { name, writes }]) =>
    writes === true ? [{ setting: name, path: (values[key] as string | null | undefined) ?? null }] : [],
  )
}

/** A text that is not a value of its setting. The message says what is allowed: "must be …". */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

/** Declares a setting and keeps the literal type of its default, so that `ValuesOf` knows what can be null. */
export function setting<T, const D extends string | null>(
  definition: Setting<T> & { readonly default: D },
): Setting<T> & { readonly default: D } {
  return definition
}
