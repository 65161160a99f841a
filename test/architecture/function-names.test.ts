import { describe, expect, test } from 'vitest'
import { findMisnamedFunctions } from './function-names.ts'
import { readSources } from './sources.ts'

test('functions are named by what they do, not by what results', () => {
  const sources = readSources()
  expect(sources.size).toBeGreaterThan(200)
  expect(findMisnamedFunctions(sources)).toEqual([])
})

describe('a name that says nothing of what is done is found', () => {
  test.each([
    ['a participle', 'measured', 'export function measured(run: Run): Level[] {'],
    ['a participle before its noun', 'checkedLevels', 'function checkedLevels(): number[] {'],
    ['a participle in -ing', 'missingKey', 'function* missingKey(input: CheckInput): Iterable<SettingProblem> {'],
    ['an adjective', 'plain', 'export async function plain(text: string, maximum = MAXIMUM): Promise<string> {'],
    ['an adverb', 'together', 'const together = (a: number, b: number): number => a + b'],
    ['a preposition', 'withPath', 'const withPath = async (url: URL) => url'],
    ['a question', 'whyNot', 'const whyNot = <T>(of: T) => null'],
    ['a noun', 'growth', 'function growth(x: number, { hits, n, total }: Margins): number {'],
    ['a noun and more', 'valueAt', 'const valueAt = (json: Json, path: string): unknown => json[path]'],
    ['one after a type', 'within', 'const within: (ms: number) => boolean = (ms) => ms < 5'],
    [
      'one whose parameters take lines',
      'few',
      'const few = (\n  values: readonly number[],\n  most = 3,\n) => values.length < most',
    ],
    ['one of one parameter', 'enough', 'const enough = n => n > 3'],
  ])('%s: %s', (_, name, line) => {
    expect(findMisnamedFunctions(new Map([['a.ts', `const before = 1\n${line}\n`]]))).toEqual([{ path: 'a.ts', name }])
  })
})

test.each([
  ['a verb', 'export function measureLevel(): void {}'],
  ['a verb that ends like a participle', 'function seedRandom(): void {}\nconst needsModel = () => true'],
  ['a question that is answered by yes or no', 'const isMeasured = (level: Level) => level.n > 0'],
  ['what something is of', 'const missingOf = (a: string[]) => a\nfunction worseningOf(): number { return 1 }'],
  ['what something of a kind is of', 'function keyOfRun(run: Run): string { return run.key }'],
  ['the handler of a command', 'export async function historyCommand(args: string[]): Promise<number> { return 0 }'],
  ['a formula', 'function betaFraction(a: number, b: number, x: number): number { return a }'],
  [
    'a conversion',
    'function toSlug(text: string): string { return asText(text) }\nconst asText = (a: unknown) => String(a)',
  ],
  ['a value', "const measured = levels.map((level) => level.n)\nconst plain = 'text'"],
  ['a word in a comment', '/** The function within does this. */\n// a function that does this'],
])('%s is no such name', (_, code) => {
  expect(findMisnamedFunctions(new Map([['a.ts', code]]))).toEqual([])
})
