import { appendFileSync } from 'node:fs'

/** GitHub refuses a summary above 1 MiB as a whole. */
const MAXIMUM_BYTES = 1024 * 1024
/** Kept free for what could not be delivered, which is known only later. */
const RESERVED_BYTES = 16 * 1024

/** The summary of a step. It is a file that the runner reads when the step has ended, however it ended. */
export interface Summary {
  /** Writes `full`, or `short` when that would not fit. */
  write(full: string, short: string): void
  /** Adds a section that was not known before. */
  append(text: string): void
}

/** The summary in this file; nowhere when the runner gives none. */
export function summaryIn(path: string | undefined): Summary {
  const add = (text: string): void => {
    if (path !== undefined && path !== '') appendFileSync(path, `${text}\n`)
  }
  return {
    write: (full, short) => add(fits(full) ? full : short),
    append: (text) => add(`\n${text}`),
  }
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= MAXIMUM_BYTES - RESERVED_BYTES
}
