import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CLI, plateau, start, temporaryFolder } from '../support/cli.ts'
import { virtualServer } from '../support/virtual/servers.ts'

const SHORT = '--concurrency 2 --level-duration 800ms --output-tokens 16 --input-tokens 40 --soak off'.split(' ')

/** The built command over two builds of the simulated endpoint in virtual time. */
async function compare(a: string, b: string) {
  const builds = ['--a', `plateau simulate ${a}`, '--b', `plateau simulate ${b}`]
  return plateau(['ab', ...builds, '--url', virtualServer([]), ...SHORT], { cwd: temporaryFolder() })
}

test('the built command finds a build red that decodes slower, without any history', async () => {
  const { code, stdout } = await compare('--decode 10ms', '--decode 12ms')
  expect(code).toBe(1)
  expect(stdout).toContain('❌ ab: TPOT +')
})

/** A port at which nobody listens. */
async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A real process of the simulated endpoint, as the shell starts it. */
function simulateAt(port: number): string {
  return `"${process.execPath}" "${CLI}" simulate --port ${port}`
}

test('a control that dies at its start is said with the end of its log, which is kept', async () => {
  const cwd = temporaryFolder()
  const port = await findFreePort()
  const dying = "echo 'CUDA error: out of memory' >&2; exit 7"
  const { code, stderr } = await plateau(
    ['ab', '--a', dying, '--b', simulateAt(port), '--url', `http://127.0.0.1:${port}`, ...SHORT, '--passes', '1'],
    { cwd },
  )
  expect(code).toBe(3)
  expect(stderr).toContain('the server of --a ended with code 7 before it was ready')
  expect(stderr).toContain('    CUDA error: out of memory')
  expect(readFileSync(join(cwd, '.plateau/logs/control.log'), 'utf8')).toBe('CUDA error: out of memory\n')
})

test.skipIf(process.platform === 'win32')('no server outlives a command that is killed', async () => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const cwd = temporaryFolder()
  const running = start(['ab', '--a', simulateAt(port), '--b', simulateAt(port), '--url', url, ...SHORT], { cwd })
  await running.wrote(/a session takes about/)
  expect((await fetch(`${url}/health`)).ok).toBe(true)
  running.child.kill('SIGKILL')
  await running.ended
  while (
    await fetch(`${url}/health`).then(
      () => true,
      () => false,
    )
  )
    await wait(50)
})

test.skipIf(process.platform === 'win32')('the example for a laptop has settings that go together', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'plateau'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, { mode: 0o755 })
  const { status, stdout, stderr } = spawnSync('sh', ['examples/ab-llama-cpp.sh', 'llama', '--dry-run'], {
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'a is the control, b the candidate\n' })
  expect(stdout).toContain('would start two servers in turn in up to 4 sessions, and measure http://127.0.0.1:8080/')
})
