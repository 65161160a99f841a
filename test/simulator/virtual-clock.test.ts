import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../support/virtual-clock.ts'

/** What happened, and how long after the start. */
function recordOf({ now }: { now(): number }) {
  const start = now()
  const happened: string[] = []
  const note = (what: string) => () => void happened.push(`${what} at ${now() - start}`)
  return { happened, note }
}

describe('the virtual clock', () => {
  it('goes from one thing that is due to the next, in order of time and then of arrival', async () => {
    const clock = createVirtualClock()
    const { happened, note } = recordOf(clock)
    await new Promise<void>((resolve) => {
      clock.after(3_600_000, resolve)
      clock.after(20, note('second'))
      clock.after(20, note('third'))
      clock.after(10, note('first'))
      clock.after(15, note('called off'))()
    })
    expect(happened).toEqual(['first at 10', 'second at 20', 'third at 20'])
  })

  it('stands still while it is held, but for what it is told to let pass', async () => {
    const clock = createVirtualClock()
    const { happened, note } = recordOf(clock)
    clock.hold()
    clock.after(10, note('early'))
    clock.after(30, note('late'))
    await clock.pass(29)
    expect(happened).toEqual(['early at 10'])
    await clock.pass(1)
    expect(happened).toEqual(['early at 10', 'late at 30'])
    const flowed = new Promise<void>((resolve) => clock.after(1, resolve))
    clock.flow()
    await flowed
  })

  it('has timers with one time each, which may have come already', async () => {
    const clock = createVirtualClock()
    clock.hold()
    const { happened, note } = recordOf(clock)
    const timer = await clock.createTimer(note('fired'))
    const start = clock.now()
    timer.set(start + 5)
    timer.set(start + 10)
    await clock.pass(20)
    timer.set(start)
    await clock.pass(0)
    timer.set(start + 30)
    timer.set(null)
    await clock.pass(20)
    timer.set(start + 50)
    await timer.close()
    await clock.pass(20)
    expect(happened).toEqual(['fired at 10', 'fired at 20'])
  })

  it('tells that something is due', async () => {
    const clock = createVirtualClock()
    clock.hold()
    const told = clock.untilDue()
    clock.after(5, () => {})
    await told
    await clock.untilDue()
    expect(clock.now()).toBe(1000)
  })
})
