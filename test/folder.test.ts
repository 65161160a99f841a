import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder } from '../src/folder.ts'
import { temporaryFolder } from './support/cli.ts'

test('a folder is created with those above it, and once more without a word', () => {
  const folder = join(temporaryFolder(), 'new', 'deep', 'er')
  createFolder(folder)
  createFolder(folder)
  expect(statSync(folder).isDirectory()).toBe(true)
})

test.skipIf(process.platform !== 'linux')('what the system does not let anybody create is refused, by its path', () => {
  expect(() => createFolder('/proc/nowhere/deep/er')).toThrow(/mkdir '\/proc\/nowhere'/)
})

test.skipIf(process.platform === 'win32')('below a file and through a link to nowhere none is created', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'))
  expect(() => createFolder(join(folder, 'file', 'new'))).toThrow(/ENOTDIR/)
  expect(() => createFolder(join(folder, 'link', 'new'))).toThrow(/EEXIST/)
  expect(existsSync(join(folder, 'nowhere'))).toBe(false)
})
