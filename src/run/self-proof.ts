import { NO_AUTH } from '../load/auth/authorizers.ts'
import { createBudget } from '../load/budget.ts'
import { measureLevel } from '../load/level.ts'
import { createHttpTransport } from '../load/transport/http-transport.ts'
import { findApi } from '../vendors/apis.ts'
import type { Finding } from '../metrics/findings.ts'
import type { LevelRun } from '../metrics/level/level-run.ts'
import {
  compareWithTruth,
  describeMissingProof,
  findBeyondProof,
  findHighestRate,
  planRate,
} from '../metrics/self-proof.ts'
import type { ProofLoad, SelfProof } from '../metrics/self-proof.ts'
import { UNCALIBRATED } from '../plan/prompts.ts'
import { createWorkload } from '../plan/workload.ts'
import { fixLength } from '../settings/values/distributions.ts'
import type { StartTruth, TruthServer } from '../simulator/start-truth.ts'
import type { MeasurePorts } from './ports.ts'

export interface ProofPorts extends Pick<MeasurePorts, 'clock' | 'signal' | 'health' | 'collectGarbage'> {
  readonly startTruth: StartTruth
}

/** The result of the self-proof; null where it was not possible, which a finding then says. */
export interface Proven {
  readonly proof: SelfProof | null
  readonly findings: readonly Finding[]
}

/** Longest time of the whole proof. */
const LONGEST_MS = 1_500
/** Longest start of the truth server. */
const LONGEST_START_MS = 700
const LONGEST_READ_MS = 300
/** More connections would take longer to open than the proof lasts. */
const MOST_STREAMS = 256
/**
 * 32 streams with a token each millisecond are about what a client can read: this shows what a token costs at a high
 * rate.
 */
const BURST: ProofSchedule = { streams: 32, ttftMs: 5, intervalMs: 1, outputTokens: 100, windowMs: 100 }
const WINDOW_MS = 150
/**
 * Answers short enough for the proof; the plan's are longer, and easier on the client. With few streams they are
 * shortest, so that there are enough to compare; with many they are longer, because starting one costs more than a
 * token.
 */
const ANSWER_MS = { perStream: 10, shortest: 50, usual: 150 }
const TTFT_MS = 10
/** A slower model is timed at this pace, which is harder. */
const LONGEST_INTERVAL_MS = 25
/** Share of the burst's rate: near the highest rate, the proof would time the rate limit. */
const SHARE_OF_RATE = 0.7

/** What is asked of the truth server. */
interface ProofSchedule {
  readonly streams: number
  readonly ttftMs: number
  readonly intervalMs: number
  readonly outputTokens: number
  readonly windowMs: number
}

/**
 * The self-proof: for about a second before the load, the client measures a server on this machine that records when
 * it sent what, with as many streams as the plan's highest level and tokens as fast as its model's. It shows how
 * accurately the client times here, and at what rate it would be too busy; a plan beyond that gets a finding. The
 * endpoint is not involved.
 */
export async function proveClient(load: ProofLoad, ports: ProofPorts): Promise<Proven> {
  const endAt = ports.clock.now() + LONGEST_MS
  const limit = (ms: number): AbortSignal =>
    AbortSignal.any([ports.signal, AbortSignal.timeout(Math.max(0, Math.round(ms)))])
  let truth: TruthServer
  try {
    truth = await ports.startTruth(limit(LONGEST_START_MS))
  } catch (error) {
    return giveUp(`the test's own server on this machine ${(error as Error).message}`)
  }
  try {
    const inTime = { ...ports, signal: limit(endAt - ports.clock.now()) }
    // The burst comes first: it warms up the code that then takes the times.
    const burst = await measureSchedule(truth, BURST, inTime)
    const rate = readRate(burst)
    if (rate === null) return giveUp(NO_TIME)
    const schedule = planSchedule(load, rate)
    const planned = await measureSchedule(truth, schedule, inTime)
    const { streams } = schedule
    const errors = compareWithTruth(planned.records, await truth.readAnswers(limit(LONGEST_READ_MS)), {
      streams,
      lone: load.lone,
    })
    const rates = { tokensPerSecond: rate, plannedTokensPerSecond: planRate(load) }
    const beyond = findBeyondProof(rates, load)
    return errors === null
      ? { proof: null, findings: [...giveUp(NO_TIME).findings, ...beyond] }
      : { proof: { streams, ...errors, ...rates }, findings: beyond }
  } catch (error) {
    return giveUp((error as Error).message)
  } finally {
    await truth.end()
  }
}

const NO_TIME = 'this machine was too busy, or too slow, to do it in time'

function giveUp(why: string): Proven {
  return { proof: null, findings: [describeMissingProof(why)] }
}

/** The plan's highest level in answers of a fraction of a second, no faster than this machine can read. */
function planSchedule({ streams: planned, lone }: ProofLoad, tokensPerSecond: number): ProofSchedule {
  const streams = Math.min(planned, MOST_STREAMS)
  const perToken = lone.latencyMs / Math.max(1, lone.outputTokens)
  const readable = (streams * 1000) / (SHARE_OF_RATE * tokensPerSecond)
  const intervalMs = Math.max(readable, Math.min(perToken, LONGEST_INTERVAL_MS))
  const few = Math.max(ANSWER_MS.shortest, ANSWER_MS.perStream * streams)
  const answerMs = Math.max(streams, Math.min(few, ANSWER_MS.usual))
  const outputTokens = 1 + Math.max(1, Math.round((answerMs - TTFT_MS) / intervalMs))
  return { streams, ttftMs: TTFT_MS, intervalMs, outputTokens, windowMs: WINDOW_MS }
}

/** Measures one level against the truth server, over the endpoint's transport. */
async function measureSchedule(truth: TruthServer, schedule: ProofSchedule, ports: ProofPorts): Promise<LevelRun> {
  const { clock, health, collectGarbage, signal } = ports
  const { streams, ttftMs, intervalMs, outputTokens, windowMs } = schedule
  const url = new URL(`/step/${ttftMs}/${intervalMs}`, truth.origin)
  const transport = createHttpTransport({
    connection: { origin: url.origin, caCert: null, proxy: null, connectTimeoutMs: LONGEST_MS },
    api: findApi('openai-chat'),
    dialect: {
      task: 'chat',
      model: 'truth',
      fields: new Set(['stream_options']),
      lengthField: 'max_tokens',
      extraBody: {},
    },
    url,
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: LONGEST_MS,
  })
  try {
    const workload = createWorkload(
      {
        task: 'chat',
        seed: 'self-proof',
        inputTokens: fixLength(32),
        outputTokens: fixLength(outputTokens),
        promptModel: UNCALIBRATED,
        prompts: null,
        prefixCache: 'allow',
        sharedPrefixTokens: 0,
        batchSize: 1,
        nonce: () => '',
      },
      streams,
      1,
    )
    return await measureLevel(
      { concurrency: streams, pass: 1, durationMs: windowMs, minRequests: 1, maxRequests: null, warmupRequests: 1 },
      {
        transport,
        clock,
        workload,
        health: health(),
        collectGarbage,
        budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, clock),
        sweepStartAt: clock.now(),
        signal,
        target: url.href,
        serverMetrics: null,
      },
    )
  } finally {
    await transport.close()
  }
}

/** The highest rate that the cost of a window's tokens allows; null where there were none. */
function readRate({ window, records, cancelledWindowTokens, client }: LevelRun): number | null {
  if (window === null) return null
  let tokens = cancelledWindowTokens
  for (const { windowTokens } of records) tokens += windowTokens
  const seconds = (window.endMs - window.startMs) / 1000
  return tokens === 0 ? null : findHighestRate({ tokens, seconds, utilization: client.eventLoopUtilization })
}
