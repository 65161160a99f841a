import type { LevelMetrics } from '../metrics/level/level-metrics.ts'

/**
 * What is known of a level besides its times and may say why they are as they are; nothing is decided by it. Times are in milliseconds,
 * shares fractions of 1.
 */
export const CLUES = [
  /** Means over the same requests, by the server and by the client. */
  'serverTtftMs',
  'clientTtftMs',
  'serverTpotMs',
  'clientTpotMs',
  /** Mean time in the server's queue. */
  'serverQueueMs',
  /** Requests that the server works on and that wait, under load. */
  'running',
  'waiting',
  'kvCacheUsage',
  /** Of the prompt tokens those from the prefix cache, by the server's counters and by its answers. */
  'prefixHitShare',
  'cachedShare',
  /** Preemptions a request. */
  'preemptions',
  /** Of the requests those refused with 429. */
  'refusedShare',
  /** The most by which this machine's own delay can make a median too long. */
  'clientDelayMs',
  /** The parts of a median request: `TimeSplit`. */
  'lateMs',
  'connectMs',
  'firstTokenMs',
  'queueMs',
  'decodeMs',
  'drainMs',
] as const
export type Clue = (typeof CLUES)[number]

/** Those that are known. */
export type Clues = Readonly<Partial<Record<Clue, number>>>

/** What is known of a level that may say why its times are as they are. */
export function listClues(level: LevelMetrics): Clues {
  const { server, split, client, requests, failures } = level
  const all = requests.ok + requests.failed
  const found: Readonly<Record<Clue, number | null | undefined>> = {
    serverTtftMs: server?.ttftMs,
    clientTtftMs: server?.clientTtftMs,
    serverTpotMs: server?.tpotMs,
    clientTpotMs: server?.clientTpotMs,
    serverQueueMs: server?.queueMs,
    running: server?.running,
    waiting: server?.waiting,
    kvCacheUsage: server?.kvCacheUsage,
    prefixHitShare: server?.prefixHitShare,
    cachedShare: level.cachedShare,
    preemptions: server?.preemptions,
    refusedShare: all === 0 ? null : (failures['http_429'] ?? 0) / all,
    clientDelayMs: client?.delayP90Ms,
    lateMs: split?.lateMs,
    connectMs: split?.connectMs,
    firstTokenMs: split?.firstTokenMs,
    queueMs: split?.queueMs,
    decodeMs: split?.decodeMs,
    drainMs: split?.drainMs,
  }
  return Object.fromEntries(CLUES.flatMap((clue) => (found[clue] == null ? [] : [[clue, found[clue]]])))
}
