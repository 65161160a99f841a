import { expect, test } from 'vitest'
import { EndpointError } from '../../src/errors.ts'
import type { MeasuredRun } from '../../src/run/measure.ts'
import type { PlannedRun } from '../../src/run/plan-run.ts'
import { countHeld, describeCost, measureSessions } from '../../src/sessions/sessions.ts'
import type { Session, SessionBounds, SessionPorts } from '../../src/sessions/sessions.ts'
import type { SideName } from '../../src/load/sides/side.ts'

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
    decideSoFar: () => ({ word: 'open', why: 'TTFT may be worse' }),
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

test.each(['red', 'green'] as const)('sessions end where they are %s', async (word) => {
  const seen: number[] = []
  const { run, told } = createLoop({
    decideSoFar(sessions) {
      seen.push(sessions.length)
      return { word: sessions.length === 2 ? word : 'open', why: '' }
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
    decideSoFar(sessions) {
      seen.push(sessions.length)
      return { word: 'open', why: '' }
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
