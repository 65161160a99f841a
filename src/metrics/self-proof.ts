import { groupDigits } from '../text.ts'
import { pickAtShare } from '../stats/percentile.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { MAXIMUM_UTILIZATION } from './validity/client-rules.ts'
import type { Finding } from './findings.ts'

/** How accurately this machine times, measured against a server that records when it sent what. */
export interface SelfProof {
  /** Concurrent streams: those of the plan's highest level, unless they are very many. */
  readonly streams: number
  /** Answers that were compared, one by one. */
  readonly answers: number
  readonly ttftErrorMs: ProofError
  /** As shares of a planned answer's TPOT; null where such an answer has one token. */
  readonly tpotError: ProofError | null
  /** Tokens a second, one for each event, at which this client would count as too busy. */
  readonly tokensPerSecond: number
  /** Tokens a second at the plan's highest level if no request slowed another one down: an upper bound. */
  readonly plannedTokensPerSecond: number
}

/** Absolute errors of single answers; with fewer than a hundred, the p99 is the largest. */
interface ProofError {
  readonly p50: number
  readonly p99: number
}

/** When an answer was truly sent, in milliseconds on any clock. */
interface TrueTimes {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number
  readonly lastTokenAtMs: number
}

/** What was planned for the highest level. */
export interface ProofLoad {
  readonly streams: number
  /** How many of them are under way on average. Default: all. */
  readonly inFlight?: number
  /** One request at concurrency 1. */
  readonly lone: { readonly latencyMs: number; readonly outputTokens: number }
  /** Threads that carry the streams, while one carries the proof; default: one. */
  readonly threads?: number
}

/**
 * The errors of the counted answers, compared with what was truly sent; null when there are fewer than streams,
 * because the first ones to arrive were the fast ones. The error of the span from first to last token does not grow
 * with the answer, so it is taken relative to a planned answer's span.
 */
export function compareWithTruth(
  records: Iterable<Pick<RequestRecord, 'phase' | 'outcome' | 'requestId' | 'ttftMs' | 'lastTokenMs'>>,
  sent: readonly TrueTimes[],
  { streams, lone }: ProofLoad,
): Pick<SelfProof, 'answers' | 'ttftErrorMs' | 'tpotError'> | null {
  const truth = new Map(sent.map((answer) => [answer.requestId, answer]))
  const ttft: number[] = []
  const span: number[] = []
  for (const { phase, outcome, requestId, ttftMs, lastTokenMs } of records) {
    const answer = requestId === null ? undefined : truth.get(requestId)
    if (phase !== 'counted' || outcome !== 'ok' || answer === undefined || ttftMs === null || lastTokenMs === null)
      continue
    ttft.push(Math.abs(ttftMs - (answer.firstTokenAtMs - answer.receivedAtMs)))
    span.push(Math.abs(lastTokenMs - ttftMs - (answer.lastTokenAtMs - answer.firstTokenAtMs)))
  }
  if (ttft.length < streams) return null
  const plannedSpanMs = lone.latencyMs * (1 - 1 / lone.outputTokens)
  return {
    answers: ttft.length,
    ttftErrorMs: summariseErrors(ttft),
    tpotError: plannedSpanMs > 0 ? summariseErrors(span.map((ms) => ms / plannedSpanMs)) : null,
  }
}

function summariseErrors(errors: number[]): ProofError {
  errors.sort((a, b) => a - b)
  return { p50: pickAtShare(errors, 0.5)!, p99: pickAtShare(errors, 0.99)! }
}

/** The rate at which the event loop would reach the highest allowed utilisation, extrapolated from a measured rate. */
export function findHighestRate(read: {
  readonly tokens: number
  readonly seconds: number
  readonly utilization: number
}): number {
  return (MAXIMUM_UTILIZATION * read.tokens) / (read.seconds * read.utilization)
}

/** Tokens a second at the highest level, if no request slowed another one down. */
export function planRate({ streams, inFlight = streams, lone }: ProofLoad): number {
  return (inFlight * lone.outputTokens * 1000) / lone.latencyMs
}

/** A finding where the plan needs more than this machine has proven. */
export function findBeyondProof(
  { plannedTokensPerSecond, tokensPerSecond }: Pick<SelfProof, 'plannedTokensPerSecond' | 'tokensPerSecond'>,
  { streams, threads = 1 }: Pick<ProofLoad, 'streams' | 'threads'>,
): Finding[] {
  if (plannedTokensPerSecond <= threads * tokensPerSecond) return []
  const [planned, held] = [plannedTokensPerSecond, tokensPerSecond].map((rate) => groupDigits(roundRate(rate)))
  return [
    {
      code: 'beyond-proof',
      message: `With ${streams} requests at once the plan may come to ${planned} tokens/s; this machine can hold ${held}${threads > 1 ? ` in each of ${threads} threads` : ''}.`,
    },
  ]
}

/** To three digits: a burst of a fraction of a second shows no more. */
function roundRate(rate: number): number {
  return Number(rate.toPrecision(3))
}

/** The finding that there is no proof; `why` is half a sentence. */
export function describeMissingProof(why: string): Finding {
  return { code: 'self-proof-missing', message: `How accurately this machine times was not tested: ${why}.` }
}
