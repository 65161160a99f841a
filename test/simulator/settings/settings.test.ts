import { describe, expect, it } from 'vitest'
import type { ValuesOf } from '../../../src/settings/setting.ts'
import { plateauTokensPerSecond } from '../../../src/simulator/engine/closed-form.ts'
import { idleTtftMs, decodeTpotMs, findSteadyState } from '../../support/closed-form.ts'
import { readSlowdown } from '../../../src/simulator/settings/model-settings.ts'
import { ENGINE_DEFAULTS } from '../../../src/simulator/engine/engine.ts'
import {
  SIMULATOR_SETTINGS,
  defineSimulatorSettings,
  toSimulatorOptions,
} from '../../../src/simulator/settings/settings.ts'
import { resolveFlags } from '../../../src/settings/reading/flags.ts'
import { WITNESSES } from '../../servers/repertoire.ts'

type Values = ValuesOf<typeof SIMULATOR_SETTINGS>

function defaults(): Values {
  const entries = Object.entries(SIMULATOR_SETTINGS).map(([key, setting]) => [
    key,
    setting.default === null ? null : setting.read(setting.default),
  ])
  return Object.fromEntries(entries) as Values
}

describe('the settings of simulate', () => {
  it('have defaults that they can read, and kebab-case names of their own', () => {
    defaults()
    const names = Object.values(SIMULATOR_SETTINGS).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  it('describe the engine’s own defaults: a small real server', () => {
    const { engine, faults, apiKey } = toSimulatorOptions(defaults())
    expect(engine).toMatchObject({
      slots: ENGINE_DEFAULTS.slots,
      overheadMs: ENGINE_DEFAULTS.overheadMs,
      prefillMsPerToken: ENGINE_DEFAULTS.prefillMsPerToken,
      decodeMs: ENGINE_DEFAULTS.decodeMs,
      decodeMsPerSequence: ENGINE_DEFAULTS.decodeMsPerSequence,
    })
    expect([faults, apiKey]).toEqual([[], null])
    const workload = { inputTokens: 512, outputTokens: 128 }
    expect(idleTtftMs(ENGINE_DEFAULTS, workload)).toBeCloseTo(50, -1)
    expect(decodeTpotMs(ENGINE_DEFAULTS, 1)).toBe(10)
    const atSixteen = findSteadyState(ENGINE_DEFAULTS, workload, 16).outputTokensPerSecond
    expect(atSixteen / plateauTokensPerSecond(ENGINE_DEFAULTS, workload)).toBeGreaterThan(0.95)
  })

  it('serve every task, and are lenient as most servers are', () => {
    const options = toSimulatorOptions(defaults())
    expect(options).toMatchObject({
      task: null,
      strict: false,
      checkModel: false,
      reasoning: 0,
      contextTokens: 131_072,
    })
    const told = { ...defaults(), task: SIMULATOR_SETTINGS.task.read('embeddings'), strict: true }
    expect(toSimulatorOptions(told)).toMatchObject({ task: 'embeddings', strict: true })
  })

  it('slow down what they are told to', () => {
    expect(readSlowdown('1.2')).toEqual({ ttft: 1.2, tpot: 1.2 })
    expect(readSlowdown('tpot=1.2')).toEqual({ ttft: 1, tpot: 1.2 })
    expect(readSlowdown('ttft=2, tpot=0.5')).toEqual({ ttft: 2, tpot: 0.5 })
    for (const wrong of ['', 'fast', '0', 'tpot=', 'latency=2', 'tpot=1.2;'])
      expect(() => readSlowdown(wrong)).toThrow('must')
    const slow = toSimulatorOptions({ ...defaults(), slowdown: readSlowdown('tpot=1.2') }).engine
    expect(slow.decodeMs).toBeCloseTo(11.4, 9)
    expect(slow.overheadMs).toBe(20)
  })

  it('offer what is shipped, and more to whom has more', () => {
    expect(() => SIMULATOR_SETTINGS.server.read('ollama')).toThrow('must be one of vllm, openai, azure, databricks')
    expect(() => SIMULATOR_SETTINGS.metrics.read('tgi')).toThrow('must be one of vllm, none')
    expect(() => SIMULATOR_SETTINGS.auth.read('aws-sigv4')).toThrow(
      'must be one of bearer, basic, oauth or header:<name>',
    )
    const more = defineSimulatorSettings(WITNESSES)
    const told = toSimulatorOptions({
      ...defaults(),
      server: more.server.read('ollama'),
      metrics: more.metrics.read('tgi'),
      auth: more.auth.read('aws-sigv4'),
    })
    expect(told).toMatchObject({
      server: WITNESSES.servers['ollama'],
      metrics: WITNESSES.metrics['tgi'],
      auth: WITNESSES.proofs['aws-sigv4'],
    })
    expect(toSimulatorOptions(defaults())).toMatchObject({ server: null, metrics: null, auth: null })
    expect(toSimulatorOptions({ ...defaults(), metrics: more.metrics.read('none') }).metrics).toBe('none')
  })

  it('say how much starts, hours and runs differ', () => {
    const engine = toSimulatorOptions(
      resolveFlags(SIMULATOR_SETTINGS, '--start-spread 2% --hour-spread 3% --run-spread 1% --run-pause 20s'.split(' ')),
    ).engine
    expect(engine).toMatchObject({ startSpread: 0.02, hourSpread: 0.03, runSpread: 0.01, runPauseMs: 20_000 })
  })

  it('draw a new run unless they are given its seed', () => {
    const runSeedOf = (runSeed: string) => toSimulatorOptions({ ...defaults(), runSeed }).engine.runSeed
    expect(runSeedOf('random')).not.toBe(runSeedOf('random'))
    expect(runSeedOf('tuesday')).toBe('tuesday')
  })
})
