import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  renderCodesTable,
  renderOutputsTable,
  renderOutsideList,
  renderSettingsReference,
  renderSettingsTable,
} from '../../scripts/docs/settings-tables.ts'
import { writeOwner } from '../../scripts/docs/owner.ts'
import { settingsJsonSchema } from '../../scripts/docs/json-schemas.ts'
import { ACTION_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'

const settings = Object.values(RUN_SETTINGS)

test('at most a dozen settings are shown as needed most', () => {
  const rows = renderSettingsTable(ACTION_SETTINGS, { common: true }).split('\n').slice(2)
  expect(rows.length).toBeLessThanOrEqual(12)
  expect(rows[0]).toContain('`endpoint`')
})

test('the reference holds every setting', () => {
  const reference = renderSettingsReference(RUN_SETTINGS)
  for (const { name } of settings) expect(reference).toContain(`| \`${name}\` `)
})

test('the reference says what only one of action and command has', () => {
  const lines = renderSettingsReference(RUN_SETTINGS).split('\n')
  const lineOf = (name: string): string => lines.find((line) => line.startsWith(`| \`${name}\` `))!
  expect(lineOf('comment')).toContain('Action only.')
  expect(lineOf('append')).toContain('Command only.')
  expect(lineOf('passes')).not.toContain('only.')
  expect(lineOf('baseline')).toContain('`artifact`; of the command `file:.plateau/history.json`')
})

test('the docs say what no file can hold', () => {
  const [anywhere, action] = renderOutsideList(RUN_SETTINGS).split('\n')
  for (const name of ['api-key', 'github-token', 'config', 'baseline-workflow'])
    expect(anywhere).toContain(`\`${name}\``)
  for (const name of ['endpoint', 'auth', 'headers', 'proxy']) expect(action).toContain(`\`${name}\``)
  expect(action).not.toContain('`model`')
})

test('a table of outputs has their names', () => {
  expect(renderOutputsTable([{ name: 'verdict', meaning: 'a <b>' }])).toContain('| `verdict` | a \\<b>. |')
})

test('a table keeps what Markdown would take for markup', () => {
  expect(renderCodesTable([{ code: 'http_<status>', meaning: 'a <b> *', remedy: '`<c>`' }])).toContain(
    '| `http_<status>` | a \\<b> \\* | `<c>`',
  )
})

test('the names and keys of settings are distinct and the help is one sentence without its full stop', () => {
  expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length)
  for (const { name, help } of settings) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(help, name).not.toMatch(/\.$/)
  }
})

test('the JSON schema takes the config file of the docs and refuses a misspelt key', () => {
  const schema = z.fromJSONSchema(settingsJsonSchema(RUN_SETTINGS))
  const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/settings.md', 'utf8'))![1]!
  expect(schema.safeParse(parse(example)).error).toBeUndefined()
  expect(schema.safeParse({ endpoint: 'http://h', headers: { a: 'b' }, preflight: true, passes: 2 }).success).toBe(true)
  expect(schema.safeParse({ endpont: 'http://h' }).success).toBe(false)
  expect(schema.safeParse({ 'api-key': 'k' }).success).toBe(false)
  expect(
    schema.safeParse({ accept: [{ metric: 'tpot-p50', at: '18%' }, 'ttft-p50 +5% since 2026-11-20'] }).success,
  ).toBe(true)
  expect(schema.safeParse({ accept: [{ metric: ['tpot-p50'] }] }).success).toBe(false)
  expect(schema.safeParse({ scenarios: { a: { passes: [1] } } }).success).toBe(false)
})

test.each([
  ['- uses: your-org/plateau@v1', '- uses: acme/plateau@v1'],
  ['- uses: your-org/plateau/report@v1', '- uses: acme/plateau/report@v1'],
  ['          repository: your-org/plateau\n', '          repository: acme/plateau\n'],
  [
    'git clone https://github.com/your-org/plateau plateau-tool',
    'git clone https://github.com/acme/plateau plateau-tool',
  ],
  [
    'args: [clone, https://github.com/your-org/plateau, /plateau]',
    'args: [clone, https://github.com/acme/plateau, /plateau]',
  ],
  ['https://github.com/your-org/plateau', 'https://github.com/acme/plateau'],
])('the owner of the action is written into %s', (text, expected) => {
  expect(writeOwner(text, 'acme')).toBe(expected)
  expect(writeOwner(expected, 'acme')).toBe(expected)
})

test.each([
  '- uses: actions/checkout@v5',
  'repo:your-org/your-repo',
  'uses: your-org/plateau-tools@v1',
  '/opt/plateau',
])('%s has another owner, who stays', (text) => {
  expect(writeOwner(text, 'acme')).toBe(text)
})
