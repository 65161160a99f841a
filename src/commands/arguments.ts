import type { SettingList } from '../settings/define.ts'
import { takesNext } from '../settings/reading/flags.ts'

/** Arguments of a command that takes files: the words that belong to no flag, and the flags with their values. */
export interface Arguments {
  readonly words: readonly string[]
  readonly flags: readonly string[]
}

/** Tells words and flags apart, wherever they stand; `readFlags` then reads the flags as it reads those of every command. */
export function splitArguments(list: SettingList, argv: readonly string[]): Arguments {
  const settings = new Map(Object.values(list).map((setting) => [setting.name, setting]))
  const words: string[] = []
  const flags: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!argument.startsWith('--') || argument === '--') {
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
