import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { plateau } from './support/cli.ts'
import { leash } from './support/leash.ts'

/** Runs the entry as a Node of this version would. */
function runOn(version: string, args: readonly string[]): { status: number | null; stderr: string; stdout: string } {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`
  return spawnSync(process.execPath, ['--import', preload, 'src/cli.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...leash() },
  })
}

test.each(['20.20.2', '22.18.0', '18.0.0'])('Node %s is told which Node to use', (version) => {
  const { status, stderr, stdout } = runOn(version, ['run', '--endpoint', 'http://h'])
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain(`Plateau needs Node 22.19 or newer and this is ${version}; run: npx --yes node@24 `)
  expect(stderr).toMatch(/src\/cli\.ts run --endpoint http:\/\/h\n$/)
})

test('the command to run instead shows no secret', () => {
  const flags = [
    '--api-key',
    'sk-1',
    '--api-key=sk-1',
    '--headers',
    'x: sk-1',
    '--extra-body',
    '{"key": "sk-1"}',
    '--endpoint',
    'http://u:sk-1@h/?k=sk-1',
  ]
  const { stderr } = runOn('20.0.0', ['run', ...flags, '--limits', "it's <= 1"])
  expect(stderr).not.toContain('sk-1')
  expect(stderr).toContain(
    "--api-key … --api-key=… --headers … --extra-body … --endpoint 'http://…@h/?…' --limits 'it'\\''s <= 1'",
  )
})

test('an error is a message without a stack trace, unless one is asked for', async () => {
  const { code, stderr } = await plateau(['rnu'])
  expect(code).toBe(2)
  expect(stderr).toBe('command: got "rnu"; is not a command; did you mean run?\n')
  expect((await plateau(['rnu'], { env: { PLATEAU_DEBUG: '1' } })).stderr).toContain('    at ')
})
