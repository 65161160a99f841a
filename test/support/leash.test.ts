import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { CLI } from './cli.ts'
import { leash } from './leash.ts'

/** A worker of tests, as far as it starts a server that serves until it is told to stop. */
const WORKER = `
  import { spawn } from 'node:child_process'
  import { leash } from '${pathToFileURL(join(import.meta.dirname, 'leash.ts')).href}'
  const server = spawn(process.execPath, ['${CLI}', 'simulate', '--port', '0'], { env: leash(), detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  server.stdout.once('data', () => console.log(server.pid))
  setInterval(() => {}, 1000)
`

test('a server that a killed worker had started ends by itself', async () => {
  const worker = spawn(process.execPath, ['--input-type=module', '-e', WORKER], {
    env: { ...process.env, ...leash() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void worker.kill('SIGKILL'))
  const server = await new Promise<number>((found, fail) => {
    worker.stdout.setEncoding('utf8').on('data', (text: string) => found(Number(text)))
    worker.on('exit', (code) => fail(new Error(`the worker ended with ${code}`)))
  })
  expect(isThere(server)).toBe(true)
  worker.kill('SIGKILL')
  await expect.poll(() => isThere(server)).toBe(false)
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
