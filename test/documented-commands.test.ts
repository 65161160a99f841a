/** What the documents tell people to type is what there is; `documented-runs.test.ts` runs it. */
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SettingList } from '../src/settings/setting.ts'
import { readFlags, splitArguments } from '../src/settings/reading/flags.ts'
import { COMMANDS } from './support/commands.ts'
import { CALLS, listCalls } from './support/documented-calls.ts'
import type { Call } from './support/documented-calls.ts'

/** Stands for what the reader knows: a variable, an ellipsis, a word in capitals. */
const isPlaceholder = (text: string): boolean => /[$…<[]|^[A-Z_/]+$/.test(text)

/** What is wrong with a call; empty where there is nothing. */
function findFaults({ name, argv }: Call): readonly string[] {
  const list: SettingList | undefined = COMMANDS.find(([help]) => help.name === name)?.[1]
  if (list === undefined) return [`${name} is no command`]
  const { flags } = splitArguments(
    list,
    argv.filter((word) => word !== '--help'),
  )
  const { given, problems } = readFlags(list, flags)
  const byName = new Map(Object.values(list).map((setting) => [setting.name, setting]))
  return [
    // A flag that is only named, in a sentence, has no value.
    ...problems.flatMap(({ setting, message }) =>
      message.startsWith('needs a value') ? [] : [`${setting} ${message}`],
    ),
    ...[...given].flatMap(([flag, { text }]) => {
      if (isPlaceholder(text)) return []
      try {
        byName.get(flag)!.read(text)
        return []
      } catch (error) {
        return [`--${flag} ${(error as Error).message}`]
      }
    }),
  ]
}

test('the documents call every command', () => {
  expect(new Set(CALLS.map(({ name }) => name))).toEqual(new Set(COMMANDS.map(([{ name }]) => name)))
})

test.each(CALLS)('$path: plateau $line is a call that there is', (call) => {
  expect(findFaults(call)).toEqual([])
})

test('a call that there is not is found', () => {
  expect(findFaults(listCalls('node dist/cli.js rnu --endpoint http://h')[0]!)).toEqual(['rnu is no command'])
  expect(findFaults(listCalls('plateau run --endpoint http://h --passe 3 # no')[0]!)[0]).toMatch(
    /^--passe is not a setting/,
  )
  expect(findFaults(listCalls('plateau run \\\n  --passes many')[0]!)[0]).toMatch(/^--passes must be/)
})

test.each(COMMANDS.map(([{ name }]) => name))('%s is run by a test from its built file', (name) => {
  const tests = globSync('test/e2e/*.ts').map((path) => readFileSync(path, 'utf8'))
  expect(tests.some((text) => new RegExp(`\\[\\s*(\\d, )?'${name}[ ',\\]]`).test(text))).toBe(true)
})
