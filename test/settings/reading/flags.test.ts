import { expect, test } from 'vitest'
import { readFlags, splitArguments } from '../../../src/settings/reading/flags.ts'
import { COMPARE_SETTINGS } from '../../../src/commands/compare.ts'
import { RUN_SETTINGS } from '../../../src/settings/lists/run-settings.ts'

test('words may stand before, between and after flags', () => {
  const split = splitArguments(COMPARE_SETTINGS, ['a.json', '--tolerance', '5%', 'b.json', '--gate=check', 'c.json'])
  expect(split).toEqual({ words: ['a.json', 'b.json', 'c.json'], flags: ['--tolerance', '5%', '--gate=check'] })
})

test('a switch takes the next argument only where it can be nothing else', () => {
  expect(splitArguments(RUN_SETTINGS, ['--append', 'a.json'])).toEqual({ words: ['a.json'], flags: ['--append'] })
  expect(splitArguments(RUN_SETTINGS, ['--append', 'true'])).toEqual({ words: [], flags: ['--append', 'true'] })
})

test('what follows a misspelt flag is its value: one mistake, one problem', () => {
  expect(splitArguments(COMPARE_SETTINGS, ['--histori', 'h.json', 'a.json'])).toEqual({
    words: ['a.json'],
    flags: ['--histori', 'h.json'],
  })
})

test('a flag without its value keeps the next flag for itself', () => {
  expect(splitArguments(COMPARE_SETTINGS, ['--history', '--gate', 'check']).flags).toEqual([
    '--history',
    '--gate',
    'check',
  ])
})

test.each<[given: readonly string[], told: string]>([
  [['-api-key', 'sk-1234'], '-api-key: is not a setting; did you mean --api-key?'],
  [['-api-key=sk-1234'], '-api-key: is not a setting; did you mean --api-key?'],
  [['---api-key', 'sk-1234'], '---api-key: is not a setting; did you mean --api-key?'],
  [['-k', 'sk-1234'], '-k: is not a setting; --help lists them'],
  [['--api-key sk-1234'], '--api-key…: is not a setting; did you mean --api-key?'],
  [['--api-key:sk-1234'], '--api-key…: is not a setting; did you mean --api-key?'],
  [['api-key=sk-1234'], 'argument: api-key=…'],
  [['--model', 'm', 'api-key=sk-1234'], 'argument after --model: api-key=…'],
])('a key that is given in a wrong way is not shown: %j', (given, told) => {
  const { problems } = readFlags(RUN_SETTINGS, given)
  expect(problems).toHaveLength(1)
  const [{ setting, given: shown, message }] = problems as [(typeof problems)[number]]
  expect(JSON.stringify(problems)).not.toContain('sk-1234')
  expect(`${setting}: ${shown ?? message}`).toBe(told)
})

test('in commands that take files, too', () => {
  const split = splitArguments(COMPARE_SETTINGS, ['-github-token', 'ghp_1234', 'a.json', '-'])
  expect(split).toEqual({ words: ['a.json', '-'], flags: ['-github-token', 'ghp_1234'] })
})
