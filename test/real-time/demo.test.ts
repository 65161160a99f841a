import { existsSync, rmSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { plateau, start } from '../support/cli.ts'

/** The folder that the demo names. */
function folderIn(stdout: string): string {
  return /^Files: (\S+) /m.exec(stdout)![1]!
}

test('the demo tells its story to the end, or says that this machine was too busy for it', async () => {
  const { code, stdout, stderr } = await plateau(['demo', '--keep'])
  onTestFinished(() => rmSync(folderIn(stdout), { recursive: true, force: true }))
  expect(stdout.match(/^\d\. /gm), stdout + stderr).toEqual(['1. ', '2. ', '3. ', '4. '])
  const lines = stdout.trimEnd().split('\n')
  if (code === 0) {
    expect(stdout).toMatch(/^ {3}exit code 0: the check passes\n[^]*^ {3}exit code 1: the check fails\n/m)
    expect(lines.at(-1)).toMatch(/^Next: plateau run /)
  } else {
    expect(code).toBe(3)
    expect(stdout).toMatch(/^The story did not go as told: .*\nWindows of half a second on a busy machine/m)
  }
})

test('a demo that is interrupted ends with 130 and leaves nothing behind', async () => {
  const running = start(['demo'])
  let stdout = ''
  running.child.stdout!.on('data', (text: string) => (stdout += text))
  await running.wrote(/run 1: /)
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(existsSync(folderIn(stdout))).toBe(false)
})
