import type { Task } from '../../vocabulary/load.ts'
import type { GuardOptions } from '../guard.ts'
import type { PlatformOptions } from '../repertoire.ts'
import { ENGINE_DEFAULTS } from '../engine/engine.ts'
import type { EngineOptions } from '../engine/engine.ts'
import type { CostOptions } from '../cost.ts'
import type { FaultRule } from '../faults.ts'
import type { MetricsPage, ServerProfile } from '../servers.ts'
import { CHAT_SHAPES } from '../wires/wire.ts'
import type { ChatShape, ReasoningField, UsagePlace } from '../wires/wire.ts'

/** Everything about a simulated endpoint. */
export interface SimulatorOptions extends CostOptions, GuardOptions, PlatformOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The model behind it; the defaults are `ENGINE_DEFAULTS`. */
  readonly engine: Partial<EngineOptions>
  /** The played server, with only its pages and APIs; null for the simulator itself, with every API. */
  readonly server: ServerProfile | null
  /** The metrics that are shown; null for those of the server. */
  readonly metrics: MetricsPage | 'none' | null
  /** Requests of other clients that are always active. */
  readonly foreignLoad: number
  /** The model's name in answers. */
  readonly model: string
  readonly usage: UsagePlace
  /** Reasoning tokens that precede the answer; they count as output tokens. */
  readonly reasoning: number
  readonly reasoningField: ReasoningField
  readonly chatShape: ChatShape
  /** Refuse fields that an API does not document, whatever the real server does. */
  readonly strict: boolean
  /** Refuse every other model name. */
  readonly checkModel: boolean
  /** LoRA adapters: names of models that it has beside its own. */
  readonly adapters: readonly string[]
  /** How long an adapter takes to load when it is first asked for. */
  readonly adapterLoadMs: number
  /** The only task that is served; null serves all. */
  readonly task: Task | null
  /** Input and output tokens that fit together. */
  readonly contextTokens: number
  readonly embeddingDimensions: number
  readonly faults: readonly FaultRule[]
  /** Seeds faults and early stops. */
  readonly seed: string
  /** Requests accepted per minute, with rate-limit headers, and 429 beyond; null for no limit. */
  readonly requestsPerMinute: number | null
  /** Answers 503 for this long after the start. */
  readonly coldStartMs: number
  readonly bodyLimitBytes: number
  /** How many requests the log of send times keeps. */
  readonly logLimit: number
  /** Keep the time of every event in the log. */
  readonly logStamps: boolean
}

/** A free port and the default engine. */
export const SIMULATOR_DEFAULTS: SimulatorOptions = {
  port: 0,
  engine: {},
  server: null,
  metrics: null,
  foreignLoad: 0,
  model: 'simulated-model',
  usage: 'final-chunk',
  reasoning: 0,
  reasoningField: 'reasoning_content',
  chatShape: CHAT_SHAPES[0],
  strict: false,
  checkModel: false,
  adapters: [],
  adapterLoadMs: 500,
  task: null,
  tokensPerWord: 1,
  templateTokens: 8,
  imageTokens: null,
  contextTokens: 131_072,
  earlyStop: 0,
  prefixCache: null,
  embeddingDimensions: 64,
  faults: [],
  seed: ENGINE_DEFAULTS.seed,
  auth: null,
  apiKey: null,
  clientId: null,
  clientSecret: null,
  tokenLifetimeMs: 3_600_000,
  endpointPage: {},
  configUpdateAfterMs: null,
  requestsPerMinute: null,
  coldStartMs: 0,
  bodyLimitBytes: 4 * 1024 * 1024,
  logLimit: 10_000,
  logStamps: false,
}
