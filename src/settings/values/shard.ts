import { ValueError } from '../define.ts'
import { readLine } from './simple.ts'
import { readHttpUrl } from './urls.ts'

/** One of several processes that measure one run together, each its share of every level. */
export interface Shard {
  /** From 1. */
  readonly number: number
  readonly count: number
}

/** Every shard asks for every other one, which does not scale for ever. */
export const MOST_SHARDS = 256

/** Reads `2/8`. */
export function readShard(text: string): Shard {
  const [, number, count] = /^\s*(\d{1,6})\s*\/\s*(\d{1,6})\s*$/.exec(text)?.map(Number) ?? []
  if (number === undefined || count === undefined) {
    throw new ValueError('must be the number of this shard and how many there are, for example 2/8')
  }
  if (count < 2 || count > MOST_SHARDS) {
    throw new ValueError(`must be one of 2 to ${MOST_SHARDS} shards; leave it out where one process measures all`)
  }
  if (number < 1 || number > count) {
    const why = number === 0 ? '; a job-index of GitHub begins with 0, so list the numbers in the matrix' : ''
    throw new ValueError(
      `must be a shard from 1/${count} to ${count}/${count}: the first is 1, the last ${count}${why}`,
    )
  }
  return { number, count }
}

/** As a user would write it. */
export function renderShard({ number, count }: Shard): string {
  return `${number}/${count}`
}

/** Where the shards of a run meet. */
type Rendezvous = { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'url'; readonly url: URL }

/** Reads a folder, or an http or https URL. */
export function readRendezvous(text: string): Rendezvous {
  const line = readLine(text)
  return /^https?:/i.test(line) ? { kind: 'url', url: readHttpUrl(line) } : { kind: 'folder', folder: line }
}
