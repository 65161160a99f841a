import { mean, median } from 'simple-statistics'
import { selectCountedRecords } from './level/level-run.ts'
import type { Finding } from './findings.ts'
import type { LevelMetrics } from './level/level-metrics.ts'
import type { LevelRun } from './level/level-run.ts'
import { formatFigure } from './validity/evidence.ts'

/** Levels of unstreamed answers at three output lengths, 1, n/2 and n tokens, at one concurrency. */
export interface ThreePointRuns {
  readonly concurrency: number
  readonly one: LevelRun
  readonly half: LevelRun
  readonly full: LevelRun
}

/** Figures of one level from unstreamed answers, by the formulas of `CROSS_CHECK_MODEL`. Null: not measurable. */
export interface ThreePoint {
  readonly concurrency: number
  /** Answers at the three lengths together. */
  readonly requests: number
  /** Median latency of answers of one token. */
  readonly ttftMs: number | null
  /** How much longer the median answer of n tokens takes than one of n/2, per token. */
  readonly tpotMs: number | null
  /** Median latency of answers of n tokens. */
  readonly latencyMs: number | null
  /** Concurrency × (input + output tokens) / median latency, in tokens a second. */
  readonly notebookThroughput: number | null
  /** The figures of streams at the same level, in milliseconds. */
  readonly streamed: { readonly ttftMs: number | null; readonly tpotMs: number | null }
}

/** The cross-check of a run. */
export interface CrossCheck {
  /** Output tokens that were asked for: 1, n/2 and n. */
  readonly outputTokens: readonly number[]
  /** By rising concurrency. */
  readonly levels: readonly ThreePoint[]
}

/** Fewer answers do not have a meaningful median. */
const FEWEST_ANSWERS = 3
/** Smaller differences are noise of so few answers. */
const DIFFERENCE = 0.25
const TTFT_FLOOR_MS = 10
const TPOT_FLOOR_MS = 0.5

/** The three output lengths; null where n is too short. */
export function chooseThreeLengths(outputTokens: number): readonly [one: number, half: number, full: number] | null {
  const full = Math.round(outputTokens)
  return full < 4 ? null : [1, Math.ceil(full / 2), full]
}

/** The figures of one level; `streamed` is what the sweep measured there. */
export function computeThreePoint(
  { concurrency, one, half, full }: ThreePointRuns,
  streamed: Pick<LevelMetrics, 'ttftMs' | 'tpotMs'> | null,
): ThreePoint {
  const [first, middle, last] = [averageAnswers(one), averageAnswers(half), averageAnswers(full)]
  const tokens = last.outputTokens === null ? null : last.outputTokens - (middle.outputTokens ?? Infinity)
  const slope =
    last.latencyMs === null || middle.latencyMs === null || tokens === null || !(tokens > 0)
      ? null
      : (last.latencyMs - middle.latencyMs) / tokens
  return {
    concurrency,
    requests: first.n + middle.n + last.n,
    ttftMs: first.latencyMs,
    // Longer answers that came sooner: something other than length decided.
    tpotMs: slope !== null && slope > 0 ? slope : null,
    latencyMs: last.latencyMs,
    notebookThroughput:
      last.latencyMs === null || last.latencyMs === 0 || last.outputTokens === null
        ? null
        : ((last.inputTokens + last.outputTokens) * concurrency * 1000) / last.latencyMs,
    streamed: { ttftMs: streamed?.ttftMs?.p50 ?? null, tpotMs: streamed?.tpotMs?.p50 ?? null },
  }
}

/**
 * Findings where unstreamed answers and streams disagree, at the lowest concurrency only: above it, answers of one
 * token are only prefill and wait for each other, which says nothing about the client.
 */
export function judgeCrossCheck({ levels }: CrossCheck): Finding[] {
  const [lowest] = levels
  if (lowest === undefined) return []
  const checks = [
    { name: 'TTFT', whole: lowest.ttftMs, streamed: lowest.streamed.ttftMs, floorMs: TTFT_FLOOR_MS },
    { name: 'TPOT', whole: lowest.tpotMs, streamed: lowest.streamed.tpotMs, floorMs: TPOT_FLOOR_MS },
  ]
  return checks.flatMap(({ name, whole, streamed, floorMs }): Finding[] => {
    if (whole === null || streamed === null) return []
    if (Math.abs(whole - streamed) <= Math.max(floorMs, DIFFERENCE * streamed)) return []
    const message = `${name} is ${formatFigure(streamed)} ms by streams and ${formatFigure(whole)} ms by the three points.`
    return [{ code: 'cross-check-differs', level: lowest.concurrency, message }]
  })
}

/** What the answers of one run come to. */
function averageAnswers(run: LevelRun) {
  const ok = [...selectCountedRecords([run])].filter(
    ({ outcome, lastTokenMs }) => outcome === 'ok' && lastTokenMs !== null,
  )
  const isEnough = ok.length >= FEWEST_ANSWERS
  const counted = ok.filter(({ countDoubt, outputTokens }) => countDoubt === null && outputTokens > 0)
  return {
    n: ok.length,
    latencyMs: isEnough ? median(ok.map(({ lastTokenMs }) => lastTokenMs!)) : null,
    inputTokens: isEnough ? mean(ok.map(({ inputTokens }) => inputTokens ?? 0)) : 0,
    /** Null where too few state a count that can be true. */
    outputTokens: counted.length < FEWEST_ANSWERS ? null : mean(counted.map(({ outputTokens }) => outputTokens)),
  }
}
