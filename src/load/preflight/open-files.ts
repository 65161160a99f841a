import { readdirSync, readFileSync } from 'node:fs'
import type { Finding } from '../../metrics/findings.ts'

/** The files of this process; a connection is one. */
export interface OpenFiles {
  /** The most that it may have open at once. */
  readonly limit: number
  readonly open: number
}

/** What a run opens beside its connections: its history, its records, the server's metrics, a look-up of the host. */
const OTHER_FILES = 8

/** Whether so many connections at once fit under the limit of open files: known before any load, not after a level has failed. */
export function findOpenFiles(files: OpenFiles | null, connections: number): Finding[] {
  if (files === null || files.open + connections + OTHER_FILES <= files.limit) return []
  return [
    {
      code: 'open-files',
      message: `This machine may open ${files.limit} files at once (\`ulimit -n\`) and has ${files.open} open; concurrency ${connections} needs ${connections + OTHER_FILES} more.`,
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
