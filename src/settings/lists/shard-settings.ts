import { setting } from '../define.ts'
import { readDuration, readLine } from '../values/simple.ts'
import { readRendezvous, readShard } from '../values/shard.ts'

const group = 'Shards'

/** One run by several processes: which one this is, and where they meet. */
export const SHARD_SETTINGS = {
  shard: setting({
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
  rendezvous: setting({
    name: 'rendezvous',
    group,
    help: 'Where the shards of a run meet: a folder that all of them see, or a URL below which PUT stores a text and GET returns it',
    placeholder: 'PLACE',
    default: null,
    derived: 'none',
    read: readRendezvous,
  }),
  rendezvousTimeoutMs: setting({
    name: 'rendezvous-timeout',
    group,
    help: 'How long the shards wait for each other; a missing one is then named, and nothing is measured without it',
    placeholder: '5m',
    default: '5m',
    read: readDuration({ minMs: 1000 }),
  }),
  part: setting({
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
