import { describe, expect, it } from 'vitest'
import { monotonicMs } from '../../src/simulator/monotonic.ts'
import { createPreciseTimer } from '../../src/simulator/precise-timer.ts'

/** Sets `times` one after the other, each when the last has fired; when each fired. */
async function fireAt(times: readonly number[]): Promise<number[]> {
  const fired: number[] = []
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const timer = await createPreciseTimer(() => {
    fired.push(monotonicMs())
    if (fired.length === times.length) resolve()
    else timer.set(times[fired.length]!)
  })
  timer.set(times[0]!)
  await done
  await timer.close()
  return fired
}

describe('the precise timer', () => {
  it('never fires before its time', async () => {
    const start = monotonicMs()
    const times = [3.3, 7.9, 8.4, 20.1].map((after) => start + after)
    const fired = await fireAt(times)
    // A microsecond or two between the clocks of two threads is no harm.
    fired.forEach((at, i) => expect(at).toBeGreaterThan(times[i]! - 0.05))
  })

  it('fires again for a time that it has fired for already', async () => {
    const time = monotonicMs() + 5
    expect(await fireAt([time, time, time])).toHaveLength(3)
  })

  it('takes a new time instead of the old one', async () => {
    let fired = 0
    const timer = await createPreciseTimer(() => fired++)
    timer.set(monotonicMs() + 60_000)
    timer.set(monotonicMs() + 5)
    await expect.poll(() => fired, { timeout: 5000 }).toBe(1)
    timer.set(monotonicMs() + 20)
    timer.set(null)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(fired).toBe(1)
    await timer.close()
  })
})
