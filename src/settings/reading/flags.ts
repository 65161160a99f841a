import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { Setting, SettingList, ValuesOf, GivenValues } from '../setting.ts'
import { COMMAND_SETTINGS } from '../lists/run-settings.ts'
import { explainUnknown, findForeign } from '../nearest.ts'
import { readEnvironment, layerGiven, readValues, showValue } from '../setting.ts'
import { mayBeKey } from '../secrets.ts'

const RUN_NAMES: ReadonlySet<string> = new Set(Object.values(COMMAND_SETTINGS).map(({ name }) => name))

/** Reads `--name value`, `--name=value` and switches. Every problem is collected; none of them shows a secret. */
export function readFlags(
  list: SettingList,
  argv: readonly string[],
): { readonly given: GivenValues; readonly problems: readonly SettingProblem[] } {
  const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]))
  const given = new Map<string, { text: string; source: 'flag'; where: null }>()
  const problems: SettingProblem[] = []
  let after: Setting<unknown> | null = null
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!isFlag(argument)) {
      problems.push(describeStray(argument, after, given.get(after?.name ?? '')?.text ?? ''))
      continue
    }
    const equals = argument.indexOf('=')
    const flag = equals === -1 ? argument : argument.slice(0, equals)
    const name = flag.slice('--'.length)
    const next = argv[i + 1]
    const setting = flag.startsWith('--') ? settings.get(name) : undefined
    if (setting === undefined) {
      problems.push(describeUnknown(flag, [...settings.keys()]))
      if (equals === -1 && next !== undefined && takesNext(setting, next)) i++
      continue
    }
    after = setting
    let text: string | null = equals === -1 ? null : argument.slice(equals + 1)
    if (text === null && next !== undefined && takesNext(setting, next)) {
      text = next
      i++
    }
    if (text === null && setting.switch === true) text = 'true'
    if (text === null) {
      problems.push({ setting: `--${name}`, given: null, message: `needs a value: --${name} ${setting.placeholder}` })
    } else if (given.has(name)) {
      problems.push({ setting: `--${name}`, given: null, message: 'is given twice; give it once' })
    } else {
      given.set(name, { text, source: 'flag', where: null })
    }
  }
  return { given, problems }
}

/** Reads a list whose only sources are flags and the environment; all problems are thrown at once. */
export function resolveFlags<L extends SettingList>(
  list: L,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ValuesOf<L> {
  const flags = readFlags(list, argv)
  const { values, missing, problems } = readValues(list, layerGiven(flags.given, readEnvironment(list, env)))
  const all = [...flags.problems, ...missing, ...problems]
  if (all.length > 0) throw new SettingsError(all)
  return values as ValuesOf<L>
}

/**
 * Whether the argument after a flag is its value. A switch takes only `true` or `false`; what follows an unknown flag
 * is most likely its value, so that one mistake gives one problem.
 */
function takesNext(setting: Setting<unknown> | undefined, next: string): boolean {
  return setting?.switch === true ? next === 'true' || next === 'false' : !next.startsWith('--')
}

/** Whether an argument is a flag, or was to be one: `-api-key` is followed by a key, too. */
function isFlag(argument: string): boolean {
  return /^-+[^-]/.test(argument)
}

/**
 * A setting of a run that this command lacks is not a misspelling, however similar another name is. What follows a name in one word may be a secret
 * (`--api-key:…`).
 */
function describeUnknown(flag: string, names: readonly string[]): SettingProblem {
  const [shown, name] = /^-+([\w-]*)/.exec(flag)! as unknown as [string, string]
  const setting = mayBeKey(name) ? '--…' : shown === flag ? flag : `${shown}…`
  if (flag === `--${name}` && RUN_NAMES.has(name) && findForeign(name, names) === null) {
    const message = 'is a setting of plateau run, and does nothing here; --help lists those that do'
    return { setting, given: null, message }
  }
  const message = explainUnknown(name, names, {
    spell: (similar) => `--${similar}`,
    otherwise: '; --help lists them',
  })
  return { setting, given: null, message }
}

/**
 * After a secret's flag, a name with "=" or a URL with a query, a stray word may be a piece of the secret, and anywhere a key whose flag was
 * forgotten: then it is not shown.
 */
function describeStray(argument: string, after: Setting<unknown> | null, text: string): SettingProblem {
  const remedy =
    after?.switch === true
      ? `--${after.name} stands alone, or with true or false`
      : 'values follow their flag, for example --endpoint http://127.0.0.1:8000'
  const message = `belongs to no flag; ${remedy}`
  const shown = showValue(argument.replace(/^([\w-]+=).*/s, '$1…'))
  const isSecret = mayBeKey(argument) || after?.secret === true || text.includes('?')
  const setting = after === null ? 'argument' : `argument after --${after.name}`
  return { setting, given: isSecret ? null : shown, message }
}

/** Arguments of a command that takes files: the words that belong to no flag, and the flags with their values. */
interface Arguments {
  readonly words: readonly string[]
  readonly flags: readonly string[]
}

/** Separates words from flags, wherever they stand; `readFlags` then reads the flags. */
export function splitArguments(list: SettingList, argv: readonly string[]): Arguments {
  const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]))
  const words: string[] = []
  const flags: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!isFlag(argument)) {
      if (argument !== '--') words.push(argument)
      continue
    }
    flags.push(argument)
    const next = argv[i + 1]
    if (next === undefined || argument.includes('=')) continue
    if (takesNext(settings.get(argument.slice(2)), next)) {
      flags.push(next)
      i++
    }
  }
  return { words, flags }
}

/** The one word that a command takes; undefined where there is none. Throws SettingsError where there are several. */
export function takeOneWord(words: readonly string[], setting: string, noun: string): string | undefined {
  const [word, second] = words
  if (second === undefined) return word
  throw new SettingsError([{ setting, given: second, message: `is one too many; give one ${noun}` }])
}

/** The settings of a run for a command that has only some of them, and calls some by names of its own. */
interface RunMapping<L extends SettingList> {
  /** Those of the command by their names in a run. */
  readonly byName: ReadonlyMap<string, Setting<unknown>>
  /** All settings of a run under their names there, with the defaults of the command. */
  readonly settings: L
  /** Renames what was given from the command's names to those of a run. */
  toRun(given: GivenValues): GivenValues
  /** Of what a file or the environment gives, the settings that the command has. */
  pick(given: GivenValues): GivenValues
  /** A problem with the settings, in the names of the command. */
  spell(problem: SettingProblem): SettingProblem
}

/** @param list the settings of the command, by the keys of those of a run. */
export function mapToRun<L extends SettingList>(list: SettingList, ofRun: L): RunMapping<L> {
  const entries = Object.entries(list).map(([key, setting]) => ({ key, name: ofRun[key]!.name, setting }))
  const byName = new Map(entries.map(({ name, setting }) => [name, setting]))
  const renamed = entries.filter(({ name, setting }) => name !== setting.name)
  const inRun = new Map(renamed.map(({ name, setting }) => [setting.name, name]))
  return {
    byName,
    settings: { ...ofRun, ...Object.fromEntries(entries.map(({ key, name, setting }) => [key, { ...setting, name }])) },
    toRun: (given) => new Map([...given].map(([name, each]) => [inRun.get(name) ?? name, each])),
    pick: (given) => new Map([...given].filter(([name]) => byName.has(name))),
    spell: ({ setting, given, message }) => ({
      setting: byName.get(setting)?.name ?? setting,
      given,
      message: renamed.reduce((text, each) => spellFlag(text, each.name, each.setting.name), message),
    }),
  }
}

/** A setting's name is replaced only behind its dashes: without them it may be an ordinary word. */
function spellFlag(text: string, name: string, own: string): string {
  return text.replace(new RegExp(`--${name}(?![\\w-])`, 'g'), `--${own}`)
}
