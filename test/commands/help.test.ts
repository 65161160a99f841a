import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { listExitCodes, renderHelp, renderOverview } from '../../src/commands/help.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { VERSION } from '../../src/version.ts'
import { EXIT } from '../../src/vocabulary/exit-codes.ts'
import { callHere } from '../support/call-here.ts'
import { COMMANDS } from '../support/commands.ts'

test('help and version', async () => {
  const overview = await callHere([])
  expect(overview).toMatchObject({ code: 0, stderr: '' })
  for (const [{ name }] of COMMANDS) expect(overview.stdout).toMatch(new RegExp(`^ *${name} `, 'm'))
  for (const name of ['compare', 'demo', 'simulate']) {
    const { code, stdout, stderr } = await callHere([name, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      new RegExp(`^Usage: plateau ${name}\\b[^]*^Examples:\n {2}plateau ${name}\\b[^]*^Exit codes: `, 'm'),
    )
  }
  expect(await callHere(['--help'])).toEqual(overview)
  const help = await callHere(['run', '--help', '--passes', '0'])
  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help.stdout).toContain('--endpoint URL')
  expect(help.stdout).toContain('--concurrency LIST')
  expect(help.stdout).toContain('--append')
  expect(help.stdout).not.toContain('--accept-label')
  // As in git and npm, and a value that is the word is none.
  expect(await callHere(['help', 'run'])).toEqual(await callHere(['run', '--help']))
  expect(await callHere(['help'])).toEqual(overview)
  expect(await callHere(['help', 'rnu'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean run?'),
  })
  expect(await callHere(['run', '--name', 'help'])).toMatchObject({ code: 2, stdout: '' })
  expect(await callHere(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
})

test('the shell completes every command', async () => {
  const { code, stdout } = await callHere(['completion', 'bash'])
  expect(code).toBe(0)
  for (const [{ name }] of COMMANDS) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`))
})

const run = { name: 'run', summary: 'Measures an endpoint', examples: ['plateau run --endpoint http://127.0.0.1:8000'] }

test('an example that is longer than a terminal is wide stands on lines that can be copied', () => {
  const example = `plateau run --endpoint https://host/v1 --model llama-8b --limits 'ttft-p50@4 <= 300ms, error-rate <= 1%' --append`
  const help = renderHelp({ ...run, examples: [example] }, {})
  expect(help.split('\n').filter(({ length }) => length > 80)).toEqual([])
  expect(help).toContain('  plateau run --endpoint https://host/v1 --model llama-8b \\\n')
  expect(help.replaceAll(/ \\\n +/g, ' ')).toContain(example)
})

test('help names every setting once, on lines of at most 80 characters', () => {
  const lines = renderHelp(run, COMMAND_SETTINGS).split('\n')
  for (const { name } of Object.values(COMMAND_SETTINGS)) {
    expect(
      lines.filter((line) => line.trimStart().startsWith(`--${name} `) || line.trim() === `--${name}`),
      name,
    ).toHaveLength(1)
  }
  expect(lines.filter(({ length }) => length > 80)).toEqual([])
})

test('no line of help ends between a figure and its unit', () => {
  expect(renderHelp(run, COMMAND_SETTINGS)).toContain('5 %')
  expect(renderHelp(run, COMMAND_SETTINGS)).not.toMatch(/\d\n\s*(%|s\b|ms\b)/)
})

test('help shows defaults and begins with the common settings', () => {
  const help = renderHelp(run, COMMAND_SETTINGS)
  expect(help).toMatch(/--output-tokens N[^[]*\[128\]/)
  expect(help.indexOf('--limits')).toBeLessThan(help.indexOf('--soak'))
  expect(help).toContain('plateau run --endpoint http://127.0.0.1:8000')
})

test('help names what an endpoint may be left out for only where the command has that', () => {
  expect(renderHelp(run, COMMAND_SETTINGS).replace(/\s+/g, ' ')).toContain('[required, unless results is given]')
  const { results: _, ...others } = COMMAND_SETTINGS
  expect(renderHelp(run, others).replace(/\s+/g, ' ')).toContain('never shown [required]')
})

test('help shows what the command does without a value, not what the action does', () => {
  const help = renderHelp(run, COMMAND_SETTINGS).replace(/\s+/g, ' ')
  expect(help).toContain('[file:.plateau/history.json]')
  expect(help).toContain('[the scenario, else from the model]')
  expect(help).not.toContain('--comment')
})

test('the overview lists the commands', () => {
  const long = {
    ...run,
    name: 'demo',
    summary: 'Shows it, in as many words as it takes, which are more than one line of a terminal holds',
  }
  const overview = renderOverview([run, long])
  expect(overview).toContain('  run   Measures an endpoint\n  demo  Shows it, in as many words')
  expect(overview.split('\n').filter(({ length }) => length > 80)).toEqual([])
})

test('help and docs have the same exit codes, each with what it says', () => {
  const page = readFileSync('docs/command.md', 'utf8').replace(/\s+/g, ' ')
  expect(page).toContain(`Exit codes: ${listExitCodes().join(' · ')}.`)
  expect(renderOverview([]).replace(/\s+/g, ' ')).toContain('2 settings, or something could not be written')
})

test('the entry, which loads where nothing else does, has the same exit codes', () => {
  const entry = readFileSync('src/cli.ts', 'utf8')
  const codes = [...entry.matchAll(/exitCode = (.*)$/gm)].map(([, code]) => code)
  expect(codes).toEqual([
    `${EXIT.refused}`,
    `${EXIT.notMeasured}`,
    'code',
    `known !== null && known.code === 'settings' ? ${EXIT.refused} : ${EXIT.notMeasured}`,
  ])
})
