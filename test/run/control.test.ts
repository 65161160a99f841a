import { expect, onTestFinished, test } from 'vitest'
import { describeControl, findControl } from '../../src/run/control.ts'
import { runPreflight } from '../../src/load/preflight/preflight.ts'
import type { ReadinessPorts } from '../../src/load/preflight/readiness.ts'
import { createSystemPorts } from '../../src/shell/system-ports.ts'
import { SIMULATOR_DEFAULTS } from '../../src/simulator/settings/options.ts'
import type { SimulatorOptions } from '../../src/simulator/settings/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { LOOP_CLOCK } from '../support/loop-clock.ts'
import { settingsFor } from '../support/run-settings.ts'

/** A control as preflight finds it, at real servers on 127.0.0.1. */

const ENGINE = { overheadMs: 1, prefillMsPerToken: 0, decodeMs: 1, decodeMsPerSequence: 0 }
const FLAGS = '--server-metrics off --input-tokens 40 --output-tokens 4'.split(' ')

async function startServer(options: Partial<SimulatorOptions> = {}): Promise<string> {
  const simulator = await startSimulator({ ...SIMULATOR_DEFAULTS, engine: ENGINE, ...options }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  return simulator.url
}

/** What preflight finds at an endpoint and its control, and what is said of the two. */
async function look(endpoint: string, flags: readonly string[]) {
  const log: string[] = []
  const ports: ReadinessPorts = {
    ...createSystemPorts({}),
    awaitsLocalServer: false,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    hide: () => {},
  }
  const settings = settingsFor(endpoint, [...FLAGS, ...flags])
  const found = await runPreflight(settings, ports)
  const control = await findControl(settings, found, ports)
  return { ...control, findings: describeControl(found, control), log }
}

test('a control like its endpoint is measured, and there is nothing to say', async () => {
  const [endpoint, other] = [await startServer(), await startServer()]
  const { control, trouble, findings } = await look(endpoint, ['--control', other])
  expect(control?.found.target.url.origin).toBe(other)
  expect([trouble, findings]).toEqual([null, []])
})

test('without a control nothing is looked for', async () => {
  expect(await look(await startServer(), [])).toMatchObject({ control: null, trouble: null, findings: [] })
})

test('a control that is not there costs the comparison with it and not the run, and is told', async () => {
  const { control, trouble, findings, log } = await look(await startServer(), ['--control', 'http://127.0.0.1:1'])
  expect(control).toBeNull()
  expect(trouble).toMatch(/refused/)
  expect(findings).toEqual([{ code: 'control-missing', message: `The control could not be measured: ${trouble}.` }])
  expect(log.at(-1)).toBe(`control: not measured, ${trouble}`)
})

test('an endpoint beside itself is allowed, and told', async () => {
  const endpoint = await startServer()
  const { control, findings } = await look(endpoint, ['--control', endpoint])
  expect(control).not.toBeNull()
  expect(findings.map(({ code }) => code)).toEqual(['control-same'])
})

test('another model behind the control is measured, and told', async () => {
  const [endpoint, other] = [await startServer({ model: 'new' }), await startServer({ model: 'old' })]
  const { control, findings } = await look(endpoint, ['--control', other])
  expect(control).not.toBeNull()
  expect(findings).toEqual([
    { code: 'control-differs', message: 'Endpoint and control differ: model (new, control old).' },
  ])
})

test('a control that serves another task is not compared', async () => {
  const [endpoint, other] = [await startServer(), await startServer({ task: 'embeddings' })]
  const { control, trouble } = await look(endpoint, ['--control', other])
  expect(control).toBeNull()
  expect(trouble).toBe('it serves embeddings, and the endpoint chat')
})

test('the key of the control goes to the control, and that of the endpoint to the endpoint', async () => {
  const [endpoint, other] = [await startServer({ apiKey: 'key-1' }), await startServer({ apiKey: 'key-2' })]
  const keys = ['--api-key', 'key-1', '--control', other]
  expect((await look(endpoint, [...keys, '--control-api-key', 'key-2'])).trouble).toBeNull()
  expect((await look(endpoint, keys)).trouble).toMatch(/key/)
})
