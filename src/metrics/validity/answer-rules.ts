import { generatesTokens } from '../../vocabulary/load.ts'
import { escapeForTerminal, partOf, pluralise } from '../../text.ts'
import { isFiltered } from '../../vocabulary/failure-classes.ts'
import { formatPercent, formatFigure, TIMING_FLOOR_MS } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import {
  BUFFERED_SHARE,
  NEGLIGIBLE_SHARE,
  selectCountedRecords,
  splitBuffered,
  computeHeldBackShares,
} from '../level/level-run.ts'

// Rules about the answers of a level. Each returns a sentence with numbers, or null when all is well.

const HIDDEN_TAIL = 0.1
const MAXIMUM_SHORT = 0.05
const MAXIMUM_CACHED = 0.05
/** Loading a model takes longer than this; using one that is loaded takes less. */
const COLD_LOAD_MS = 100

export function findHiddenTail({ answers: { timed, tailMs, latencyMs } }: Evidence): string | null {
  if (timed === 0 || tailMs <= HIDDEN_TAIL * latencyMs || tailMs <= TIMING_FLOOR_MS * timed) return null
  return `Streams end ${formatFigure(tailMs / timed)} ms after their last token, ${formatPercent(tailMs / latencyMs)} of the latency.`
}

export function findShortAnswers({ level }: Evidence): string | null {
  const { ok, short } = level.requests
  return short > MAXIMUM_SHORT * ok
    ? `${partOf(short, ok, 'answer')} (${formatPercent(short / ok)}) ${short === 1 ? 'is' : 'are'} shorter than asked for.`
    : null
}

export function findCachedInput({ level: { cachedShare }, options }: Evidence): string | null {
  if (options.prefixCache === 'allow' || cachedShare === null || cachedShare <= MAXIMUM_CACHED) return null
  return `${formatPercent(cachedShare)} of the input tokens came from the prefix cache.`
}

export function findBufferedAnswers({ runs }: Evidence): string | null {
  const share = splitBuffered(runs).byOthers
  return share > BUFFERED_SHARE ? `${formatPercent(share)} of the answers arrived all at once.` : null
}

/** Where tokens are held back in both ways, the more frequent one shows what holds them. */
export function findBursts({ runs }: Evidence, by: 'time' | 'size'): string | null {
  const { time, size } = computeHeldBackShares(runs)
  if (time + size <= BUFFERED_SHARE || (by === 'time') !== time >= size) return null
  return `${formatPercent(time + size)} of the answers arrived in bursts, ${by === 'time' ? 'each after a fixed time' : 'as out of a buffer'}.`
}

export function findBundledAnswers({ runs, answers: { n }, options }: Evidence): string | null {
  const { byOthers, byClient } = splitBuffered(runs)
  const share = byOthers + byClient
  if (!generatesTokens(options.task) || share <= NEGLIGIBLE_SHARE || byOthers > BUFFERED_SHARE) return null
  const bundled = Math.round(share * n)
  return `${partOf(bundled, n, 'answer')} arrived all at once and ${bundled === 1 ? 'is' : 'are'} left out of TTFT and TPOT.`
}

export function findUnreadText({ answers: { n, unread, unreadEvents, unreadMember } }: Evidence): string | null {
  if (unread === 0) return null
  const events = pluralise(unreadEvents, 'event holds', 'events hold')
  return `In ${partOf(unread, n, 'answer')} ${events} a text in a member that is not read (${escapeForTerminal(unreadMember ?? '')}).`
}

export function findTaggedReasoning({ answers: { n, tagged } }: Evidence): string | null {
  if (tagged <= NEGLIGIBLE_SHARE * n) return null
  return `${partOf(tagged, n, 'answer', 'holds its reasoning in its', 'hold their reasoning in their')} text.`
}

/** A filter may withhold a whole answer, which then failed as empty. */
export function findFiltered({ runs, all }: Evidence): string | null {
  let filtered = 0
  let reason: string | null = null
  for (const { finishReason } of selectCountedRecords(runs)) {
    if (!isFiltered(finishReason)) continue
    filtered++
    reason ??= finishReason
  }
  return reason === null
    ? null
    : `${partOf(filtered, all, 'answer', 'was', 'were')} withheld or cut by a content filter (finish_reason ${escapeForTerminal(reason)}).`
}

export function findImpossibleCounts({ answers: { n, flawed, firstFlawed } }: Evidence): string | null {
  if (firstFlawed === null || flawed <= NEGLIGIBLE_SHARE * n) return null
  const { statedTokens, tokenEvents, requestedTokens, inputTokens, countDoubt } = firstFlawed
  const against: Readonly<Record<string, string>> = {
    'with-prompt': ` with the prompt of ${inputTokens ?? 0}`,
    'above-asked': ` where ${requestedTokens} were asked for`,
    falling: ' after a count that fell',
  }
  const stated = `${pluralise(statedTokens ?? 0, 'token')}${against[countDoubt ?? ''] ?? ''}`
  return `${partOf(flawed, n, 'answer', 'states', 'state')} a token count that cannot be true: ${stated}, and ${pluralise(tokenEvents, 'token event was', 'token events were')} seen.`
}

export function findChunkTokens({ answers: { n, fromChunks }, options }: Evidence): string | null {
  if (!generatesTokens(options.task) || fromChunks === 0) return null
  return `${partOf(fromChunks, n, 'answer', 'states', 'state')} no token count; ${fromChunks === 1 ? 'its' : 'their'} events were counted.`
}

export function findMixedSources({ answers: { sources }, options }: Evidence): string | null {
  return generatesTokens(options.task) && sources.length > 1 ? `Token counts come from ${sources.join(' and ')}.` : null
}

export function findModelChange({ level }: Evidence): string | null {
  const names = level.servedModels
  return names.length > 1
    ? `The server named ${names.length} models: ${names.map((name) => escapeForTerminal(name)).join(', ')}.`
    : null
}

export function findColdLoads({ runs, all }: Evidence): string | null {
  let cold = 0
  let longest = 0
  for (const { serverLoadMs } of selectCountedRecords(runs)) {
    if (serverLoadMs === null || serverLoadMs <= COLD_LOAD_MS) continue
    cold++
    longest = Math.max(longest, serverLoadMs)
  }
  if (cold === 0) return null
  return `For ${partOf(cold, all, 'request')} the server loaded the model first, for up to ${formatFigure(longest)} ms.`
}
