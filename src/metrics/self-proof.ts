import { groupDigits } from '../text.ts'
import type { RequestRecord } from '../vocabulary/request-facts.ts'
import { MAXIMUM_UTILIZATION } from './client-rules.ts'
import type { Finding } from './findings.ts'

/** How true this machine times what it is sent, as measured against a server that keeps when it sent it. */
export interface SelfProof {
  /** Streams at once, the most that the plan has; where that are very many, fewer. */
  readonly streams: number
  /** Answers that were compared, one by one. */
  readonly answers: number
  readonly ttftErrorMs: ProofError
  /** As shares of a planned answer's TPOT; null where such an answer has one token. */
  readonly tpotError: ProofError | null
  /** Tokens a second, one an event, at which the client of this machine would count as too busy. */
  readonly tokensPerSecond: number
  /** Tokens a second that the plan comes to at its highest level if no request slows another down: the most there can be. */
  readonly plannedTokensPerSecond: number
}

/** Absolute errors of single answers; the p99 of fewer than a hundred is the largest. */
export interface ProofError {
  readonly p50: number
  readonly p99: number
}

/** When an answer was truly sent, in milliseconds on any clock. */
export interface TrueTimes {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly firstTokenAtMs: number
  readonly lastTokenAtMs: number
}

/** What was planned for the highest level. */
export interface ProofLoad {
  readonly streams: number
  /** One request at concurrency 1. */
  readonly lone: { readonly latencyMs: number; readonly outputTokens: number }
  /** That carry the most streams, where the proof is carried by one; default: one. */
  readonly threads?: number
}

/**
 * The errors of the counted answers, each compared with what was truly sent; null when there is not one a stream: those that came before the
 * time was up were the fast ones. What two stamps are off by does not grow with the answer: the error of the time between first and last token is
 * one of a planned answer's.
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
    const answer = truth.get(requestId)
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
  const pick = (share: number): number => errors[Math.ceil(share * errors.length) - 1]!
  return { p50: pick(0.5), p99: pick(0.99) }
}

/** The rate at which the event loop would work for as much of the time as a level may have, from what it was at another rate. */
export function findHighestRate(read: {
  readonly tokens: number
  readonly seconds: number
  readonly utilization: number
}): number {
  return (MAXIMUM_UTILIZATION * read.tokens) / (read.seconds * read.utilization)
}

/** Tokens a second at the highest level, if no request slows another down. */
export function planRate({ streams, lone }: ProofLoad): number {
  return (streams * lone.outputTokens * 1000) / lone.latencyMs
}

/** What the plan asks of this machine beyond what it has proven. */
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

/** Three digits: a burst of a fraction of a second tells no more. */
function roundRate(rate: number): number {
  return Number(rate.toPrecision(3))
}

/** That there is no proof, and why, as half a sentence. */
export function describeMissingProof(why: string): Finding {
  return { code: 'self-proof-missing', message: `How true this machine measures was not proven: ${why}.` }
}
