import { sha256 } from '../sha256.ts'
import { randomUUID } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync } from 'node:fs'
import { copyFile, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BaselineError, codeOf } from '../errors.ts'
import { createFolder } from '../folder.ts'
import { HISTORY_SCHEMA, countKnown, EMPTY_HISTORY, mergeHistories } from '../report/history.ts'
import type { History } from '../report/history.ts'
import { escapeForTerminal } from '../text.ts'
import { checkLockable, lockFile, STALE_MS } from './file-lock.ts'
import type { LockClock } from './file-lock.ts'
import type { BaselineStore } from './store.ts'
import { cutUpTo, refuseHistory } from './store.ts'

/** A history file, and which of its entries count. */
export interface FileStoreOptions {
  readonly path: string
  /** Entries that are kept for each name, the newest. */
  readonly keep: number
  /** Only entries up to the newest one of this branch, tag or commit count; null: all. */
  readonly upTo?: string | null
  /** Whether runs will be added: loading then reports what would prevent that, before anything is measured. */
  readonly willSave?: boolean
  readonly clock?: LockClock
}

const SYSTEM_CLOCK: LockClock = { now: () => Date.now(), sleep: (ms) => sleep(ms) }
/** Many names may share a file, but none is larger than this. */
const LARGEST_BYTES = 64 * 1024 * 1024

/**
 * Keeps a history in a file, for one or several names. The file is replaced as a whole under a lock, so that readers
 * see the old or the new one, and two writers lose nothing. A file that cannot be read is never overwritten, and a
 * copy of it is kept.
 */
export function createFileStore({
  path,
  keep,
  upTo = null,
  willSave = false,
  clock = SYSTEM_CLOCK,
}: FileStoreOptions): BaselineStore {
  return {
    async load(name) {
      if (willSave) await checkLockable(path)
      const { entries } = await readHistory(path)
      const own = mergeHistories([{ schema: HISTORY_SCHEMA, entries }], keep).entries.filter(
        ({ row }) => row.series.name === name,
      )
      const counted = cutUpTo(own, upTo, `of ${name} in ${escapeForTerminal(path, 300)}`)
      return { entries: counted, origin: `file ${path}`, ancestor: null, passedOver: [], unreadable: null }
    },
    async save(entries) {
      if (entries.length === 0) return 0
      try {
        createFolder(dirname(path))
        const lock = await lockFile(path, clock)
        try {
          await removeLeftovers(path, clock)
          const before = await readHistory(path)
          const history = mergeHistories([before, { schema: HISTORY_SCHEMA, entries }], keep)
          const { encodeHistory } = await loadCodec()
          await replaceFile(path, encodeHistory(history), lock.isHeld)
          return countKnown(before, entries)
        } finally {
          await lock.release()
        }
      } catch (error) {
        throw describeFileTrouble(path, 'written', error)
      }
    },
  }
}

/** What reads and writes histories, which is loaded where there is one. */
async function loadCodec() {
  return import('../report/history-codec.ts')
}

/** @throws BaselineError when the file exists and is not a history. */
async function readHistory(path: string): Promise<History> {
  let text: string
  try {
    const info = await lstat(path)
    if (info.isSymbolicLink())
      throw refuseHistory(path, 'is a symbolic link, which is not followed', 'give the path of the file itself')
    if (!info.isDirectory() && !info.isFile()) throw refuseHistory(path, 'is not a file', 'give the path of a file')
    if (info.size > LARGEST_BYTES) {
      const what = `has ${info.size} bytes, too many for a history`
      throw refuseHistory(path, what, 'give the path of a file that this command has written')
    }
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return EMPTY_HISTORY
    throw describeFileTrouble(path, 'read', error)
  }
  const { decodeHistory, HistoryError, NewerHistoryError } = await loadCodec()
  try {
    return decodeHistory(text)
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error
    const why = escapeForTerminal(error.message, 300)
    if (error instanceof NewerHistoryError) {
      const remedy = 'update Plateau, or give this version a history of its own; nothing was changed'
      throw refuseHistory(path, `cannot be read: ${why}`, remedy, error)
    }
    const known = recogniseDamage(text)
    if (known !== null) {
      const [what, remedy] = known
      throw refuseHistory(path, `cannot be read: ${what}`, `${remedy}; nothing was changed`, error)
    }
    throw refuseHistory(path, `is damaged: ${why}`, `${await keepAside(path, text)}; ${BEGIN_ANEW}`, error)
  }
}

/**
 * Copies a damaged file, once for each content, however often it is read. Returns a sentence that says where the copy
 * is.
 */
async function keepAside(path: string, text: string): Promise<string> {
  const copy = `${path}.corrupt-${sha256(text).slice(0, 8)}`
  try {
    await copyFile(path, copy, constants.COPYFILE_EXCL)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return 'it is left as it is and could not be copied'
  }
  return `it is left as it is, a copy is in ${escapeForTerminal(copy, 300)}`
}

/** Removes what killed writers left beside the file. */
async function removeLeftovers(path: string, clock: LockClock): Promise<void> {
  const folder = dirname(path)
  // Leftovers of its lock begin the same way.
  const left = (await readdir(folder)).filter((file) => file.startsWith(`.${basename(path)}.`) && file.endsWith('.tmp'))
  for (const file of left) {
    const info = await lstat(join(folder, file)).catch(() => null)
    if (info !== null && clock.now() - info.mtimeMs > STALE_MS) await rm(join(folder, file), { force: true })
  }
}

/** Writes a file beside it, syncs that to the disk, and only then renames it. */
async function replaceFile(path: string, text: string, isHeld: () => Promise<boolean>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!(await isHeld())) {
      const what = `Writing ${escapeForTerminal(path, 300)} took so long that another process has taken over.`
      throw new BaselineError(what, { remedy: 'run again; nothing was changed' })
    }
    await rename(temporary, path)
    syncFolder(dirname(path))
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Syncs a folder, so that a new name in it lasts; systems that cannot do that (Windows) do not need it. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // The file itself is on the disk.
  }
}

/** System errors in words, and what to do, by their codes. */
const REASONS: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  EACCES: ['permission denied', 'let the user that runs this read and write the file and its folder'],
  EPERM: ['permission denied', 'let the user that runs this read and write the file and its folder'],
  EROFS: ['the file system is read-only', 'give a path on a file system that can be written'],
  ENOSPC: ['the disk is full', 'free some space and run again'],
  EDQUOT: ['the disk quota is used up', 'free some space and run again'],
  EEXIST: ['a part of the path is there and is no folder', 'give another path'],
  ENOTDIR: ['a part of the path is a file and not a folder', 'give another path'],
  EISDIR: ['it is a folder', 'give the path of a file, for example .plateau/history.json'],
  ELOOP: ['a symbolic link leads in circles', 'give the path of the file itself'],
  ENAMETOOLONG: ['the path is too long', 'give a shorter path'],
}

/** A system error in words. */
export function describeFileTrouble(path: string, doing: 'read' | 'written', error: unknown): BaselineError {
  if (error instanceof BaselineError) return error
  const code = codeOf(error)
  const [what, remedy] = REASONS[code ?? ''] ?? [
    error instanceof Error ? escapeForTerminal(error.message, 300) : 'unknown error',
    'give another path',
  ]
  return refuseHistory(path, `cannot be ${doing}: ${what}`, remedy, error)
}

/** What to do about a history that nobody can read any more. */
const BEGIN_ANEW = 'bring back an older version of it, or delete it to begin anew'

/** What a file that is not a history seems to be, and what to do; null when its text does not show it. */
function recogniseDamage(text: string): readonly [what: string, remedy: string] | null {
  if (text.trim() === '') return ['it is empty', BEGIN_ANEW]
  if (text.startsWith('version https://git-lfs.')) {
    return [
      'it is a pointer of Git LFS and not the file itself',
      'fetch it: `git lfs pull`, or `lfs: true` of actions/checkout',
    ]
  }
  const mark = MERGE_MARK.exec(text)?.[1]
  if (mark !== undefined) {
    return [
      `it holds the marks of a merge that was not finished (${mark})`,
      'take one side of it whole (`git checkout --ours` or `--theirs`), and run again for what the other side had',
    ]
  }
  if (text.startsWith('\u001f')) return ['it is compressed with gzip', 'unpack it (`gunzip`)']
  if (text.startsWith('PK\u0003\u0004'))
    return ['it is a zip', 'unpack it, and give the path of the file that is in it']
  if (/^\s*</.test(text)) return ['it is a page and not the file itself', 'download the file itself']
  const other = /^\s*\{\s*"schema":\s*"plateau\/([a-z-]{1,20})@/.exec(text)?.[1] ?? 'history'
  if (other !== 'history')
    return [
      `it is a ${other.replace('-', ' ')} and not a history`,
      'give the path of a history, which `--append` writes',
    ]
  if (/^\s*(\[|null\b|\{\s*\})/.test(text)) {
    return ['it is JSON and no history', BEGIN_ANEW]
  }
  if (/^\0+$/.test(text)) {
    return ['it holds nothing but zeros, as a power cut or a full disk leaves a file', BEGIN_ANEW]
  }
  if (text.slice(0, 200).includes('\0')) return ['it is not UTF-8 (UTF-16, by its looks)', 'save it as UTF-8']
  return null
}

/** A conflict mark of a merge. Any of them may be left alone, and no line of JSON begins like this. */
const MERGE_MARK = /^(<{7}|\|{7}|={7}|>{7})(?=\s|$)/m
