import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { readDuration, readLine } from '../values/simple.ts'
import { readHttpUrl } from '../values/urls.ts'

const group = 'Shards'

/** One run by several processes: which one this is, and where they meet. */
export const SHARD_SETTINGS = {
  shard: defineSetting({
    name: 'shard',
    group,
    help: 'Which of several processes that measure one run together this one is, such as 2/8: it sends its share of every level and leaves a part; "plateau merge", or in jobs the first shard, joins all parts and decides',
    placeholder: 'N/COUNT',
    default: null,
    derived: 'none: this process measures all',
    flagOnly: true,
    notInFile: 'each process has a number of its own',
    read: readShard,
  }),
  rendezvous: defineSetting({
    name: 'rendezvous',
    group,
    help: 'Where the shards of a run meet: a folder that all of them see, or a URL below which PUT stores a text and GET returns it',
    placeholder: 'PLACE',
    default: null,
    derived: 'none',
    read: readRendezvous,
  }),
  rendezvousTimeoutMs: defineSetting({
    name: 'rendezvous-timeout',
    group,
    help: 'How long the shards wait for each other; a missing one is then named, and nothing is measured without it',
    placeholder: '5m',
    default: '5m',
    read: readDuration({ minMs: 1000 }),
  }),
  part: defineSetting({
    name: 'part',
    group,
    help: 'File for what this shard measured: its part of the run, which "plateau merge" joins with the others',
    placeholder: 'FILE',
    default: null,
    derived: '.plateau/part-N-of-COUNT.part',
    commandOnly: true,
    writes: true,
    read: readLine,
  }),
}

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
