import { randomUUID } from 'node:crypto'
import { defineSetting } from '../../settings/setting.ts'
import type { ValuesOf } from '../../settings/setting.ts'
import {
  allowNone,
  allowWord,
  SWITCH,
  readChoice,
  readCount,
  readDuration,
  readEach,
  readLine,
  readNumber,
  readShare,
  readText,
  splitList,
} from '../../settings/values/simple.ts'
import { readProof } from '../guard.ts'
import type { Proof } from '../guard.ts'
import { FAULT_KINDS, readFaultRules } from '../faults.ts'
import type { MetricsPage, ServerProfile } from '../servers.ts'
import { SIMULATOR_DEFAULTS } from './options.ts'
import type { SimulatorOptions } from './options.ts'
import { PLATFORM_NAME, PLATFORM_SETTINGS, SHIPPED } from '../repertoire.ts'
import type { Repertoire } from '../repertoire.ts'
import { TASKS } from '../../vocabulary/load.ts'
import { REASONING_FIELDS, USAGE_PLACES } from '../wires/wire.ts'
import type { CacheSize } from '../cost.ts'
import { MODEL_SETTINGS } from './model-settings.ts'

/** The settings of `plateau simulate`: how fast the model is, what answers look like and what is refused, the pages, and who may ask where. */
export const SIMULATOR_SETTINGS = {
  ...MODEL_SETTINGS,
  model: defineSetting({
    name: 'model',
    group: 'Answers',
    help: 'Name of the model in answers',
    placeholder: 'NAME',
    default: SIMULATOR_DEFAULTS.model,
    read: readText,
  }),
  usage: defineSetting({
    name: 'usage',
    group: 'Answers',
    help: `Where a stream of OpenAI-like APIs and of ${PLATFORM_NAME} states its token counts: ${USAGE_PLACES.join(', ')}`,
    placeholder: 'PLACE',
    default: SIMULATOR_DEFAULTS.usage,
    read: readChoice(USAGE_PLACES),
  }),
  reasoning: defineSetting({
    name: 'reasoning',
    group: 'Answers',
    help: 'Reasoning tokens before the answer, of the tokens asked for, where the API has a place for them',
    placeholder: 'N',
    default: '0',
    read: readCount({ min: 0, max: 100_000 }),
  }),
  reasoningField: defineSetting({
    name: 'reasoning-field',
    group: 'Answers',
    help: `Where OpenAI-like chat puts reasoning: ${REASONING_FIELDS.join(', ')} (counted and never sent, by every API)`,
    placeholder: 'NAME',
    default: SIMULATOR_DEFAULTS.reasoningField,
    read: readChoice(REASONING_FIELDS),
  }),
  chatShape: PLATFORM_SETTINGS.chatShape,
  strict: defineSetting({
    name: 'strict',
    group: 'Answers',
    help: `Refuse every field that the API does not document, and every field of a wrong type; ${PLATFORM_NAME} always does`,
    default: 'false',
    ...SWITCH,
  }),
  checkModel: defineSetting({
    name: 'check-model',
    group: 'Answers',
    help: 'Refuse requests for another model than `model`, as is always done where `adapters` are given',
    default: 'false',
    ...SWITCH,
  }),
  adapters: defineSetting({
    name: 'adapters',
    group: 'Answers',
    help: 'LoRA adapters of the model: names that requests may ask for and the list of models has, for example `law, code`',
    placeholder: 'LIST',
    default: 'none',
    read: allowNone((text) => readEach(splitList(text), readLine)),
  }),
  adapterLoad: defineSetting({
    name: 'adapter-load',
    group: 'Answers',
    help: 'Time to load an adapter when it is first asked for; only its own requests wait',
    placeholder: 'TIME',
    default: `${SIMULATOR_DEFAULTS.adapterLoadMs}ms`,
    read: readDuration(),
  }),
  task: defineSetting({
    name: 'task',
    group: 'Answers',
    help: `Serve one task only: ${TASKS.join(', ')}; \`all\` serves each`,
    placeholder: 'TASK',
    default: 'all',
    read: allowWord('all', readChoice(TASKS)),
  }),
  contextTokens: defineSetting({
    name: 'context-tokens',
    group: 'Answers',
    help: 'Input and output tokens that fit together; more are refused',
    placeholder: 'N',
    default: String(SIMULATOR_DEFAULTS.contextTokens),
    read: readCount(),
  }),
  tokensPerWord: defineSetting({
    name: 'tokens-per-word',
    group: 'Answers',
    help: 'Input tokens that a word of a prompt counts for',
    placeholder: 'N',
    default: String(SIMULATOR_DEFAULTS.tokensPerWord),
    read: readNumber({ min: 0.1, max: 10 }),
  }),
  templateTokens: defineSetting({
    name: 'template-tokens',
    group: 'Answers',
    help: 'Input tokens that the chat template adds',
    placeholder: 'N',
    default: String(SIMULATOR_DEFAULTS.templateTokens),
    read: readCount({ min: 0, max: 10_000 }),
  }),
  imageTokens: defineSetting({
    name: 'image-tokens',
    group: 'Answers',
    help: 'Input tokens that an image of a chat counts for, and that take time to prefill; with `none` images are refused',
    placeholder: 'N',
    default: 'none',
    read: allowNone(readCount({ min: 0, max: 1_000_000 })),
  }),
  earlyStop: defineSetting({
    name: 'early-stop',
    group: 'Answers',
    help: 'Share of answers that end early, unless the request says `ignore_eos`',
    placeholder: 'SHARE',
    default: '0%',
    read: readShare(),
  }),
  fault: defineSetting({
    name: 'fault',
    group: 'Answers',
    help:
      'Faults, each on a share of requests or every Nth, else on all, for example `429@1%, stall=5s@every-50`: ' +
      Object.keys(FAULT_KINDS).join(', '),
    placeholder: 'LIST',
    default: 'none',
    common: true,
    read: allowNone(readFaultRules),
  }),
  server: defineServerSetting(SHIPPED.servers),
  metrics: defineMetricsSetting(SHIPPED.metrics),
  endpointPage: PLATFORM_SETTINGS.endpointPage,
  configUpdateAfter: PLATFORM_SETTINGS.configUpdateAfter,
  port: defineSetting({
    name: 'port',
    group: 'Access',
    help: 'Port on 127.0.0.1; 0 takes a free one',
    placeholder: 'N',
    default: '8000',
    common: true,
    read: readCount({ min: 0, max: 65_535 }),
  }),
  auth: defineAuthSetting(SHIPPED.proofs),
  clientId: PLATFORM_SETTINGS.clientId,
  clientSecret: defineSetting({
    name: 'client-secret',
    group: 'Access',
    help: 'Its secret',
    placeholder: 'SECRET',
    default: null,
    secret: true,
    read: readText,
  }),
  tokenLifetime: defineSetting({
    name: 'token-lifetime',
    group: 'Access',
    help: 'How long a fetched token holds',
    placeholder: 'TIME',
    default: '1h',
    read: readDuration(),
  }),
  bodyLimit: defineSetting({
    name: 'body-limit',
    group: 'Access',
    help: 'Bytes of a request body; larger ones are refused with 413',
    placeholder: 'N',
    default: String(SIMULATOR_DEFAULTS.bodyLimitBytes),
    read: readCount(),
  }),
  apiKey: defineSetting({
    name: 'api-key',
    group: 'Access',
    help: 'Key that requests must carry; `user:password` with `auth: basic`',
    placeholder: 'KEY',
    default: null,
    secret: true,
    read: readText,
  }),
  requestsPerMinute: defineSetting({
    name: 'requests-per-minute',
    group: 'Access',
    help: 'Rate limit, with headers that state it; `none` for no limit',
    placeholder: 'N',
    default: 'none',
    read: allowNone(readCount()),
  }),
  logStamps: defineSetting({
    name: 'log-stamps',
    group: 'Access',
    help: 'Keep the send time of every event for `GET /simulator/log`',
    default: 'false',
    ...SWITCH,
  }),
}

/** The setting for the played server, with these choices. */
function defineServerSetting(servers: Readonly<Record<string, ServerProfile>>) {
  const names = Object.keys(servers)
  return defineSetting({
    name: 'server',
    group: 'Pages',
    help: `Server that is played, with its pages and APIs and no others: ${names.join(', ')}; \`none\` has the APIs of all these`,
    placeholder: 'NAME',
    default: 'none',
    common: true,
    read: allowNone((text) => servers[readChoice(names)(text)]!),
  })
}

/** The setting for the metrics, with these choices. */
function defineMetricsSetting(metrics: Readonly<Record<string, MetricsPage>>) {
  const names = [...Object.keys(metrics), 'none']
  return defineSetting({
    name: 'metrics',
    group: 'Pages',
    help: `Whose metrics \`GET /metrics\` shows: ${names.join(', ')}; \`auto\`: those of the server`,
    placeholder: 'NAME',
    default: 'auto',
    read: allowWord('auto', (text) => metrics[readChoice(names)(text)] ?? ('none' as const)),
  })
}

/** The setting for the authentication, with these choices. */
function defineAuthSetting(proofs: Readonly<Record<string, Proof>>) {
  return defineSetting({
    name: 'auth',
    group: 'Access',
    help: `How requests must prove who asks: ${Object.keys(proofs).join(', ')}, header:<name>; \`auto\`: as each API wants it`,
    placeholder: 'FORM',
    default: 'auto',
    read: allowWord('auto', (text) => readProof(text, proofs)),
  })
}

/** The settings of an endpoint with another repertoire. */
export function defineSimulatorSettings({ servers, metrics, proofs }: Repertoire): typeof SIMULATOR_SETTINGS {
  return {
    ...SIMULATOR_SETTINGS,
    server: defineServerSetting(servers),
    metrics: defineMetricsSetting(metrics),
    auth: defineAuthSetting(proofs),
  }
}

/** Blocks hold words, of which each is one or more tokens. */
function toCacheSize({
  prefixCache,
  prefixCacheBlocks,
  blockSize,
  tokensPerWord,
}: ValuesOf<typeof SIMULATOR_SETTINGS>): CacheSize | null {
  if (!prefixCache) return null
  return { blockWords: Math.max(1, Math.round(blockSize / tokensPerWord)), capacity: prefixCacheBlocks }
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
      startSpread: values.startSpread,
      hourSpread: values.hourSpread,
      runSpread: values.runSpread,
      runPauseMs: values.runPause,
      seed: values.seed,
      runSeed: values.runSeed === 'random' ? randomUUID() : values.runSeed,
    },
    model: values.model,
    usage: values.usage,
    reasoning: values.reasoning,
    reasoningField: values.reasoningField,
    chatShape: values.chatShape,
    strict: values.strict,
    checkModel: values.checkModel,
    adapters: values.adapters ?? [],
    adapterLoadMs: values.adapterLoad,
    task: values.task === 'all' ? null : values.task,
    contextTokens: values.contextTokens,
    tokensPerWord: values.tokensPerWord,
    templateTokens: values.templateTokens,
    imageTokens: values.imageTokens,
    earlyStop: values.earlyStop,
    prefixCache: toCacheSize(values),
    faults: values.fault ?? [],
    seed: values.seed,
    server: values.server,
    metrics: values.metrics === 'auto' ? null : values.metrics,
    foreignLoad: values.foreignLoad,
    endpointPage: values.endpointPage,
    configUpdateAfterMs: values.configUpdateAfter,
    auth: values.auth === 'auto' ? null : values.auth,
    clientId: values.clientId,
    clientSecret: values.clientSecret,
    tokenLifetimeMs: values.tokenLifetime,
    bodyLimitBytes: values.bodyLimit,
    apiKey: values.apiKey,
    requestsPerMinute: values.requestsPerMinute,
    coldStartMs: values.coldStart,
    logStamps: values.logStamps,
  }
}
