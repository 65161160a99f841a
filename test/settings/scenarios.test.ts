import { expect, test } from 'vitest'
import { SettingsError } from '../../src/errors.ts'
import { resolveScenarios } from '../../src/settings.ts'
import type { Settings } from '../../src/settings.ts'

/** The settings of every scenario of this file; the problems as one text where there are any. */
async function resolveAll(text: string, flags: readonly string[] = [], name: string | null = null) {
  const read = resolveScenarios({
    flags: ['--config', 'plateau.yml', '--scenario', 'all', ...flags],
    env: {},
    readFile: () => text,
    defaults: { baseline: { kind: 'file', path: 'h.json' }, name },
  })
  return read.then(
    (all) => all.map(({ settings }) => settings),
    (error: unknown) => {
      if (!(error instanceof SettingsError)) throw error
      return error.message
    },
  )
}

async function pick(key: keyof Settings, ...given: Parameters<typeof resolveAll>): Promise<unknown> {
  const all = await resolveAll(...given)
  return typeof all === 'string' ? all : all.map((settings) => settings[key])
}

const TWO = 'endpoint: http://h\npasses: 2\nscenarios:\n  chat: { passes: 4 }\n  Long Prompts: { input-tokens: 900 }\n'

test('scenario: all is every scenario of the file, in its order, each with its own settings over those at the top', async () => {
  expect(await pick('passes', TWO)).toEqual([4, 2])
  expect(await pick('name', TWO)).toEqual(['chat', 'long-prompts'])
  expect(await pick('seed', TWO)).toEqual(['chat', 'long-prompts'])
  expect(await pick('passes', TWO, ['--passes', '3'])).toEqual([3, 3])
})

test('a name for the run stands before those of its scenarios, and the name of a scenario stays its own', async () => {
  expect(await pick('name', TWO, ['--name', 'llama'])).toEqual(['llama-chat', 'llama-long-prompts'])
  expect(await pick('name', TWO, [], 'measure')).toEqual(['measure-chat', 'measure-long-prompts'])
  const own = 'endpoint: http://h\nname: llama\nscenarios:\n  a: { name: alpha }\n  b: {}\n'
  expect(await pick('name', own)).toEqual(['alpha', 'llama-b'])
  const ends = 'endpoint: http://h\nscenarios:\n  history: {}\n  b: {}\n'
  expect(await pick('name', ends, [], 'job')).toEqual(['job-history-run', 'job-b'])
})

test('a file that all would write gets the name of each, a file of one scenario stays as it is, and the comment is one', async () => {
  const flags = ['--report-json', 'out/v1.2/report.json', '--html=page', '--markdown', 'all.md']
  expect(await pick('reportJson', TWO, flags)).toEqual([
    'out/v1.2/report-chat.json',
    'out/v1.2/report-long-prompts.json',
  ])
  expect(await pick('html', TWO, flags)).toEqual(['page-chat', 'page-long-prompts'])
  expect(await pick('markdown', TWO, flags)).toEqual(['all.md', 'all.md'])
  const own = 'endpoint: http://h\njunit: j.xml\nscenarios:\n  a: { junit: mine.xml }\n  b: {}\n'
  expect(await pick('junit', own)).toEqual(['mine.xml', 'j-b.xml'])
})

test('the false-alarm rate is shared by all scenarios, unless a report job shares it or a threshold promises none', async () => {
  expect(await pick('falseAlarmRate', TWO)).toEqual([0.005, 0.005])
  expect(await pick('decidedBy', TWO)).toEqual(
    Array.from({ length: 2 }, () => [{ setting: 'false-alarm-rate', value: '0.5%' }]),
  )
  expect(await pick('falseAlarmRate', TWO, ['--false-alarm-rate', '4%'])).toEqual([0.02, 0.02])
  expect(await pick('falseAlarmRate', TWO, ['--decision', 'threshold'])).toEqual([0.01, 0.01])
  expect(await pick('falseAlarmRate', 'endpoint: http://h\nscenarios: { only: {} }')).toEqual([0.01])
  const deferred = await resolveScenarios({
    inputs: new Map(
      Object.entries({ endpoint: 'http://h', config: 'p.yml', scenario: 'all', defer: 'true' }).map(([name, text]) => [
        name,
        { text, source: 'input', where: null } as const,
      ]),
    ),
    env: {},
    readFile: () => 'scenarios: { a: {}, b: {} }',
    defaults: { baseline: { kind: 'artifact' }, name: 'measure' },
  })
  expect(deferred.map(({ settings }) => settings.falseAlarmRate)).toEqual([0.01, 0.01])
})

test.each([
  [
    'endpoint: http://h',
    [],
    'scenario: "all" is not there: the file has no scenarios; remove scenario, or write it under scenarios',
  ],
  [
    'endpoint: http://h\nscenarios: { all: {}, b: {} }',
    [],
    '"all" stands for every scenario; give this one another name',
  ],
  [TWO, ['--shard', '1/2'], 'shard: measures a share of one scenario, and scenario is all; name one'],
  [TWO, ['--format', 'json'], 'format: json is the report of one scenario, and scenario is all; give report-json'],
  [TWO, ['--false-alarm-rate', '0.01%'], 'is shared by the 2 scenarios, and less than 0.01% is left for each'],
  ['endpoint: http://h\nscenarios: { あ: {}, い: {} }', ['--name', 'x'], 'name: got "x"; is the name of two scenarios'],
  ['endpoint: http://h\nscenarios: { a: 4, b: {} }', [], 'scenarios.a: must be a map of settings'],
])('what cannot be of several scenarios is refused: %j %j', async (text, flags, message) => {
  expect(await resolveAll(text, flags)).toContain(message)
})

test('a problem of every scenario is said once, and one of some names them', async () => {
  const text = 'endpoint: http://h\npasses: 0\nscenarios:\n  a: { metrics: nonsense }\n  b: {}\n'
  const found = await resolveAll(text)
  const message = typeof found === 'string' ? found : ''
  expect(message.match(/passes: got "0"/g)).toHaveLength(1)
  expect(message.split('\n').find((line) => line.startsWith('passes'))).not.toContain('in scenario')
  expect(message.split('\n').find((line) => line.startsWith('metrics'))).toContain('(in scenario a)')
})
