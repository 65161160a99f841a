import fs from 'node:fs'
import { spawnSync, execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  truncateSync,
  mkdirSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { checkWritable, writeWhole, readTextFile, readResultFiles } from '../../src/shell/files.ts'
import { temporaryFolder } from '../support/cli.ts'

const SOURCE = JSON.stringify(join(import.meta.dirname, '../../src/shell/files.ts'))

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

test('a file holds all of its parts in their order, of whatever kind and length', () => {
  const path = join(aFolder(), 'parts')
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  const part = fc.oneof(
    text,
    fc.tuple(text, fc.nat({ max: 2_000 })).map(([each, n]) => each.repeat(n)),
    fc.uint8Array(),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      writeWhole(path, parts)
      expect(readFileSync(path).equals(Buffer.concat(parts.map((each) => Buffer.from(each as string))))).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test.each(['a', 'é', '漢', '😀', '\ud800'])(
  'a text of signs of any width is written whole, however long it is: %j',
  (sign) => {
    const path = join(aFolder(), 'wide')
    for (const length of [16_384, 21_845, 21_846, 32_767, 32_768, 65_536]) {
      const parts = ['short\n', sign.repeat(length), 'short\n']
      writeWhole(path, parts)
      expect(readFileSync(path).equals(Buffer.from(parts.join('')))).toBe(true)
    }
  },
)

test('many short texts are written together', () => {
  const written = vi.spyOn(fs, 'writeFileSync')
  syncBuiltinESMExports()
  onTestFinished(() => {
    written.mockRestore()
    syncBuiltinESMExports()
  })
  writeWhole(join(aFolder(), 'records.jsonl'), Array<string>(1000).fill('a line of a file\n'))
  expect(written).toHaveBeenCalledTimes(1)
})

test('a path is found writable before anything is written, and its folder is made', () => {
  const folder = aFolder()
  expect(() => checkWritable(join(folder, 'new', 'report.json'))).not.toThrow()
  expect(readdirSync(join(folder, 'new'))).toEqual([])
  expect(() => checkWritable(folder)).toThrow('it is a folder')
  const file = join(folder, 'report.json')
  writeFileSync(file, '')
  expect(() => checkWritable(join(file, 'report.json'))).toThrow(`${file} is a file`)
})

test.each([
  ['in one part', 1],
  ['in many parts', 1000],
])('a disk that takes only the beginning of a text %s publishes none of it', (_, parts) => {
  const folder = aFolder()
  const path = join(folder, 'report.json')
  writeFileSync(path, 'the one before')
  const script = `
    import { writeWhole } from ${SOURCE}
    writeWhole(${JSON.stringify(path)}, Array(${parts}).fill('x'.repeat(${1_000_000 / parts})))`
  // A file may not grow beyond this many blocks: what fits is written, and the next write fails.
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 64; exec "$0" --input-type=module', process.execPath],
    {
      input: script,
      encoding: 'utf8',
    },
  )
  expect(stderr).toContain('EFBIG')
  expect(status).toBe(1)
  expect(readFileSync(path, 'utf8')).toBe('the one before')
  expect(readdirSync(folder)).toEqual(['report.json'])
})

test('a file is on the disk before it has its name, and the name before the call returns', () => {
  const calls: string[] = []
  const kindOf = (file: unknown): string => (fs.fstatSync(file as number).isDirectory() ? 'folder' : 'file')
  // Of the module itself, not of an import: another test of this worker may have imported what writes before.
  const spies = [
    vi.spyOn(fs, 'writeFileSync').mockImplementation((file, text) => {
      calls.push(`write ${kindOf(file)}`)
      fs.writeSync(file as number, text as string)
    }),
    vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => void calls.push(`sync ${kindOf(file)}`)),
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      calls.push('rename')
      fs.copyFileSync(from, to)
    }),
  ]
  syncBuiltinESMExports()
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
    syncBuiltinESMExports()
  })
  const path = join(aFolder(), 'report.json')
  writeWhole(path, ['a'])
  expect(calls).toEqual(['write file', 'sync file', 'rename', 'sync folder'])
  expect(readFileSync(path, 'utf8')).toBe('a')
})

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
