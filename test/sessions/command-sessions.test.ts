import { expect, test } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import type { MeasuredRun } from '../../src/run/measure.ts'
import type { PlannedRun } from '../../src/run/plan-run.ts'
import { measureServedSession } from '../../src/sessions/command-sessions.ts'
import type { ServedSessionPorts, ServedSides } from '../../src/sessions/command-sessions.ts'
import type { SideName } from '../../src/load/sides/side.ts'
import { createMachine } from '../serving/machine.ts'
import type { Behaviour } from '../serving/machine.ts'

const PLANNED = {} as PlannedRun
const MEASURED = { report: { durationSeconds: 90 }, error: null, control: null, controlTrouble: null } as MeasuredRun
const BOTH = { ...MEASURED, control: { report: { durationSeconds: 90 }, error: null } }
const url = new URL('http://127.0.0.1:8000')
const SIDES: ServedSides = {
  first: 'control',
  canGoWithout: false,
  servers: {
    candidate: { setting: 'candidate-command', command: 'new', url, log: 'candidate.log' },
    control: { setting: 'control-command', command: 'old', url, log: 'control.log' },
  },
}

/** One session on a machine in virtual time whose servers behave so. */
function createSession(behaviours: Partial<Record<SideName, Behaviour>> = {}, given: Partial<ServedSessionPorts> = {}) {
  const machine = createMachine()
  const start = machine.start.bind(machine)
  machine.start = async (command, log) => {
    machine.next(behaviours[command === 'new' ? 'candidate' : 'control'] ?? {})
    return start(command, log)
  }
  const ports: ServedSessionPorts = {
    ...machine,
    processes: machine,
    signal: new AbortController().signal,
    async plan(_, signal) {
      await machine.clock.sleep(30_000)
      if (signal.aborted) throw new EndpointError('nobody answers', { tried: 'POST', remedy: 'wait' })
      return PLANNED
    },
    async measure(side) {
      machine.told.push(`measure ${side}`)
      return MEASURED
    },
    ...given,
  }
  return {
    told: machine.told,
    run: async (sides: Partial<ServedSides> = {}) => measureServedSession({ ...SIDES, ...sides }, ports),
  }
}

test.each([
  ['candidate', ['start new', 'measure candidate', 'end new', 'start old', 'measure control', 'end old']],
  ['control', ['start old', 'measure control', 'end old', 'start new', 'measure candidate', 'end new']],
] as const)('with the %s first, each side is gone before the other begins', async (first, told) => {
  const session = createSession()
  const result = await session.run({ first })
  expect(result).toEqual({ planned: PLANNED, run: BOTH, measuredMs: 180_000, isLast: false })
  expect(session.told).toEqual(told)
})

const DEAD: Behaviour = { dies: 'ended with code 1', writes: 'no such model' }

test('a control that dies at its start is an error where nothing else could judge, and else a trouble', async () => {
  await expect(createSession({ control: DEAD }).run()).rejects.toThrow(
    'the server of control-command ended with code 1',
  )
  const session = await createSession({ control: DEAD }).run({ canGoWithout: true })
  const controlTrouble = 'the server of control-command ended with code 1 before it was ready'
  expect(session).toEqual({ planned: PLANNED, run: { ...MEASURED, controlTrouble }, measuredMs: 90_000, isLast: true })
})

test('a candidate that dies at its start is an error whatever the history', async () => {
  const session = createSession({ candidate: DEAD })
  await expect(session.run({ canGoWithout: true })).rejects.toThrow('the server of candidate-command ended with code 1')
})

test('nothing is started in the place of a server that left something behind', async () => {
  const session = createSession({ control: { leaves: [7] } })
  await expect(session.run({ canGoWithout: true })).rejects.toThrow('process 7 is still there')
  expect(session.told.filter((line) => line.startsWith('start'))).toEqual(['start old'])
})

test('what the candidate came to counts although the control could not be started after it', async () => {
  const session = createSession({ candidate: { leaves: [7] } })
  const result = await session.run({ first: 'candidate' })
  const controlTrouble = 'the server of candidate-command could not be ended: process 7 is still there'
  expect(result).toEqual({ planned: PLANNED, run: { ...MEASURED, controlTrouble }, measuredMs: 90_000, isLast: true })
})

test('an interrupt ends the server that runs and starts no other', async () => {
  const controller = new AbortController()
  const { told, run } = createSession(
    {},
    {
      signal: controller.signal,
      async measure() {
        controller.abort()
        return MEASURED
      },
    },
  )
  expect(await run()).toBeNull()
  expect(told).toEqual(['start old', 'end old'])
})
