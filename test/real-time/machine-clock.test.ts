import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, test } from 'vitest'
import { createHealthProbe, systemClock, systemDeadline, systemTransportClock } from '../../src/load/runtime.ts'
import { MACHINE_CLOCK } from '../../src/simulator/clock.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { PATIENT, rawRequest } from '../simulator/raw-client.ts'

const { now, createTimer } = MACHINE_CLOCK

/** Sets `times` one after the other, each when the last has fired; when each fired. */
async function fireAt(times: readonly number[]): Promise<number[]> {
  const fired: number[] = []
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const timer = await createTimer(() => {
    fired.push(now())
    if (fired.length === times.length) resolve()
    else timer.set(times[fired.length]!)
  })
  timer.set(times[0]!)
  await done
  await timer.close()
  return fired
}

/** The clock as other processes read it. */
const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6

test('a wait of the client is never over before its time', async () => {
  const late = [10.2, 10.5, 10.8, 10.9, 11.7, 12.99].map(async (ms) => {
    const from = systemClock.now()
    await systemClock.sleep(ms)
    return systemClock.now() - from - ms
  })
  for (const ms of await Promise.all(late)) expect(ms).toBeGreaterThanOrEqual(0)
})

describe('the timer of the machine’s clock', () => {
  it('never fires before its time', async () => {
    const start = now()
    const times = [3.3, 7.9, 8.4, 20.1].map((after) => start + after)
    const fired = await fireAt(times)
    fired.forEach((at, i) => expect(at).toBeGreaterThanOrEqual(times[i]!))
  })

  it('fires again for a time that it has fired for already', async () => {
    const time = now() + 5
    expect(await fireAt([time, time, time])).toHaveLength(3)
  })

  it('takes a new time instead of the old one', async () => {
    let fired = 0
    const timer = await createTimer(() => fired++)
    timer.set(now() + 3_600_000)
    timer.set(now() + 5)
    await expect.poll(() => fired, PATIENT).toBe(1)
    await timer.close()
  })

  it('does not fire for a time that is taken back before it comes', async () => {
    let fired = 0
    const timer = await createTimer(() => fired++)
    const time = now() + 30
    timer.set(time)
    timer.set(null)
    // A machine may pause for longer than that between the two lines.
    const takenBack = now() < time
    await fireAt([time + 30])
    expect(fired).toBeLessThanOrEqual(takenBack ? 0 : 1)
    await timer.close()
  })
})

describe('what a simulated endpoint does later', () => {
  it('is done once, no sooner, and not when it is taken back', async () => {
    const acts: string[] = []
    const start = now()
    const takeBack = MACHINE_CLOCK.after(20, () => acts.push('never'))
    takeBack()
    const did = Promise.withResolvers<number>()
    MACHINE_CLOCK.after(20, () => {
      acts.push('once')
      did.resolve(now())
    })
    // A timer of Node may fire up to a millisecond early.
    expect((await did.promise) - start).toBeGreaterThanOrEqual(19)
    await setTimeout(20)
    expect(acts).toEqual(['once'])
  })

  it('bears the date of the machine', () => {
    const before = Date.now()
    const date = MACHINE_CLOCK.date()
    expect(date).toBeGreaterThanOrEqual(before)
    expect(date).toBeLessThanOrEqual(Date.now())
  })
})

describe('a simulated endpoint on the machine’s clock', () => {
  it('answers no sooner than its model says, and stamps with a clock that other processes share', async () => {
    const engine = { overheadMs: 3, prefillMsPerToken: 2, decodeMs: 4, decodeMsPerSequence: 1 }
    const simulator = await startSimulator({ engine })
    const body = { prompt: 'one two three', max_tokens: 3, stream: true }
    const before = hrtimeMs()
    await rawRequest(`${simulator.url}/v1/completions`, { body })
    const after = hrtimeMs()
    await simulator.close()
    const { receivedAtMs, firstTokenAtMs, lastTokenAtMs, endedAtMs } = simulator.log()[0]!
    expect(receivedAtMs).toBeGreaterThanOrEqual(before)
    expect(firstTokenAtMs).toBeGreaterThanOrEqual(receivedAtMs + 9)
    expect(lastTokenAtMs).toBeGreaterThanOrEqual(receivedAtMs + 19)
    expect(endedAtMs).toBeLessThanOrEqual(after)
  })
})

describe('the clocks of the client', () => {
  it('wake nobody too early, and at once who is cancelled', async () => {
    const start = systemClock.now()
    await systemClock.sleep(20)
    // A timer of Node may fire up to a millisecond early.
    expect(systemClock.now() - start).toBeGreaterThanOrEqual(19)
    const controller = new AbortController()
    const asleep = systemClock.sleep(3_600_000, controller.signal)
    controller.abort()
    await asleep
    await systemClock.sleep(3_600_000, controller.signal)
  })

  it('let deadlines come', async () => {
    const signal = systemDeadline(5)
    await expect.poll(() => signal.aborted, PATIENT).toBe(true)
    expect(systemDeadline(3_600_000).aborted).toBe(false)
  })

  it('let a transport look again and again, until it is told to stop', async () => {
    let looks = 0
    const stop = systemTransportClock.lookAfter(1, () => {
      looks++
      return 1
    })
    await expect.poll(() => looks, PATIENT).toBeGreaterThanOrEqual(3)
    stop()
    const before = looks
    await setTimeout(20)
    expect(looks).toBe(before)
  })

  it('know the time of the wall', () => {
    const before = Date.now()
    const now = systemTransportClock.wallNow()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })
})

describe('the health of the client', () => {
  it('is that of one who waits while it waits', async () => {
    const probe = createHealthProbe()
    probe.start()
    const since = performance.eventLoopUtilization()
    await expect.poll(() => performance.eventLoopUtilization(since).idle, PATIENT).toBeGreaterThan(0)
    expect(probe.read().eventLoopUtilization).toBeLessThan(1)
    probe.stop()
  })

  it('knows for how long it had stood still when something was read, and that it had not elsewhere', async () => {
    const probe = createHealthProbe()
    await setTimeout(50)
    const start = performance.now()
    while (performance.now() - start < 300);
    const end = performance.now()
    // Before the next turn of the event loop and after it.
    expect(probe.stallAt(end)).toBeGreaterThan(200)
    await setTimeout(60)
    expect(probe.stallAt(end)).toBeGreaterThan(200)
    expect(probe.stallAt(start - 10_000)).toBe(0)
    probe.stop()
  })

  it('is that of one who is late when its event loop was held up, until it begins anew', async () => {
    const probe = createHealthProbe()
    probe.start()
    // It is told by the turns before and after: on a machine that is late with the first one, by the next.
    const holdUp = async (): Promise<number> => {
      await setTimeout(5)
      const start = performance.now()
      while (performance.now() - start < 200);
      await setTimeout(1)
      return probe.read().delayP99Ms
    }
    await expect.poll(holdUp, PATIENT).toBeGreaterThan(100)
    expect(probe.read().eventLoopUtilization).toBeGreaterThan(0)
    probe.start()
    expect(probe.read()).toMatchObject({ delayP90Ms: 0, delayP99Ms: 0 })
    probe.stop()
  })
})
