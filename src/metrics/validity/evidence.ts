import { testBinomialGreater } from '../../stats/chance.ts'
import { percentile } from '../../stats/percentile.ts'
import { escapeForTerminal } from '../../text.ts'
import type { RequestRecord, TokenSource } from '../../vocabulary/request-facts.ts'
import type { LevelOptions, UnjudgedLevel } from '../level/level-metrics.ts'
import { countRecords, selectCountedRecords } from '../level/level-run.ts'
import type { LevelRun } from '../level/level-run.ts'

/** What a rule looks at: the raw passes, their figures, and the options. */
export interface Evidence {
  readonly runs: readonly LevelRun[]
  readonly level: UnjudgedLevel
  readonly options: LevelOptions
  readonly concurrency: number
  /** Counted requests, however they ended. */
  readonly all: number
  readonly answers: ReturnType<typeof sumAnswers>
}

/** Returns a sentence with numbers, or null when all is well. */
export type LevelRule = (evidence: Evidence) => string | null

/** Smaller tails after the last token, and smaller errors of TTFT, are ignored. */
export const TIMING_FLOOR_MS = 2

/** Gathers what the rules look at. */
export function gatherEvidence(runs: readonly LevelRun[], level: UnjudgedLevel, options: LevelOptions): Evidence {
  const { ok, failed } = level.requests
  return { runs, level, options, concurrency: runs[0]!.concurrency, all: ok + failed, answers: sumAnswers(runs) }
}

/** Sums over the counted answers that succeeded, in one walk, because a long level has hundreds of thousands. */
function sumAnswers(runs: readonly LevelRun[]) {
  const sums = {
    n: 0,
    /** Those with a last token, and the sums of their times after it and up to it. */
    timed: 0,
    tailMs: 0,
    latencyMs: 0,
    /** Answers whose tokens are counted from their events. */
    fromChunks: 0,
    /** Sums of the time from when a request was ready to be sent to t0, and from there to the end. */
    queueMs: 0,
    openMs: 0,
    /** How late this machine read their ends because it stood still, summed up. */
    lateMs: 0,
    /** Answers with text in a member that is not read, and the events with it. */
    unread: 0,
    unreadEvents: 0,
    tagged: 0,
    /** Answers whose stated count cannot be true. */
    flawed: 0,
  }
  let unreadMember: string | null = null
  let firstFlawed: RequestRecord | null = null
  const sources = new Set<TokenSource>()
  const tokens = new Float64Array(countRecords(runs))
  for (const record of selectCountedRecords(runs)) {
    if (record.outcome !== 'ok') continue
    tokens[sums.n++] = record.outputTokens
    sums.queueMs += record.queueMs
    sums.openMs += record.endMs
    sums.lateMs += record.endStallMs
    if (record.countDoubt !== null) {
      sums.flawed++
      firstFlawed ??= record
    } else {
      sources.add(record.tokenSource)
      if (record.tokenSource === 'chunks') sums.fromChunks++
    }
    if (record.tagsReasoning) sums.tagged++
    if (record.unreadEvents > 0) {
      sums.unread++
      sums.unreadEvents += record.unreadEvents
      unreadMember ??= record.unreadMember
    }
    if (record.lastTokenMs !== null) {
      sums.timed++
      sums.tailMs += record.endMs - record.lastTokenMs
      sums.latencyMs += record.lastTokenMs
    }
  }
  return {
    ...sums,
    unreadMember,
    firstFlawed,
    sources: [...sources],
    medianTokens: percentile(tokens.subarray(0, sums.n).sort(), 'p50') ?? 0,
  }
}

/** Further classes of failures are only counted. */
const MOST_CLASSES = 3

/**
 * The failures of these levels, the most frequent first, as the end of a sentence: `: connect × 32: connection
 * refused`.
 */
export function listFailures(levels: readonly Pick<UnjudgedLevel, 'failures' | 'failureWords'>[]): string {
  const counts = new Map<string, number>()
  for (const { failures } of levels) {
    for (const [failure, count] of Object.entries(failures)) counts.set(failure, (counts.get(failure) ?? 0) + count)
  }
  const parts = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([failure, count]) => {
      const words = levels.map(({ failureWords }) => failureWords[failure]).find((text) => text !== undefined)
      return `${failure} × ${count}${words === undefined ? '' : `: ${escapeForTerminal(words)}`}`
    })
  if (parts.length > MOST_CLASSES) parts.splice(MOST_CLASSES, Infinity, countMore(parts.length - MOST_CLASSES))
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`
}

function countMore(n: number): string {
  return `and ${n} more ${n === 1 ? 'class' : 'classes'}`
}

/** A share in percent, for a sentence. */
export function formatPercent(share: number): string {
  return `${formatFigure(100 * share)} %`
}

/** A figure to three digits, for a sentence. */
export function formatFigure(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** The share of requests that may fail in a valid level. */
const MOST_FAILED = 0.01
const CHANCE = 0.05

/**
 * Whether clearly more than 1 % of the requests failed: the one-sided 95 % bound of their share is above it. By the
 * share itself, one failure in sixty would invalidate a level, and with 0.5 % of failing requests a third of all runs
 * would be lost.
 */
export function isFailing({ ok, failed }: { readonly ok: number; readonly failed: number }): boolean {
  return testBinomialGreater({ hits: failed, n: ok + failed }, MOST_FAILED) < CHANCE
}
