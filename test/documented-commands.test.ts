/** What the documents tell people to type is what there is, and what tests have run. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SettingList } from '../src/settings/define.ts'
import { readFlags, splitArguments } from '../src/settings/reading/flags.ts'
import { COMMANDS } from './support/commands.ts'

const ROOT = join(import.meta.dirname, '..')
const readAll = (pattern: string): readonly (readonly [path: string, text: string])[] =>
  globSync(pattern, { cwd: ROOT }).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])

/** What stands in code in a document; an example is code as a whole. */
function listCode(path: string, text: string): readonly string[] {
  if (!path.endsWith('.md')) return [text]
  const blocks = text.matchAll(/^```\w*\n([^]*?)^```$/gm)
  const spans = text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)
  return [...blocks, ...spans].map(([, code]) => code!)
}

interface Call {
  readonly name: string
  readonly argv: readonly string[]
}

/** The calls of the command in a piece of code: up to the end of the line, or what the shell does with it. */
function listCalls(code: string): readonly Call[] {
  const whole = code.replaceAll(/\\\n\s*/g, ' ').replaceAll(/\n\s+(?=--[a-z])/g, ' ')
  return [...whole.matchAll(/(?:^|[\s(])(?:\S*\/cli\.js|plateau) ([a-z]+)(?=[\s)"]|$)([^\n]*)/gm)].map(
    ([, name, rest]) => {
      const [line] = rest!.split(/\s(?:#|\||>|&&|;)|\)"/)
      const words = Array.from(
        line!.matchAll(/'([^']*)'|"([^"]*)"|\S+/g),
        ([word, single, double]) => single ?? double ?? word,
      )
      return { name: name!, argv: words.filter((word) => !/^\$+\{?RECORD/.test(word)) }
    },
  )
}

const DOCUMENTS = [...readAll('*.md'), ...readAll('docs/*.md'), ...readAll('examples/*')].filter(
  ([path]) => path !== 'CHANGELOG.md' && path !== 'docs/architecture.md',
)
const CALLS = DOCUMENTS.flatMap(([path, text]) =>
  listCode(path, text).flatMap((code) =>
    listCalls(code).map((call) => ({ path, ...call, line: [call.name, ...call.argv].join(' ') })),
  ),
)

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
  const tests = readAll('test/e2e/*.ts').map(([, text]) => text)
  expect(tests.some((text) => new RegExp(`\\[\\s*'${name}'[,\\]]`).test(text))).toBe(true)
})

/** Every flag that stands in code anywhere in the documents. */
const FLAGS = new Set(
  DOCUMENTS.filter(([path]) => path.endsWith('.md')).flatMap(([path, text]) =>
    listCode(path, text).flatMap((code) =>
      [...code.matchAll(/(?<![\w-])--([a-z][a-z-]*[a-z])/g)].map(([, flag]) => flag!),
    ),
  ),
)
const OWN_FLAGS = new Set(COMMANDS.flatMap(([, list]) => Object.values(list).map(({ name }) => name)))

/** Tests themselves, without what they are helped by. */
const TESTS = readAll('test/**/*.test.ts')
  .filter(([path]) => !path.endsWith('documented-commands.test.ts'))
  .map(([, text]) => text)

test.each([...FLAGS].filter((flag) => OWN_FLAGS.has(flag)))('--%s of the documents is given by a test', (flag) => {
  expect(TESTS.some((text) => text.includes(`--${flag}`) || text.includes(`'${flag}'`))).toBe(true)
})
