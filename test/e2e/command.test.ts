import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CLI, plateau, simulated, start } from '../support/cli.ts'

/** Node that says it is older than it is. */
function pretending(version: string): string[] {
  const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

test.each(['22.18.0', '20.19.0', '18.0.0'])('Node %s is told in one sentence what to run instead', async (version) => {
  const args = ['run', '--endpoint', 'http://h/?k=secret', '--api-key', 'secret']
  const { code, stdout, stderr } = await plateau(args, { node: pretending(version) })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toBe(
    `Plateau needs Node 22.19 or newer and this is ${version}; run: npx --yes node@24 ${CLI} run ` +
      "--endpoint 'http://h/?…' --api-key …\n",
  )
})

test('so is a Node that is really too old, where the machine has one', () => {
  const installed = '/usr/bin/node'
  if (!existsSync(installed)) return
  const version = execFileSync(installed, ['--version'], { encoding: 'utf8' }).trim().slice(1)
  const [major, minor] = version.split('.').map(Number)
  if (major! > 22 || (major === 22 && minor! >= 19)) return
  const { status, stdout, stderr } = spawnSync(installed, [CLI, 'run'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toBe(`Plateau needs Node 22.19 or newer and this is ${version}; run: npx --yes node@24 ${CLI} run\n`)
})

test('simulate says what it serves, and does until it is asked to stop', async () => {
  const running = start(['simulate', '--port', '0', '--model', 'tiny', '--fault', '429@1%'])
  await running.wrote(
    /^simulated endpoint on http:\/\/127\.0\.0\.1:\d+ \(model tiny\); Ctrl-C stops it\nfaults: 429 on 1 % of requests\n/,
  )
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
})

test('simulate answers with the faults it was told', async () => {
  const url = await simulated(['--fault', '503=1s', '--api-key', 'k'])
  const post = async (headers: Record<string, string>) =>
    (await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{"messages":[]}', headers })).status
  expect(await post({})).toBe(401)
  expect(await post({ authorization: 'Bearer k' })).toBe(503)
})
