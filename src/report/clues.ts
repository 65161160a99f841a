import { CLUES } from '../vocabulary/clues.ts'
import type { Clue, Clues } from '../vocabulary/clues.ts'
import type { LevelMetrics } from '../metrics/level/level-metrics.ts'

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
