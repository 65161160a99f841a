import { randomUUID } from 'node:crypto'
import type { ValuesOf } from '../../settings/setting.ts'
import {
  ACCESS_SETTINGS,
  ANSWER_SETTINGS,
  defineAuthSetting,
  defineMetricsSetting,
  PAGE_SETTINGS,
  defineServerSetting,
} from './endpoint-settings.ts'
import type { CacheSize } from '../cost.ts'
import { MODEL_SETTINGS } from './model-settings.ts'
import { SIMULATOR_DEFAULTS } from './options.ts'
import type { SimulatorOptions } from './options.ts'
import type { Repertoire } from '../repertoire.ts'

/** The settings of `plateau simulate`. */
export const SIMULATOR_SETTINGS = {
  ...MODEL_SETTINGS,
  ...ANSWER_SETTINGS,
  ...PAGE_SETTINGS,
  ...ACCESS_SETTINGS,
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
