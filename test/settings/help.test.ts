import { expect, test } from 'vitest'
import { renderHelp, renderOverview } from '../../src/settings/help.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'

const run = { name: 'run', summary: 'Measures an endpoint', examples: ['plateau run --endpoint http://127.0.0.1:8000'] }

test('help names every setting once, on lines of at most 100 characters', () => {
  const lines = renderHelp(run, COMMAND_SETTINGS).split('\n')
  for (const { name } of Object.values(COMMAND_SETTINGS)) {
    expect(
      lines.filter((line) => line.trimStart().startsWith(`--${name} `) || line.trim() === `--${name}`),
      name,
    ).toHaveLength(1)
  }
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100)
})

test('help shows defaults and begins with the common settings', () => {
  const help = renderHelp(run, COMMAND_SETTINGS)
  expect(help).toMatch(/--output-tokens N[^[]*\[128\]/)
  expect(help.indexOf('--limits')).toBeLessThan(help.indexOf('--soak'))
  expect(help).toContain('plateau run --endpoint http://127.0.0.1:8000')
})

test('help shows what the command does without a value, not what the action does', () => {
  const help = renderHelp(run, COMMAND_SETTINGS).replace(/\s+/g, ' ')
  expect(help).toContain('[file:.plateau/history.json]')
  expect(help).toContain('[the scenario, else from the model]')
  expect(help).not.toContain('--comment')
})

test('the overview lists the commands', () => {
  expect(renderOverview([run, { ...run, name: 'demo', summary: 'Shows it' }])).toContain('  demo  Shows it')
})
