import { randomUUID } from 'node:crypto'
import { setting, ValueError, type ValuesOf } from '../settings/define.ts'
import {
  decimal,
  orNone,
  orWord,
  readBoolean,
  readChoice,
  readCount,
  readDuration,
  readNumber,
  readShare,
  readText,
} from '../settings/values.ts'
import { ENGINE_DEFAULTS, type EngineOptions } from './engine.ts'
import { FAULT_KINDS, readFaultRules, type FaultRule } from './faults.ts'
import { USAGE_PLACES, type UsagePlace } from './wire.ts'

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

const MODEL = 'Model'
const ANSWERS = 'Answers'
const ACCESS = 'Access'
const readModelTime = readDuration({ maxMs: 3_600_000 })

/** The settings of `plateau simulate`. */
export const SIMULATOR_SETTINGS = {
  port: setting({
    name: 'port',
    group: ACCESS,
    help: 'Port on 127.0.0.1; 0 takes a free one',
    placeholder: 'N',
    default: '8000',
    common: true,
    commandOnly: true,
    read: readCount({ min: 0, max: 65_535 }),
  }),
  slots: setting({
    name: 'slots',
    group: MODEL,
    help: 'Sequences that decode together; more than that wait in a queue',
    placeholder: 'N',
    default: '16',
    common: true,
    commandOnly: true,
    read: readCount({ max: 4096 }),
  }),
  overhead: setting({
    name: 'overhead',
    group: MODEL,
    help: 'Fixed time before a request reaches the queue; it blocks nobody',
    placeholder: 'TIME',
    default: '20ms',
    commandOnly: true,
    read: readModelTime,
  }),
  prefillPer1000Tokens: setting({
    name: 'prefill-per-1000-tokens',
    group: MODEL,
    help: 'Prefill time of 1000 input tokens; nobody decodes meanwhile',
    placeholder: 'TIME',
    default: '60ms',
    common: true,
    commandOnly: true,
    read: readModelTime,
  }),
  decode: setting({
    name: 'decode',
    group: MODEL,
    help: 'Time of a decode step, whatever the batch',
    placeholder: 'TIME',
    default: '9.5ms',
    common: true,
    commandOnly: true,
    read: readModelTime,
  }),
  decodePerSequence: setting({
    name: 'decode-per-sequence',
    group: MODEL,
    help: 'Time that each sequence in the batch adds to a decode step',
    placeholder: 'TIME',
    default: '0.5ms',
    common: true,
    commandOnly: true,
    read: readModelTime,
  }),
  tokensPerChunk: setting({
    name: 'tokens-per-chunk',
    group: MODEL,
    help: 'Tokens in one event of a stream, after the first token',
    placeholder: 'N',
    default: '1',
    commandOnly: true,
    read: readCount({ max: 1000 }),
  }),
  slowdown: setting({
    name: 'slowdown',
    group: MODEL,
    help: 'Factor on the times: one for all, or for example `tpot=1.2, ttft=1.1`',
    placeholder: 'FACTOR',
    default: '1',
    common: true,
    commandOnly: true,
    read: readSlowdown,
  }),
  jitter: setting({
    name: 'jitter',
    group: MODEL,
    help: 'Relative standard deviation of each prefill and each step',
    placeholder: 'SHARE',
    default: '3%',
    commandOnly: true,
    read: readShare({ max: 2 }),
  }),
  runSpread: setting({
    name: 'run-spread',
    group: MODEL,
    help: 'Relative standard deviation between two starts of the same simulator',
    placeholder: 'SHARE',
    default: '0%',
    commandOnly: true,
    read: readShare({ max: 2 }),
  }),
  seed: setting({
    name: 'seed',
    group: MODEL,
    help: 'Seed of jitter, faults and early stops',
    placeholder: 'TEXT',
    default: SIMULATOR_DEFAULTS.seed,
    commandOnly: true,
    read: readText,
  }),
  runSeed: setting({
    name: 'run-seed',
    group: MODEL,
    help: 'Seed of `run-spread`; `random` draws a new one at each start',
    placeholder: 'TEXT',
    default: 'random',
    commandOnly: true,
    read: orWord('random', readText),
  }),
  prefixCache: setting({
    name: 'prefix-cache',
    group: MODEL,
    help: 'Remember prompts, skip the prefill of what is known and report `cached_tokens`',
    placeholder: 'BOOL',
    default: 'false',
    switch: true,
    commandOnly: true,
    read: readBoolean,
  }),
  coldStart: setting({
    name: 'cold-start',
    group: MODEL,
    help: 'Answer 503 for this long after the start',
    placeholder: 'TIME',
    default: '0s',
    commandOnly: true,
    read: readDuration(),
  }),
  model: setting({
    name: 'model',
    group: ANSWERS,
    help: 'Name of the model in answers',
    placeholder: 'NAME',
    default: SIMULATOR_DEFAULTS.model,
    commandOnly: true,
    read: readText,
  }),
  usage: setting({
    name: 'usage',
    group: ANSWERS,
    help: `Where a stream states its token counts: ${USAGE_PLACES.join(', ')}`,
    placeholder: 'PLACE',
    default: SIMULATOR_DEFAULTS.usage,
    commandOnly: true,
    read: readChoice(USAGE_PLACES),
  }),
  tokensPerWord: setting({
    name: 'tokens-per-word',
    group: ANSWERS,
    help: 'Input tokens that a word of a prompt counts for',
    placeholder: 'N',
    default: '1',
    commandOnly: true,
    read: readNumber({ min: 0.1, max: 10 }),
  }),
  templateTokens: setting({
    name: 'template-tokens',
    group: ANSWERS,
    help: 'Input tokens that the chat template adds',
    placeholder: 'N',
    default: '8',
    commandOnly: true,
    read: readCount({ min: 0, max: 10_000 }),
  }),
  earlyStop: setting({
    name: 'early-stop',
    group: ANSWERS,
    help: 'Share of answers that end early, unless the request says `ignore_eos`',
    placeholder: 'SHARE',
    default: '0%',
    commandOnly: true,
    read: readShare(),
  }),
  fault: setting({
    name: 'fault',
    group: ANSWERS,
    help:
      'Faults, each with a share or every Nth request, for example `429@1%, stall=5s@every-50`: ' +
      Object.keys(FAULT_KINDS).join(', '),
    placeholder: 'LIST',
    default: 'none',
    common: true,
    commandOnly: true,
    read: orNone(readFaultRules),
  }),
  apiKey: setting({
    name: 'api-key',
    group: ACCESS,
    help: 'Key that requests must carry',
    placeholder: 'KEY',
    default: null,
    secret: true,
    commandOnly: true,
    read: readText,
  }),
  requestsPerMinute: setting({
    name: 'requests-per-minute',
    group: ACCESS,
    help: 'Rate limit, with headers that state it; `none` for no limit',
    placeholder: 'N',
    default: 'none',
    commandOnly: true,
    read: orNone(readCount()),
  }),
  logStamps: setting({
    name: 'log-stamps',
    group: ACCESS,
    help: 'Keep the send time of every event for `GET /simulator/log`',
    placeholder: 'BOOL',
    default: 'false',
    switch: true,
    commandOnly: true,
    read: readBoolean,
  }),
}

/** Turns the settings of `plateau simulate` into options. */
export function toSimulatorOptions(values: ValuesOf<typeof SIMULATOR_SETTINGS>): SimulatorOptions {
  const { ttft, tpot } = values.slowdown
  return {
    ...SIMULATOR_DEFAULTS,
    port: values.port,
    engine: {
      slots: values.slots,
      overheadMs: ttft * values.overhead,
      prefillMsPerToken: (ttft * values.prefillPer1000Tokens) / 1000,
      decodeMs: tpot * values.decode,
      decodeMsPerSequence: tpot * values.decodePerSequence,
      tokensPerChunk: values.tokensPerChunk,
      jitter: values.jitter,
      runSpread: values.runSpread,
      seed: values.seed,
      runSeed: values.runSeed === 'random' ? randomUUID() : values.runSeed,
    },
    model: values.model,
    usage: values.usage,
    tokensPerWord: values.tokensPerWord,
    templateTokens: values.templateTokens,
    earlyStop: values.earlyStop,
    prefixCache: values.prefixCache,
    faults: values.fault ?? [],
    seed: values.seed,
    apiKey: values.apiKey,
    requestsPerMinute: values.requestsPerMinute,
    coldStartMs: values.coldStart,
    logStamps: values.logStamps,
  }
}

/** Factors on what makes up TTFT (overhead and prefill) and TPOT (the decode step). */
export interface Slowdown {
  readonly ttft: number
  readonly tpot: number
}

/** Reads `1.2` or `tpot=1.2, ttft=1.1`; throws `ValueError`. */
export function readSlowdown(text: string): Slowdown {
  const wrong = new ValueError('must be a factor from 0.01 to 100, for example 1.2 or tpot=1.2, ttft=1.1')
  const factor = (given: string): number => {
    const value = decimal(given)
    if (value === null || value < 0.01 || value > 100) throw wrong
    return value
  }
  if (!text.includes('=')) return { ttft: factor(text), tpot: factor(text) }
  const slowdown = { ttft: 1, tpot: 1 }
  for (const part of text.split(',')) {
    const match = /^\s*(ttft|tpot)\s*=(.*)$/.exec(part)
    if (match === null) throw wrong
    slowdown[match[1] as keyof Slowdown] = factor(match[2]!)
  }
  return slowdown
}
