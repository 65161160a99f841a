import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../errors.ts'
import type { BaselineError } from '../errors.ts'
import { escapeForTerminal } from '../text.ts'
import { refuseHistory } from './store.ts'

/** The clock of a lock. */
export interface LockClock {
  /** Milliseconds since 1970. */
  now(): number
  sleep(ms: number): Promise<void>
}

/** A lock that is held. */
interface FileLock {
  /** False when another has taken it over, because it was held for too long. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

/** Who holds a lock, as its file says. */
interface Holder {
  readonly token: string
  readonly host: string
  readonly pid: number
}

/** A holder needs milliseconds; after this time it counts as dead, wherever it runs. */
export const STALE_MS = 60_000
/** Without hard links a holder writes its name right after creating the file; one that has not by now has died. */
const NAMELESS_MS = 5_000
/** The longest that another process may take to remove a stale lock. */
const TAKEOVER_MS = 10_000
const LONGEST_WAIT_MS = 30_000
/** Errors of file systems without hard links, such as FAT. */
const WITHOUT_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']
const RETRY_MS = 50

/**
 * Takes the lock `<path>.lock`, a file that only one process can create. Takes over a lock whose process is dead,
 * that does not name its holder, or that is older than a minute; waits up to 30 s for any other.
 *
 * @throws BaselineError when it is still held after that, and at once when it can never be taken.
 */
export async function lockFile(path: string, clock: LockClock): Promise<FileLock> {
  const lock = lockOf(path)
  const token = randomUUID()
  const holder: Holder = { token, host: hostname(), pid: process.pid }
  const deadline = clock.now() + LONGEST_WAIT_MS
  // Check first: `createNew` writes a file beside the lock on every try.
  while (existsSync(lock) || !(await createNew(lock, JSON.stringify(holder)))) {
    await checkLockable(path)
    if (await takeOver(lock, clock)) continue
    if (clock.now() >= deadline) throw await describeHolder(lock, path)
    await clock.sleep(RETRY_MS)
  }
  const isHeld = async () => (await readHolder(lock))?.token === token
  return {
    isHeld,
    async release() {
      if (await isHeld()) await removeFile(lock)
    },
  }
}

/**
 * Refuses a folder in the place of the lock: waiting would not help, and it is not ours to remove.
 *
 * @throws BaselineError
 */
export async function checkLockable(path: string): Promise<void> {
  const lock = lockOf(path)
  const info = await stat(lock).catch(() => null)
  if (info?.isDirectory() !== true) return
  throw refuseHistory(
    path,
    `cannot be written: ${escapeForTerminal(lock, 300)} is a folder`,
    'remove that folder, or give another path; a file of that name is made while the history is written',
  )
}

function lockOf(path: string): string {
  return `${path}.lock`
}

/**
 * Removes a lock that nobody holds any more. Only one of several processes may look again and remove it, or the
 * second would remove the new lock of the first.
 */
async function takeOver(lock: string, clock: LockClock): Promise<boolean> {
  if (!(await isStale(lock, clock))) return false
  const guard = `${lock}.takeover`
  if (!(await createNew(guard, String(process.pid)))) {
    if ((await measureAgeMs(guard, clock)) > TAKEOVER_MS) await removeFile(guard)
    return false
  }
  try {
    if (!(await isStale(lock, clock))) return false
    await removeFile(lock)
    return true
  } finally {
    await removeFile(guard)
  }
}

async function isStale(lock: string, clock: LockClock): Promise<boolean> {
  const age = await measureAgeMs(lock, clock)
  if (age > STALE_MS) return true
  const holder = await readHolder(lock)
  if (holder === null) return age > NAMELESS_MS
  // Process ids mean nothing on another machine or in another container.
  return holder.host === hostname() && !isAlive(holder.pid)
}

/** Age of a file; -1 when it is gone. */
async function measureAgeMs(path: string, clock: LockClock): Promise<number> {
  try {
    return clock.now() - (await stat(path)).mtimeMs
  } catch {
    return -1
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

/** Null when it is gone, or still being written on a file system without hard links. */
async function readHolder(lock: string): Promise<Holder | null> {
  try {
    const holder = JSON.parse(await readFile(lock, 'utf8')) as Partial<Holder> | null
    const { token, host, pid } = holder ?? {}
    if (typeof token !== 'string' || typeof host !== 'string' || !Number.isInteger(pid) || pid! <= 0) return null
    return { token, host, pid: pid! }
  } catch {
    return null
  }
}

/**
 * False when the file exists already. It is written under another name first, so that it never exists without its
 * content.
 */
async function createNew(path: string, content: string): Promise<boolean> {
  const unnamed = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeFile(unnamed, content, { flag: 'wx' })
    await link(unnamed, path).catch(async (error: unknown) => {
      if (!WITHOUT_HARD_LINKS.includes(codeOf(error) ?? '')) throw error
      await writeFile(path, content, { flag: 'wx' })
    })
    return true
  } catch (error) {
    // Windows refuses a file that is about to be removed with EPERM.
    if (codeOf(error) === 'EEXIST' || (codeOf(error) === 'EPERM' && process.platform === 'win32')) return false
    throw error
  } finally {
    // `removeLeftovers` deletes it later; only the lock matters.
    await removeFile(unnamed).catch(() => {})
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

async function describeHolder(lock: string, path: string): Promise<BaselineError> {
  const holder = await readHolder(lock)
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${escapeForTerminal(holder.host)}`
  const remedy = `run again when it has ended; if there is no such process, delete ${escapeForTerminal(lock, 300)}`
  return refuseHistory(path, `is being written by ${who}, for more than 30 s`, remedy)
}
