import { expect, test } from 'vitest'
import { VERSION } from '../../src/version.ts'
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
