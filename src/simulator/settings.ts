import { randomUUID } from 'node:crypto'
import { SettingsError } from '../errors.ts'
import type { ValuesOf } from '../settings/define.ts'
import { ACCESS_SETTINGS } from './access-settings.ts'
import { ANSWER_SETTINGS } from './answer-settings.ts'
import { MODEL_SETTINGS } from './model-settings.ts'
import { SIMULATOR_DEFAULTS } from './options.ts'
import type { SimulatorOptions } from './options.ts'
import { PAGE_SETTINGS } from './page-settings.ts'

/** The settings of `plateau simulate`. */
export const SIMULATOR_SETTINGS = {
  ...MODEL_SETTINGS,
  ...ANSWER_SETTINGS,
  ...PAGE_SETTINGS,
  ...ACCESS_SETTINGS,
}

/** Turns the settings of `plateau simulate` into options; throws `SettingsError` when they contradict each other. */
export function toSimulatorOptions(values: ValuesOf<typeof SIMULATOR_SETTINGS>): SimulatorOptions {
  const { ttft, tpot } = values.slowdown
  if (values.auth !== 'auto' && values.auth.kind === 'aws-sigv4' && (!values.clientId || !values.clientSecret)) {
    const message = 'needs the access key whose signatures are verified; give client-id and client-secret'
    throw new SettingsError([{ setting: 'auth', given: 'aws-sigv4', message }])
  }
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
    reasoning: values.reasoning,
    reasoningField: values.reasoningField,
    databricksShape: values.databricksShape,
    strict: values.strict,
    checkModel: values.checkModel,
    task: values.task === 'all' ? null : values.task,
    contextTokens: values.contextTokens,
    tokensPerWord: values.tokensPerWord,
    templateTokens: values.templateTokens,
    earlyStop: values.earlyStop,
    prefixCache: values.prefixCache,
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
