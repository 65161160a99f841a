import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { start } from '../support/cli.ts'

/** The folder that the demo names. */
function folderIn(stdout: string): string {
  return /^Files: (\S+) /m.exec(stdout)![1]!
}

test('a demo that is interrupted ends with 130 and leaves nothing behind', async () => {
  const running = start(['demo'])
  let stdout = ''
  running.child.stdout!.on('data', (text: string) => (stdout += text))
  await running.wrote(/^1\. main is measured/m)
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(existsSync(folderIn(stdout))).toBe(false)
})
