import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readTextFile } from '../../src/shell/read-text.ts'
import { temporaryFolder } from '../support/cli.ts'

test('only a file of a size that can be is opened', () => {
  const folder = temporaryFolder()
  const [file, pipe] = [join(folder, 'file'), join(folder, 'pipe')]
  writeFileSync(file, 'text')
  expect(readTextFile(file)).toBe('text')
  execFileSync('mkfifo', [pipe])
  for (const path of [pipe, '/dev/zero']) expect(() => readTextFile(path)).toThrow('is a device or a pipe; name a file')
  expect(() => readTextFile(folder)).toThrow('is a folder')
  // A hole, which takes no room on the disk.
  truncateSync(file, 64 * 1024 * 1024 + 1)
  expect(() => readTextFile(file)).toThrow('is larger than 64 MiB')
})
