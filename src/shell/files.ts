import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  readFileSync,
  globSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../baseline/file-store.ts'
import { MOST_BYTES } from '../settings/prompts-file/unpack.ts'
import { codeOf, FileRefusal, SettingsError } from '../errors.ts'
import { createFolder } from '../folder.ts'
import type { SettingProblem } from '../errors.ts'
import type { ResultFile } from '../imports/join-results.ts'
import { showValue } from '../settings/setting.ts'

/** Texts of a long file that are written at once. */
const BYTES_AT_ONCE = 64 * 1024
/** The most that one unit of a text takes in UTF-8. */
const MOST_BYTES_A_UNIT = 3

/**
 * Writes a file completely and syncs it to the disk, or does not write it at all. Takes parts, so that a long file
 * need not be held in memory. Creates its folder.
 */
export function writeWhole(path: string, parts: Iterable<string | Uint8Array>): void {
  createFolder(dirname(path))
  // A device or a pipe is written to, never replaced.
  const isFile = !existsSync(path) || statSync(path).isFile()
  const target = isFile ? `${path}.${process.pid}.part` : path
  try {
    const file = openSync(target, 'w')
    try {
      // Unlike `writeSync`, this continues after a partial write: a disk that fills up takes only the beginning.
      for (const bytes of gatherTexts(parts)) writeFileSync(file, bytes)
      if (isFile) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (!isFile) return
    renameSync(target, path)
    syncFolder(dirname(path))
  } finally {
    if (isFile) rmSync(target, { force: true })
  }
}

/**
 * The same parts, but short texts together as bytes of one buffer, so that each has to be used before the next is taken. A buffer for each of
 * the 200,000 lines of a long run would fill the memory before it is collected.
 */
function* gatherTexts(parts: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  const buffer = Buffer.allocUnsafe(BYTES_AT_ONCE)
  let filled = 0
  for (const part of parts) {
    const mostBytes = typeof part === 'string' ? part.length * MOST_BYTES_A_UNIT : Infinity
    if (filled + mostBytes > BYTES_AT_ONCE && filled > 0) {
      yield buffer.subarray(0, filled)
      filled = 0
    }
    if (mostBytes > BYTES_AT_ONCE) yield part
    else filled += buffer.write(part as string, filled)
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}

/** Throws when a file could not be written at this path; creates its folder. */
export function checkWritable(path: string): void {
  const folder = dirname(path)
  createFolder(folder)
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`)
  if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a folder')
  accessSync(existsSync(path) ? path : folder, constants.W_OK)
}

/** Far more than any file that this program writes or reads. */
const MAXIMUM_BYTES = 64 * 1024 * 1024

/**
 * The text of a file that somebody named. A device or a pipe may never end, so it is not opened.
 *
 * @throws FileRefusal when it is not a file to read; the system's error when it cannot be read.
 */
export function readTextFile(path: string): string {
  if (checkFile(path) > MAXIMUM_BYTES) throw new FileRefusal('is larger than 64 MiB, which no such file is')
  return readFileSync(path, 'utf8')
}

/** The same for a file of data, which may be larger and need not be text. */
export function readBytesFile(path: string): Uint8Array {
  if (checkFile(path) > MOST_BYTES) throw new FileRefusal('is larger than 1 GiB; give a part of it')
  return readFileSync(path)
}

/** Why a file that somebody named cannot be read, from the system's error. */
export function explainUnreadable(error: unknown): string {
  const code = codeOf(error)
  const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`
  return `${why}; relative paths start in the current directory`
}

/** Refuses what is no file; returns its size in bytes. */
function checkFile(path: string): number {
  const stats = statSync(path)
  if (stats.isDirectory()) throw new FileRefusal('is a folder; name the file in it')
  if (!stats.isFile()) throw new FileRefusal('is a device or a pipe; name a file')
  return stats.size
}

/** As many files as one run may have levels; more is a pattern that meant something else. */
const MOST_FILES = 64

/**
 * The files that paths and patterns name, in their order, each once; those of a pattern by name, `c8.json` before `c16.json`.
 *
 * @throws SettingsError with all that is wrong.
 */
export function readResultFiles(patterns: readonly string[]): readonly ResultFile[] {
  const problems: SettingProblem[] = []
  const refuse = (given: string, message: string): void =>
    void problems.push({ setting: 'results', given: showValue(given), message })
  const paths = new Set<string>()
  for (const pattern of patterns) {
    const found = isFile(pattern) ? [pattern] : listFiles(pattern)
    if (found.length === 0) {
      const why = /[*?[{]/.test(pattern) ? 'no file has such a path' : 'there is no such file'
      refuse(pattern, `${why}; relative paths start in the current directory`)
    }
    for (const path of found) paths.add(path)
  }
  if (paths.size > MOST_FILES) {
    refuse(patterns.join(', '), `names ${paths.size} files, and a run has at most ${MOST_FILES}; name those of one run`)
  }
  const files = problems.length > 0 ? [] : [...paths].flatMap((path) => readOne(path, refuse))
  if (problems.length > 0) throw new SettingsError(problems)
  return files
}

function readOne(path: string, refuse: (given: string, message: string) => void): ResultFile[] {
  try {
    return [{ path, text: readTextFile(path), writtenAt: statSync(path).mtime.toISOString() }]
  } catch (error) {
    refuse(
      path,
      error instanceof FileRefusal ? error.message : `it cannot be read (${codeOf(error) ?? 'unknown error'})`,
    )
    return []
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function listFiles(pattern: string): string[] {
  const found = globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
  return found.sort(new Intl.Collator('en', { numeric: true }).compare)
}
