import { expect, test } from 'vitest'
import { runGate } from '../../src/gate.ts'
import type { GatePorts } from '../../src/gate.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { Baseline, HistoryRow, RowPass } from '../../src/report/history.ts'
import { settingsFor } from '../support/run-settings.ts'
import { virtualSystem } from '../support/virtual/system.ts'
import type { VirtualServer } from '../support/virtual/system.ts'
import { recorded } from '../verdict/recorded.ts'

/** Gates of a candidate beside its control, in virtual time. */

const SERVER: VirtualServer = { engine: { overheadMs: 10, decodeMs: 5, decodeMsPerSequence: 0 }, servedModel: 'm' }
const FLAGS =
  '--preflight false --metrics tpot-p50 --tolerance 5% --confirm 1 --pause 30s --concurrency 1,2 --passes 2 --level-duration 1s --input-tokens 40 --output-tokens 8 --baseline file:h.json'.split(
    ' ',
  )
const CONTROL = ['--control', 'http://127.9.9.9:2']

async function gate(
  control: VirtualServer,
  { baseline, flags = [], ...ports }: Partial<GatePorts> & { baseline?: Baseline; flags?: readonly string[] } = {},
) {
  const system = virtualSystem({ ...SERVER, beside: { origin: 'http://127.9.9.9:2', server: control } }, 'local')
  const log: string[] = []
  const result = await runGate(settingsFor('http://127.9.9.9:1', [...FLAGS, ...CONTROL, ...flags]), {
    ...system,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    hide: () => {},
    redact: (text) => text,
    serverLogs: 'logs',
    redactReport: (report) => report,
    onPlan: () => {},
    onLevelStart: () => {},
    onLevelEnd: () => {},
    onPhase: () => {},
    loadBaseline: baseline === undefined ? null : async () => Promise.resolve(baseline),
    ...ports,
  })
  return { ...result, log }
}

const tpotOf = ({ levels }: HistoryRow): number => Math.round(levels[0]!.passes[0]!.figures['tpot-p50']!)

/** Ten runs like this one, twice as fast, each with this control. */
function historyOf(row: HistoryRow, control: HistoryRow): Baseline {
  const faster = (pass: RowPass): RowPass => ({
    ...pass,
    figures: { ...pass.figures, 'tpot-p50': pass.figures['tpot-p50']! / 2 },
  })
  const fast = { ...row, levels: row.levels.map((level) => ({ ...level, passes: level.passes.map(faster) })) }
  const entries = recorded(Array.from({ length: 10 }, () => fast)).map((entry) => ({ ...entry, control }))
  return { entries, origin: 'file', ancestor: null, passedOver: [], unreadable: null }
}

test('a run and its control are judged together, and each has its report', async () => {
  const { rows, looks, controls, report } = await gate({ ...SERVER, engine: { ...SERVER.engine, decodeMs: 7 } })
  expect([tpotOf(rows[0]!), tpotOf(looks.controls![0]!)]).toEqual([5, 7])
  expect(controls.map(({ context, levels }) => [context.endpointLabel, levels.length])).toEqual([
    [`${report.context.endpointLabel} (control)`, 2],
  ])
  expect(looks).not.toHaveProperty('controlTroubles')
  expect(report.plan.expected.requests).toBe(controls[0]!.plan.expected.requests)
})

test('a second look measures the control, too, and its plan counts it', async () => {
  const { rows, looks: before } = await gate(SERVER)
  const plans: Plan[] = []
  const { looks } = await gate(SERVER, {
    baseline: historyOf(rows[0]!, before.controls![0]!),
    onPlan: (plan) => plans.push(plan),
  })
  expect(looks.secondLook).toMatchObject({ row: {}, control: {} })
  expect(plans.map(({ sides }) => sides)).toEqual([2, 2])
})

test('each of several runs has its control', async () => {
  const { looks, controls } = await gate(SERVER, { flags: ['--runs', '2'] })
  expect([looks.candidates.length, looks.controls!.length, controls.length]).toEqual([2, 2, 2])
  expect(looks.controls).not.toContain(null)
})

test('a control that dies is compared with nothing, is not asked again, and the report says why', async () => {
  const { rows, looks } = await gate(SERVER)
  const died = await gate({ ...SERVER, diesAtMs: 3000 }, { baseline: historyOf(rows[0]!, looks.controls![0]!) })
  expect(died.looks.controls).toEqual([null])
  expect(died.looks.controlTroubles).toEqual(['the control no longer answers single requests'])
  expect(died.report.validity.ok).toBe(true)
  expect(died.report.validity.findings.map(({ code }) => code)).toContain('control-missing')
  expect(died.looks.secondLook).toMatchObject({ row: {}, control: null })
})

test('a control of which no level can be used is compared with nothing, and that is no pass of a first run', async () => {
  const { looks, verdict, log } = await gate({ ...SERVER, refusesEvery: 2 })
  expect(looks.controls).toEqual([null])
  expect(looks.controlTroubles).toEqual([expect.stringMatching(/^its run cannot be used: .*[^.]$/)])
  expect(verdict, log.join('\n')).toMatchObject({ verdict: 'not-comparable', reasons: ['control-lost'], check: 'warn' })
})
