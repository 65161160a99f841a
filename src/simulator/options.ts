import { ENGINE_DEFAULTS, type EngineOptions } from './engine.ts'
import type { FaultRule } from './faults.ts'
import type { UsagePlace } from './wire.ts'

/** Everything about a simulated endpoint. */
export interface SimulatorOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The model behind it; what is left out is `ENGINE_DEFAULTS`. */
  readonly engine: Partial<EngineOptions>
  /** The model's name in answers. */
  readonly model: string
  readonly usage: UsagePlace
  readonly tokensPerWord: number
  /** Input tokens that the chat template adds to every chat request. */
  readonly templateTokens: number
  /** Input and output tokens that fit together. */
  readonly contextTokens: number
  /** Share of answers that end before `max_tokens`, unless `ignore_eos` is true. */
  readonly earlyStop: number
  /** Remembers prompts, skips the prefill of what it knows and reports `cached_tokens`. */
  readonly prefixCache: boolean
  readonly embeddingDimensions: number
  readonly faults: readonly FaultRule[]
  /** Seeds faults and early stops. */
  readonly seed: string
  /** Asked for as `Authorization: Bearer` when not null. */
  readonly apiKey: string | null
  /** Accepted per minute, with rate-limit headers and 429 beyond; null: no limit. */
  readonly requestsPerMinute: number | null
  /** Answers 503 for this long after the start. */
  readonly coldStartMs: number
  readonly bodyLimitBytes: number
  /** Requests that the log of true send times keeps. */
  readonly logLimit: number
  /** Keep the time of every event in the log. */
  readonly logStamps: boolean
}

/** A free port and the default engine. */
export const SIMULATOR_DEFAULTS: SimulatorOptions = {
  port: 0,
  engine: {},
  model: 'simulated-model',
  usage: 'final-chunk',
  tokensPerWord: 1,
  templateTokens: 8,
  contextTokens: 131_072,
  earlyStop: 0,
  prefixCache: false,
  embeddingDimensions: 64,
  faults: [],
  seed: ENGINE_DEFAULTS.seed,
  apiKey: null,
  requestsPerMinute: null,
  coldStartMs: 0,
  bodyLimitBytes: 4 * 1024 * 1024,
  logLimit: 10_000,
  logStamps: false,
}
