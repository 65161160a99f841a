import { describe, expect, onTestFinished, test } from 'vitest'
import { measureRun } from '../../src/run/measure.ts'
import { planRun } from '../../src/run/plan-run.ts'
import type { PlannedRun } from '../../src/run/plan-found.ts'
import type { MeasuredRun } from '../../src/run/measure.ts'
import type { MeasurePorts } from '../../src/run/ports.ts'
import { createSystemPorts } from '../../src/shell/system-ports.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import type { Settings } from '../../src/settings.ts'
import { SIMULATOR_DEFAULTS } from '../../src/simulator/settings/options.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { describeEndpoint } from '../../src/vendors/databricks/readiness.ts'
import { readServingEndpoint } from '../../src/vendors/databricks/serving-endpoint.ts'
import type { ServingEndpoint } from '../../src/vendors/databricks/serving-endpoint.ts'
import { healthyClient } from '../load/scripted-endpoint.ts'
import { LOOP_CLOCK } from '../support/loop-clock.ts'
import { settingsFor } from '../support/run-settings.ts'
import { aServingEndpoint } from '../support/serving-endpoint.ts'
import { createSpokenEndpoint } from '../support/virtual/spoken.ts'
import type { SpokenEndpoint } from '../support/virtual/spoken.ts'

/**
 * Whole runs against a simulated workspace: every kind of model reads right. Preflight and pages go over the network; the load, which
 * is measured, has the same answers in virtual time.
 */

/** Of the workspace, whose answers nobody measures. */
const FAST = { overheadMs: 0, prefillMsPerToken: 0, decodeMs: 0.5, decodeMsPerSequence: 0 }
/** Of the load. */
const ENGINE = { overheadMs: 40, prefillMsPerToken: 0, decodeMs: 10, decodeMsPerSequence: 0 }
const TINY =
  '--concurrency 1,2 --passes 1 --level-duration 1s --level-requests 5 --soak off --input-tokens 40 --output-tokens 8 --server-metrics off'.split(
    ' ',
  )

const PORTS: MeasurePorts = {
  ...createSystemPorts({}),
  health: healthyClient,
  collectGarbage: () => {},
  startTruth: null,
  openCrew: null,
  signal: new AbortController().signal,
  log: () => {},
  hide: () => {},
  onPlan: () => {},
  onLevelStart: () => {},
  onLevelEnd: () => {},
}

async function simulate(options: Partial<SimulatorOptions>): Promise<Simulator> {
  const simulator = await startSimulator({ ...SIMULATOR_DEFAULTS, engine: FAST, ...options }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  return simulator
}

interface Measured extends MeasuredRun {
  readonly simulator: Simulator
  /** Where the load went. */
  readonly endpoint: SpokenEndpoint
}

/** Measures a simulated endpoint through its native path. */
async function measure(
  options: Partial<SimulatorOptions>,
  flags: readonly string[] = [],
  change: (planned: PlannedRun) => PlannedRun = (planned) => planned,
): Promise<Measured> {
  const simulator = await simulate(options)
  const settings: Settings = settingsFor(`${simulator.url}/serving-endpoints/staging/invocations`, [...TINY, ...flags])
  const endpoint = createSpokenEndpoint({ engine: ENGINE, ...options })
  const { clock, openTransport } = endpoint
  const planned = change(await planRun(settings, () => null, { ...PORTS, clock }))
  const run = await measureRun(settings, planned, { ...PORTS, clock, openTransport })
  expect(decodeRunReport(encodeRunReport(run.report))).toEqual(run.report)
  return { ...run, simulator, endpoint }
}

/** The page of an endpoint with this task and this many tokens a second. */
function page(task: string, tokensPerSecond: number, entity: Readonly<Record<string, unknown>> = {}) {
  const provisioned = { min_provisioned_throughput: tokensPerSecond, max_provisioned_throughput: tokensPerSecond }
  return { task, config: { served_entities: [{ ...provisioned, ...entity }] } }
}

/** What the page of the measured endpoint says now. */
async function pageOf({ found }: PlannedRun): Promise<ServingEndpoint | null> {
  const answer = await fetch(new URL('/api/2.0/serving-endpoints/staging', found.target.url))
  return readServingEndpoint(await answer.json())
}

/** Every level holds, and nothing was refused or failed. */
function expectAllOk({ report, endpoint }: Measured): void {
  expect(report.levels.map(({ concurrency, state }) => [concurrency, state])).toEqual([
    [1, 'ok'],
    [2, 'ok'],
  ])
  for (const { failures, requests } of report.levels) {
    expect(failures).toEqual({})
    expect(requests.ok).toBeGreaterThan(0)
  }
  expect(endpoint.log().every(({ status }) => status === 200)).toBe(true)
}

describe('chat', () => {
  const CHAT = [
    ['Llama 3.3 70B', 'meta-llama-3.3-70b-instruct-121024', { usage: 'none' }, 'chunks'],
    ['Llama 3.1 8B', 'meta-llama-3.1-8b-instruct', { usage: 'finish-chunk' }, 'usage'],
    ['Mistral 7B', 'mistral-7b-instruct', { usage: 'finish-chunk' }, 'usage'],
    ['Mixtral 8x7B', 'mixtral-8x7b-instruct', { usage: 'every-chunk' }, 'usage'],
    ['DBRX', 'dbrx-instruct-032724', { usage: 'every-chunk' }, 'usage'],
  ] as const

  test.each(CHAT)('%s', async (_, model, manners, source) => {
    const run = await measure({ model, ...manners, endpointPage: page('llm/v1/chat', 9800) })
    expectAllOk(run)
    const { series, context, capabilities, levels } = run.report
    expect([series.api, series.workload.task, context.servedModel]).toEqual(['databricks', 'chat', model])
    expect(context.provisioned).toBe('9,800 tokens/s (input + output), burst scaling off')
    expect(context.serverVersion).toBe(`${model} version 1`)
    expect(capabilities['tokenSource']).toBe(source)
    expect(levels[0]!.ttftMs!.n).toBeGreaterThan(0)
    expect(levels[0]!.requests.short).toBe(0)
    // One request for each field that the strict schema refuses, and no other.
    const refused = run.simulator.log().filter(({ outcome }) => outcome === 'refused')
    expect(refused.length).toBeLessThanOrEqual(2)
  })
})

test('reasoning: DeepSeek R1 thinks in lists of parts, and thinking counts', async () => {
  const run = await measure({
    model: 'deepseek-r1',
    reasoning: 5,
    chatShape: 'arrays',
    endpointPage: page('llm/v1/chat', 4000),
  })
  expectAllOk(run)
  const [level] = run.report.levels
  expect(level!.reasoningShare).toBe(1)
  expect(level!.ttfoMs!.mean! - level!.ttftMs!.mean!).toBeCloseTo(5 * ENGINE.decodeMs, 9)
  expect(level!.tokenSources).toEqual(['usage'])
})

describe('completions', () => {
  test.each([
    ['MPT 30B', 'mpt-30b'],
    ['Llama 2 70B base', 'llama-2-70b'],
  ])('%s takes a prompt, and no other form is tried', async (_, model) => {
    const run = await measure({ model, endpointPage: page('llm/v1/completions', 1900), task: 'completions' })
    expectAllOk(run)
    expect(run.report.series.workload.task).toBe('completions')
    expect(run.report.levels[0]!.ttftMs!.n).toBeGreaterThan(0)
  })
})

describe('embeddings', () => {
  test.each([
    ['GTE large', 'gte-large-en-v1.5', []],
    ['BGE large', 'bge-large-en-v1.5', ['--batch-size', '4']],
  ])('%s has latency, sequences and input tokens', async (_, model, flags) => {
    const run = await measure({ model, endpointPage: page('llm/v1/embeddings', 40_000), task: 'embeddings' }, flags)
    expectAllOk(run)
    const { series, levels } = run.report
    expect(series.workload.task).toBe('embeddings')
    expect(levels[0]!.ttftMs).toBeNull()
    expect(levels[0]!.latencyMs!.n).toBeGreaterThan(0)
    expect(levels[0]!.inputTokensPerSecond! / levels[0]!.requestsPerSecond!).toBeGreaterThan(
      30 * series.workload.batchSize,
    )
  })
})

test('model units, burst scaling and a change during the run are said', async () => {
  const units = {
    min_provisioned_throughput: null,
    max_provisioned_throughput: null,
    provisioned_model_units: 50,
    burst_scaling_enabled: true,
  }
  const { report } = await measure({ endpointPage: page('llm/v1/chat', 0, units) }, [], (planned) => ({
    ...planned,
    found: { ...planned.found, described: describeEndpoint(aServingEndpoint(), () => pageOf(planned)) },
  }))
  const codes = report.validity.findings.map(({ code }) => code)
  expect(codes).toEqual(expect.arrayContaining(['burst-scaling', 'served-model-changed']))
  expect(report.validity.ok).toBe(false)
})

test('the three-point cross-check stands in the report, from answers that do not stream', async () => {
  const { report, endpoint } = await measure({}, ['--cross-check', 'three-point'])
  const whole = endpoint.log().filter(({ stream, status }) => !stream && status === 200)
  expect(report.crossCheck).toMatchObject({ outputTokens: [1, 4, 8] })
  const [lowest] = report.crossCheck!.levels
  expect(lowest!.concurrency).toBe(1)
  expect(lowest!.requests).toBeGreaterThanOrEqual(15)
  expect(lowest!.ttftMs).toBeCloseTo(ENGINE.overheadMs, 9)
  expect(lowest!.streamed.ttftMs).toBeCloseTo(ENGINE.overheadMs, 9)
  expect(new Set(whole.map(({ outputTokens }) => outputTokens))).toEqual(new Set([1, 4, 8]))
})

test('a cross-check that is not asked for sends nothing', async () => {
  const { report, endpoint } = await measure({})
  expect(report.crossCheck).toBeUndefined()
  expect(endpoint.log().filter(({ stream, status }) => !stream && status === 200)).toEqual([])
})
