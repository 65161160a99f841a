import { describe, expect, it } from 'vitest'
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
