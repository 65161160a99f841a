import { expect, test } from 'vitest'
import { splitArguments } from '../../../src/settings/reading/flags.ts'
import { COMPARE_SETTINGS } from '../../../src/commands/compare-settings.ts'
import { RUN_SETTINGS } from '../../../src/settings.ts'

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
