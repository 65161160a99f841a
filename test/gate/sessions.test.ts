import { expect, test } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import type { MeasuredRun } from '../../src/run/measure.ts'
import type { PlannedRun } from '../../src/run/plan-found.ts'
import { countHeld, describeCost, measureServedSession, measureSessions } from '../../src/gate/sessions.ts'
import type { ServedSessionPorts, ServedSides, Session, SessionBounds, SessionPorts } from '../../src/gate/sessions.ts'
import type { SideName } from '../../src/load/side.ts'
import { createMachine } from '../serving/machine.ts'
import type { Behaviour } from '../serving/machine.ts'

const VALID = { report: { validity: { ok: true } }, error: null }
const MEASURED = { ...VALID, control: VALID, controlTrouble: null } as MeasuredRun
const SESSION: Session = { planned: {} as PlannedRun, run: MEASURED, measuredMs: 180_000, isLast: false }

/** A loop over sessions of three minutes each. */
function createLoop(given: Partial<SessionPorts> = {}) {
  const told: string[] = []
  const firsts: SideName[] = []
  const ports: SessionPorts = {
    log: (line) => told.push(line),
    signal: new AbortController().signal,
    async measureOnce(first) {
      firsts.push(first)
      return SESSION
    },
    describeOpen: () => 'TTFT may be worse',
    ...given,
  }
  const run = async (bounds: Partial<SessionBounds> = {}, seed = 'example') =>
    measureSessions({ most: 4, maxDurationMs: null, ...bounds }, seed, ports)
  return { told, firsts, run }
}

test('there are as many sessions as wanted where none decides, each after why', async () => {
  const { run, told } = createLoop()
  expect(await run()).toHaveLength(4)
  expect(told.filter((line) => line === 'not decided yet, so another session: TTFT may be worse')).toHaveLength(3)
})

test('which side comes first is a coin that the seed decides', async () => {
  const orders = new Set<string>()
  for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const [one, other] = [createLoop(), createLoop()]
    await one.run({}, seed)
    await other.run({}, seed)
    expect(one.firsts).toEqual(other.firsts)
    orders.add(one.firsts.join(' '))
  }
  expect(orders.size).toBeGreaterThan(2)
})

test('sessions end where they decide', async () => {
  const seen: number[] = []
  const { run, told } = createLoop({
    describeOpen(sessions) {
      seen.push(sessions.length)
      return sessions.length === 2 ? null : ''
    },
  })
  expect(await run()).toHaveLength(2)
  expect(seen).toEqual([1, 2])
  expect(told.at(-1)).toBe('decided: no further session is needed')
})

test('no session begins that would end after the budget, but for the first', async () => {
  const { told, run } = createLoop()
  expect(await run({ maxDurationMs: 7 * 60_000 })).toHaveLength(2)
  expect(told.at(-1)).toBe('max-duration leaves no time for another session of about 3 min')
  expect(await createLoop().run({ maxDurationMs: 1_000 })).toHaveLength(1)
})

test('the budget holds as many as the first, and at least those that there are', () => {
  const after = (...minutes: number[]) =>
    countHeld(
      { most: 4, maxDurationMs: 13 * 60_000 },
      minutes.map((each) => ({ measuredMs: each * 60_000 })),
    )
  expect([after(3), after(4), after(4, 9), after(6, 5), after(14)]).toEqual([4, 3, 3, 2, 1])
  expect(countHeld({ most: 4, maxDurationMs: null }, [SESSION])).toBe(4)
})

test('the last that the budget holds is not asked whether another could follow', async () => {
  const seen: number[] = []
  const { run } = createLoop({
    describeOpen(sessions) {
      seen.push(sessions.length)
      return ''
    },
  })
  await run({ maxDurationMs: 7 * 60_000 })
  expect(seen).toEqual([1])
})

test('what the sessions take is said, and that the budget does not hold them', () => {
  const cost = { waiting: 60, measuring: 180 }
  expect(describeCost({ most: 4, maxDurationMs: null }, cost)).toEqual([
    'a session takes about 4 min, and one is enough where it decides, at most 16 min for 4',
  ])
  expect(describeCost({ most: 4, maxDurationMs: 7 * 60_000 }, cost)).toEqual([
    'a session takes about 4 min, and one is enough where it decides, at most 8 min for 2',
    '  ! max-duration (7 min of measuring) holds 2 sessions of 4; for all of them raise it to 12 min',
  ])
  expect(describeCost({ most: 1, maxDurationMs: null }, cost, 6)).toEqual([
    'a session takes about 4 min if 6 levels are found, and one is enough where it decides',
  ])
  expect(describeCost({ most: 1, maxDurationMs: null }, cost)).toEqual([
    'a session takes about 4 min, and one is enough where it decides',
  ])
})

test.each([
  ['has no control', { run: { ...MEASURED, control: null } }, 'the control was not measured to its end'],
  ['left something behind', { isLast: true }, 'a server that was started is not gone'],
  [
    'has a control that died',
    { run: { ...MEASURED, controlTrouble: 'it ended' } },
    'the control was not measured to its end',
  ],
  [
    'has a control whose run is invalid',
    { run: { ...MEASURED, control: { ...VALID, report: { validity: { ok: false } } } } as MeasuredRun },
    'the run of the control is not valid',
  ],
  [
    'is invalid',
    { run: { ...MEASURED, report: { validity: { ok: false } } } as MeasuredRun },
    'the run of the candidate is not valid',
  ],
  [
    'its endpoint ended',
    { run: { ...MEASURED, error: new EndpointError('401', { tried: 'POST', remedy: 'look' }) } },
    'the endpoint ended it',
  ],
])('after a session that %s none follows, and the log says why', async (_, part, why) => {
  const { run, told } = createLoop({ measureOnce: async () => ({ ...SESSION, ...part }) })
  expect(await run()).toHaveLength(1)
  expect(told.at(-1)).toBe(`no session follows this one: ${why}`)
  expect(told.filter((line) => line.startsWith('no session'))).toHaveLength(1)
})

test('an interrupt ends the sessions with what there is', async () => {
  let left = 2
  const { run } = createLoop({ measureOnce: async () => (--left === 0 ? null : SESSION) })
  expect(await run()).toHaveLength(1)
})

test('a session that cannot be measured leaves the figures of those before it, and is the error; the first one leaves nothing', async () => {
  const error = new EndpointError('the server of --b ended', { tried: 'POST', remedy: 'look' })
  const failAfter = (whole: number) => {
    let made = 0
    return createLoop({
      async measureOnce() {
        if (made++ === whole) throw error
        return SESSION
      },
    }).run()
  }
  expect((await failAfter(2)).map(({ run }) => run.error)).toEqual([null, error])
  await expect(failAfter(0)).rejects.toBe(error)
})

const PLANNED = {} as PlannedRun
const ONE_SIDE = { report: { durationSeconds: 90 }, error: null, control: null, controlTrouble: null } as MeasuredRun
const BOTH = { ...ONE_SIDE, control: { report: { durationSeconds: 90 }, error: null } }
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
      return ONE_SIDE
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
  expect(session).toEqual({ planned: PLANNED, run: { ...ONE_SIDE, controlTrouble }, measuredMs: 90_000, isLast: true })
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
  expect(result).toEqual({ planned: PLANNED, run: { ...ONE_SIDE, controlTrouble }, measuredMs: 90_000, isLast: true })
})

test('an interrupt ends the server that runs and starts no other', async () => {
  const controller = new AbortController()
  const { told, run } = createSession(
    {},
    {
      signal: controller.signal,
      async measure() {
        controller.abort()
        return ONE_SIDE
      },
    },
  )
  expect(await run()).toBeNull()
  expect(told).toEqual(['start old', 'end old'])
})
