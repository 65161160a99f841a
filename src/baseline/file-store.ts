import { sha256 } from '../sha256.ts'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BaselineError } from '../errors.ts'
import { HISTORY_SCHEMA, countKnown, EMPTY_HISTORY, mergeHistories } from '../report/history.ts'
import type { History } from '../report/history.ts'
import { escapeForTerminal } from '../text.ts'
import { checkLockable, lockFile, STALE_MS } from './file-lock.ts'
import type { LockClock } from './file-lock.ts'
import { BEGIN_ANEW, codeOf, describeFileTrouble, recogniseDamage } from './file-trouble.ts'
import type { BaselineStore } from './store.ts'
import { syncFolder } from './sync-folder.ts'
import { cutUpTo } from './store.ts'

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
        await mkdir(dirname(path), { recursive: true })
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
    if (info.isSymbolicLink()) {
      throw new BaselineError(
        `The history ${escapeForTerminal(path, 300)} is a symbolic link, which is not followed.`,
        {
          remedy: 'give the path of the file itself',
        },
      )
    }
    if (!info.isDirectory() && !info.isFile()) {
      throw new BaselineError(`The history ${escapeForTerminal(path, 300)} is not a file.`, {
        remedy: 'give the path of a file',
      })
    }
    if (info.size > LARGEST_BYTES) {
      throw new BaselineError(
        `The history ${escapeForTerminal(path, 300)} has ${info.size} bytes, too many for a history.`,
        {
          remedy: 'give the path of a file that this command has written',
        },
      )
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
    if (error instanceof NewerHistoryError) {
      throw new BaselineError(
        `The history ${escapeForTerminal(path, 300)} cannot be read: ${escapeForTerminal(error.message, 300)}.`,
        {
          remedy: 'update Plateau, or give this version a history of its own; nothing was changed',
          cause: error,
        },
      )
    }
    const known = recogniseDamage(text)
    if (known !== null) {
      const [what, remedy] = known
      throw new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be read: ${what}.`, {
        remedy: `${remedy}; nothing was changed`,
        cause: error,
      })
    }
    throw new BaselineError(
      `The history ${escapeForTerminal(path, 300)} is damaged: ${escapeForTerminal(error.message, 300)}.`,
      {
        remedy: `${await keepAside(path, text)}; ${BEGIN_ANEW}`,
        cause: error,
      },
    )
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
      throw new BaselineError(
        `Writing ${escapeForTerminal(path, 300)} took so long that another process has taken over.`,
        {
          remedy: 'run again; nothing was changed',
        },
      )
    }
    await rename(temporary, path)
    syncFolder(dirname(path))
  } finally {
    await rm(temporary, { force: true })
  }
}
