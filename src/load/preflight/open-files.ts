import { readdirSync, readFileSync } from 'node:fs'
import type { Finding } from '../../metrics/findings.ts'
import { pluralise } from '../../text.ts'

/** The files of this process; a connection is one. */
export interface OpenFiles {
  /** The most that it may have open at once. */
  readonly limit: number
  readonly open: number
}

/** What a run opens beside its connections: its history, its records, the server's metrics, a look-up of the host. */
const OTHER_FILES = 8
/** What Node opens for a thread. */
const FILES_PER_THREAD = 5

/**
 * Whether so many connections at once, and threads beside this one, fit under the limit of open files: known before any load, not after
 * a level has failed.
 */
export function findOpenFiles(files: OpenFiles | null, connections: number, threads: number): Finding[] {
  const needed = connections + OTHER_FILES + FILES_PER_THREAD * threads
  if (files === null || files.open + needed <= files.limit) return []
  const carriers = threads === 0 ? '' : ` in ${pluralise(threads, 'thread')}`
  return [
    {
      code: 'open-files',
      message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; concurrency ${connections}${carriers} needs ${needed} more.`,
    },
  ]
}

/** As Linux tells it; null elsewhere: Node itself does not say, and a guess would be a false alarm. */
export function readOpenFiles(folder = '/proc/self'): OpenFiles | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, 'utf8'))?.[1]
    return limit === undefined ? null : { limit: Number(limit), open: readdirSync(`${folder}/fd`).length }
  } catch {
    return null
  }
}
