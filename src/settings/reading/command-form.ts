import type { SettingProblem } from '../../errors.ts'
import type { Setting, SettingList } from '../define.ts'
import type { GivenValues } from '../given.ts'

/** The settings of a run for a command that has only some of them, and calls some by names of its own. */
interface CommandForm<L extends SettingList> {
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
export function readForm<L extends SettingList>(list: SettingList, ofRun: L): CommandForm<L> {
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
