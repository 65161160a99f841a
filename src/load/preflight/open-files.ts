import { readdirSync, readFileSync } from 'node:fs'
import type { Finding } from '../../metrics/findings.ts'
import { pluralise } from '../../text.ts'

/** The files of this process; each connection is one. */
export interface OpenFiles {
  /** The most that it may have open at once. */
  readonly limit: number
  readonly open: number
}

/** Files of a run besides its connections: history, records, the server's metrics, looking up the host. */
const OTHER_FILES = 8
/** What Node opens for a thread. */
const FILES_PER_THREAD = 5

/**
 * A finding where this many connections and further threads exceed the limit of open files, before a level fails
 * because of it.
 */
export function findOpenFiles(files: OpenFiles | null, connections: number, threads: number): Finding[] {
  const needed = connections + OTHER_FILES + FILES_PER_THREAD * threads
  if (files === null || files.open + needed <= files.limit) return []
  const carriers = threads === 0 ? '' : ` in ${pluralise(threads, 'thread')}`
  return [
    {
      code: 'open-files',
      message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; ${pluralise(connections, 'connection')}${carriers} need ${needed} more.`,
    },
  ]
}

/** How many connections this machine may still open, beside this many threads; null where that is not known. */
export function countConnectionsLeft(files: OpenFiles | null, threads: number): number | null {
  return files === null ? null : Math.max(1, files.limit - files.open - OTHER_FILES - FILES_PER_THREAD * threads)
}

/** Reads it on Linux; null elsewhere, because Node does not tell, and a guess could be a false alarm. */
export function readOpenFiles(folder = '/proc/self'): OpenFiles | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(`${folder}/limits`, 'utf8'))?.[1]
    return limit === undefined ? null : { limit: Number(limit), open: readdirSync(`${folder}/fd`).length }
  } catch {
    return null
  }
}
