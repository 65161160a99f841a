import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readResultFiles } from '../../src/shell/result-files.ts'
import { temporaryFolder } from '../support/cli.ts'

test('paths and patterns name files once, those of a pattern in the order that people count in', () => {
  const folder = temporaryFolder()
  for (const name of ['c16.json', 'c8.json', 'c1.json', 'notes.txt']) writeFileSync(join(folder, name), name)
  mkdirSync(join(folder, 'sub.json'))
  const files = readResultFiles([join(folder, 'c8.json'), join(folder, '*.json')])
  expect(files.map(({ text }) => text)).toEqual(['c8.json', 'c1.json', 'c16.json'])
  expect(Date.parse(files[0]!.writtenAt)).toBeGreaterThan(0)
})

test('what names nothing, a folder and a pattern of a whole disk are each said to be wrong, all at once', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'many'))
  for (let i = 0; i < 65; i++) writeFileSync(join(folder, 'many', `${i}.json`), '{}')
  const read = (...patterns: string[]): string => {
    try {
      readResultFiles(patterns.map((pattern) => join(folder, pattern)))
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  expect(read('none.json', 'x*.json')).toMatch(
    /none\.json"; there is no such file; relative.*\n.*no file has such a path/,
  )
  expect(read('many')).toMatch(/is a folder; name the file in it/)
  expect(read('many/*.json')).toMatch(/names 65 files, and a run has at most 64/)
})
