import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkWritable, writeWhole } from '../../src/shell/write-file.ts'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-write-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a file is written whole, in a folder that is made for it, or not at all', () => {
  const folder = aFolder()
  const path = join(folder, 'new', 'deep', 'records.jsonl')
  writeWhole(path, ['a\n', 'b\n'])
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
  const failing = function* (): Generator<string> {
    yield 'half'
    throw new Error('no more')
  }
  expect(() => writeWhole(path, failing())).toThrow('no more')
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n')
  expect(() => writeWhole(folder, ['x'])).toThrow(/EISDIR|EPERM|ENOTEMPTY|EEXIST|directory/)
  expect(existsSync(folder)).toBe(true)
  expect(readdirSync(join(folder, 'new', 'deep'))).toEqual(['records.jsonl'])
})

test('a path is found writable before anything is written, and its folder is made', () => {
  const folder = aFolder()
  expect(() => checkWritable(join(folder, 'new', 'report.json'))).not.toThrow()
  expect(readdirSync(join(folder, 'new'))).toEqual([])
  expect(() => checkWritable(folder)).toThrow('it is a folder')
})
