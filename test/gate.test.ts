import { expect, onTestFinished, test } from 'vitest'
import { runGate } from '../src/gate.ts'
import { isInterrupted } from '../src/gate/measure-runs.ts'
import type { GatePorts } from '../src/gate.ts'
import { createSystemPorts } from '../src/shell/system-ports.ts'
import type { Baseline, HistoryRow, RowPass } from '../src/report/history.ts'
import type { MeasuredRun } from '../src/run/measure.ts'
import { SIMULATOR_DEFAULTS } from '../src/simulator/settings/options.ts'
import { startSimulator } from '../src/simulator/server.ts'
import { healthyClient } from './load/scripted-endpoint.ts'
import { LOOP_CLOCK } from './support/loop-clock.ts'
import { aReport } from './support/builders.ts'
import { settingsFor } from './support/run-settings.ts'
import { createSpokenEndpoint } from './support/virtual/spoken.ts'
import { recorded } from './verdict/recorded.ts'

/** Whole gates against a simulated endpoint of Databricks: its pages over the network, its answers in virtual time. */

const ENGINE = { overheadMs: 10, prefillMsPerToken: 0, decodeMs: 5, decodeMsPerSequence: 0 }
const FLAGS =
  '--baseline file:history.json --metrics tpot-p50 --tolerance 100% --confirm 1 --pause 30s --concurrency 1 --passes 1 --level-duration 2s --level-requests 3 --soak off --server-metrics off --input-tokens 40 --output-tokens 8'.split(
    ' ',
  )

/** The same run as it would have been four times as fast. */
function fourTimesAsFast(row: HistoryRow): HistoryRow {
  const faster = (pass: RowPass): RowPass => ({
    ...pass,
    figures: { ...pass.figures, 'tpot-p50': pass.figures['tpot-p50']! / 4 },
  })
  return { ...row, levels: row.levels.map((level) => ({ ...level, passes: level.passes.map(faster) })) }
}

/** A gate in virtual time over a simulated endpoint of Databricks; `endpointPage` is merged into the endpoint's page whenever it is read. */
async function startGate(endpointPage: Record<string, unknown> = {}, flags: readonly string[] = []) {
  const simulator = await startSimulator({ ...SIMULATOR_DEFAULTS, endpointPage }, { clock: LOOP_CLOCK })
  onTestFinished(() => simulator.close())
  const { clock, openTransport } = createSpokenEndpoint({ engine: ENGINE })
  const settings = settingsFor(`${simulator.url}/serving-endpoints/staging/invocations`, [...FLAGS, ...flags])
  return async (baseline: Baseline | null, ports: Partial<GatePorts> = {}) =>
    runGate(settings, {
      ...createSystemPorts({}),
      clock,
      openTransport,
      health: healthyClient,
      collectGarbage: () => {},
      startTruth: null,
      openCrew: null,
      signal: new AbortController().signal,
      log: () => {},
      hide: () => {},
      redact: (text) => text,
      serverLogs: 'logs',
      redactReport: (report) => report,
      onPlan: () => {},
      onLevelStart: () => {},
      onLevelEnd: () => {},
      onPhase: () => {},
      loadBaseline: baseline === null ? null : async () => Promise.resolve(baseline),
      ...ports,
    })
}

/** A history of ten such runs. */
function historyOf(row: HistoryRow): Baseline {
  const entries = recorded(Array.from({ length: 10 }, () => row))
  return { entries, origin: 'file', ancestor: null, passedOver: [], unreadable: null }
}

test('how long a run took does not hold how long its endpoint was waited for', async () => {
  const endpointPage: Record<string, unknown> = {}
  const gate = await startGate(endpointPage)
  const { report } = await gate(null)
  endpointPage['state'] = { ready: 'NOT_READY', config_update: 'NOT_UPDATING' }
  let waited = 0
  const late = await gate(null, {
    log(line) {
      if (line.startsWith('waiting') && ++waited === 4) delete endpointPage['state']
    },
  })
  expect(waited).toBe(4)
  expect(late.report.durationSeconds).toBeCloseTo(report.durationSeconds, 0)
})

test('what the load has left is collected before it is summed up', async () => {
  const gate = await startGate()
  const { clock, openTransport } = createSpokenEndpoint({ engine: ENGINE })
  const events: string[] = []
  await gate(null, {
    clock,
    openTransport(...endpoint) {
      const transport = openTransport(...endpoint)
      return { ...transport, close: async () => transport.close().finally(() => events.push('load ended')) }
    },
    collectGarbage: () => events.push('collected'),
  })
  expect(events.slice(-2)).toEqual(['load ended', 'collected'])
})

test('what the self-proof finds is said before the load and stands in the report; a run without it says nothing', async () => {
  const gate = await startGate()
  let asked = 0
  const before: string[] = []
  const { report } = await gate(null, {
    async startTruth() {
      asked++
      throw new Error('cannot be started: spawn EAGAIN')
    },
    onPlan: (_, findings) => before.push(...findings.map(({ code }) => code)),
  })
  expect(before).toContain('self-proof-missing')
  expect(report.validity).toMatchObject({ ok: true, findings: [{ code: 'self-proof-missing' }] })
  expect(asked).toBe(1)

  const without = await startGate({}, ['--self-proof', 'false'])
  const silent = await without(null, {
    async startTruth() {
      asked++
      throw new Error('is not asked for')
    },
  })
  expect(asked).toBe(1)
  expect(silent.report.validity.findings).toEqual([])
})

test('a second look during which the endpoint was changed confirms nothing', async () => {
  const endpointPage: Record<string, unknown> = {}
  const gate = await startGate(endpointPage)
  const { rows } = await gate(null)
  const baseline = historyOf(fourTimesAsFast(rows[0]!))
  const lines: string[] = []
  expect((await gate(baseline, { log: (line) => lines.push(line) })).verdict.verdict).toBe('regressed')
  expect(lines).toContain('TPOT looks worse; measuring again after a pause')

  const changed = await gate(baseline, {
    onPhase(phase) {
      if (phase === 'second look') endpointPage['config'] = { config_version: 7 }
    },
  })
  expect(changed.report.validity.ok).toBe(true)
  expect(changed.verdict.verdict).toBe('not-measured')
  expect(changed.report.validity.findings).toMatchObject([{ code: 'second-look', remedy: expect.any(String) }])
  expect(changed.reports).toEqual([changed.report])
})

test('an interrupt in the second look leaves what the first one says, unconfirmed', async () => {
  const gate = await startGate()
  const { rows } = await gate(null)
  const controller = new AbortController()
  const { verdict, report, cancelled } = await gate(historyOf(fourTimesAsFast(rows[0]!)), {
    signal: controller.signal,
    onPhase(phase) {
      if (phase === 'second look') controller.abort()
    },
  })
  expect(cancelled).toBe(true)
  expect(verdict).toMatchObject({ verdict: 'not-measured', reasons: ['tpot-p50'] })
  expect(report.validity).toMatchObject({ ok: true, findings: [{ code: 'ended-early' }] })
})

test('a model whose name holds the key is the same model as in recorded runs, which hold no secret', async () => {
  const gate = await startGate()
  const redactReport: GatePorts['redactReport'] = (report) => ({
    ...report,
    context: { ...report.context, servedModel: '***' },
  })
  const { rows } = await gate(null, { redactReport })
  const baseline = historyOf(rows[0]!)
  expect((await gate(baseline, { redactReport })).verdict.whatElseChanged).toEqual([])
  expect((await gate(baseline)).verdict.whatElseChanged).not.toEqual([])
})

test('a session that was interrupted before its control was started is not whole, and one whose control failed is', () => {
  const inSessions = settingsFor('http://127.9.9.9:1', '--candidate-command a --control-command b'.split(' '))
  const run = { report: aReport(), control: null, controlTrouble: null } as MeasuredRun
  expect(isInterrupted(inSessions, run)).toBe(true)
  expect(isInterrupted(inSessions, { ...run, controlTrouble: 'it ended' })).toBe(false)
  expect(isInterrupted(settingsFor('http://127.9.9.9:1', []), run)).toBe(false)
})
