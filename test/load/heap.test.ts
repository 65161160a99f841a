import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'ended-requests.ts')

test('what the last request of a level made outlives the level and a collection, and nothing from before it does', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM])
  expect(stdout.trim()).toBe('1 1 1')
})
