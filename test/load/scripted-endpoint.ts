import type { EndpointError } from '../../src/errors.ts'
import type { HealthProbe } from '../../src/load/runtime.ts'
import { createBudget } from '../../src/load/budget.ts'
import type { LevelPorts } from '../../src/load/level.ts'
import type { LevelSpec } from '../../src/load/level/board.ts'
import type { Workload } from '../../src/plan/workload.ts'
import type { WorkloadOptions } from '../../src/plan/compose-request.ts'
import type { Clock, Exchange, Transport } from '../../src/load/ports.ts'
import type { FailureClass } from '../../src/vocabulary/failure-classes.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import { PLAIN_EXCHANGE } from '../support/exchanges.ts'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'
import { fixLength } from '../../src/settings/values/distributions.ts'
import { UNCALIBRATED } from '../../src/plan/prompts.ts'

/** Prompts of 64 tokens, answers of 20. */
export const SCRIPTED_WORKLOAD: WorkloadOptions = {
  task: 'chat',
  seed: 'a seed',
  inputTokens: fixLength(64),
  outputTokens: fixLength(20),
  promptModel: UNCALIBRATED,
  prompts: null,
  prefixCache: 'avoid',
  sharedPrefixTokens: 0,
  batchSize: 1,
  nonce: () => '0123456789abcdef',
}

/** How one request is answered. */
export interface Answer {
  readonly latencyMs: number
  /** Token events, evenly spread, the end one gap after the last; default: as many as tokens were asked for. */
  readonly events?: number
  readonly tokensPerEvent?: number
  /** When the transport says that a first token came; default: at once, as of a server with a slot for everyone. Null: never. */
  readonly firstTokenMs?: number | null
  readonly failure?: FailureClass
  readonly status?: number
  readonly retryAfterMs?: number
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly connectMs?: number
  /** How long it waited in the client before it was sent. */
  readonly queueMs?: number
  /** Refused for a token that has been replaced. */
  readonly renewed?: boolean
  /** There is no way to prove who asks: nothing was sent. */
  readonly unproven?: EndpointError
}

/** One request as the endpoint saw it. */
export interface Call {
  readonly worker: number
  readonly spec: RequestSpec
  readonly startAt: number
  /** Counts from 0. */
  readonly number: number
  endAt: number
  cancelled: boolean
  /** When its tokens arrived, until it was cancelled. */
  tokenAt: number[]
}

export interface ScriptedEndpoint {
  readonly transport: Transport
  readonly clock: Clock
  readonly calls: readonly Call[]
  run<T>(work: Promise<T>): Promise<T>
}

/** An endpoint in virtual time that does exactly what `answer` says. */
export function scriptedEndpoint(
  answer: (call: Pick<Call, 'worker' | 'spec' | 'startAt' | 'number'>) => Answer,
): ScriptedEndpoint {
  const { clock, run } = createVirtualEndpoint()
  return { ...scriptedBeside(clock, answer), clock, run }
}

/** Another one in the same time. */
export function scriptedBeside(
  clock: Clock,
  answer: (call: Pick<Call, 'worker' | 'spec' | 'startAt' | 'number'>) => Answer,
): Pick<ScriptedEndpoint, 'transport' | 'calls'> {
  const calls: Call[] = []
  const transport: Transport = {
    async send(worker, spec, signal, onFirstToken) {
      const startAt = clock.now()
      const call: Call = { worker, spec, startAt, number: calls.length, endAt: NaN, cancelled: false, tokenAt: [] }
      calls.push(call)
      const script = answer(call)
      const { latencyMs, firstTokenMs = 0 } = script
      if (firstTokenMs !== null) {
        if (firstTokenMs > 0) await clock.sleep(firstTokenMs, signal)
        onFirstToken?.()
      }
      await clock.sleep(latencyMs - (firstTokenMs ?? 0), signal)
      call.endAt = clock.now()
      if (script.unproven !== undefined) throw script.unproven
      call.cancelled = signal.aborted && call.endAt < startAt + script.latencyMs
      const events = script.failure === undefined ? (script.events ?? spec.outputTokens) : 0
      const all = Array.from({ length: events }, (_, i) => startAt + script.latencyMs * ((i + 1) / (events + 1)))
      call.tokenAt = all.filter((at) => !call.cancelled || at <= call.endAt)
      return toExchange(call, script)
    },
    async close() {},
  }
  return { transport, calls }
}

function toExchange(call: Call, script: Answer): Exchange {
  const { startAt, endAt, tokenAt, cancelled } = call
  const failure = cancelled ? null : (script.failure ?? null)
  return {
    ...PLAIN_EXCHANGE,
    requestId: `scripted-${call.number}`,
    readyAt: startAt - (script.queueMs ?? 0),
    startAt,
    connectMs: script.connectMs ?? null,
    headersAt: startAt,
    firstEventAt: tokenAt[0] ?? null,
    firstTokenAt: tokenAt[0] ?? null,
    firstTextAt: tokenAt[0] ?? null,
    lastTokenAt: tokenAt.at(-1) ?? null,
    endAt,
    tpotMs: tokenAt.length > 1 ? (tokenAt.at(-1)! - tokenAt[0]!) / (tokenAt.length - 1) : null,
    inputTokens: 1,
    cachedTokens: null,
    outputTokens: tokenAt.length * (script.tokensPerEvent ?? 1),
    tokenEvents: tokenAt.length,
    reads: tokenAt.length,
    renewed: script.renewed ?? false,
    servedModel: 'scripted',
    text: call.spec.turn === undefined ? null : 'an answer',
    failure,
    failureMessage: failure === null ? null : 'as the script says',
    retryAfterMs: script.retryAfterMs ?? null,
    headers: { ...script.headers, ...(script.location !== undefined && { location: script.location }) },
    status: script.status ?? 200,
    cancelled,
    tokenAt: Float64Array.from(tokenAt),
    tokenCountAt: new Float64Array(tokenAt.length).fill(NaN),
  }
}

/** A level of 2 workers with a window of 10 s. */
export function aLevelSpec(overrides: Partial<LevelSpec> = {}): LevelSpec {
  const spec = { concurrency: 2, pass: 1, durationMs: 10_000, minRequests: 1, maxRequests: null, warmupRequests: 1 }
  return { ...spec, ...overrides }
}

/** Answers of 10 tokens; a worker's first request is shortened to its spread share. */
export function aWorkload(concurrency: number, outputTokens = 10): Workload {
  return {
    spread: Array.from({ length: concurrency }, (_, i) => (i + 0.5) / concurrency),
    next: (_, share) => ({ prompts: ['word'], outputTokens: Math.ceil(outputTokens * (share ?? 1)), nonce: '' }),
  }
}

/** A client that is always well. */
export function healthyClient(): HealthProbe {
  return {
    start() {},
    read: () => ({ eventLoopUtilization: 0, delayP90Ms: 0, delayP99Ms: 0 }),
    stallAt: () => 0,
    stop() {},
  }
}

/** Everything that a level needs, on this endpoint. */
export function portsOf(
  { transport, clock }: Pick<ScriptedEndpoint, 'transport' | 'clock'>,
  { concurrency }: Pick<LevelSpec, 'concurrency'>,
  overrides: Partial<LevelPorts> = {},
): LevelPorts {
  return {
    transport,
    clock,
    workload: aWorkload(concurrency),
    health: healthyClient(),
    collectGarbage: () => {},
    budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, clock),
    sweepStartAt: clock.now(),
    signal: new AbortController().signal,
    target: 'http://127.0.0.1:8000/v1/chat/completions',
    serverMetrics: null,
    ...overrides,
  }
}
