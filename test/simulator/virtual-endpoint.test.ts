import { describe, expect, it } from 'vitest'
import { createVirtualEndpoint } from '../support/virtual-endpoint.ts'

const MODEL = { slots: 1, overheadMs: 5, prefillMsPerToken: 1, decodeMs: 9, decodeMsPerSequence: 1 }
const SPEC = { prompts: ['one two three four five'], outputTokens: 3, nonce: '' }
const { signal: never } = new AbortController()

describe('the virtual endpoint', () => {
  it('fills an exchange with the engine’s own times', async () => {
    const { transport, clock, run } = createVirtualEndpoint(MODEL)
    const exchange = await run(transport.send(0, SPEC, never))
    expect(exchange).toMatchObject({ startAt: 0, firstTokenAt: 10, lastTokenAt: 30, endAt: 30, tpotMs: 10 })
    expect(exchange).toMatchObject({ inputTokens: 5, outputTokens: 3, tokenEvents: 3, cancelled: false, failure: null })
    expect([...exchange.tokenAt]).toEqual([10, 20, 30])
    expect([...exchange.tokenCountAt]).toEqual([NaN, NaN, NaN])
    expect(clock.now()).toBe(30)
  })

  it('sleeps in virtual time, in order, and wakes early on a signal', async () => {
    const { clock, run } = createVirtualEndpoint(MODEL)
    const woken: string[] = []
    const controller = new AbortController()
    const nap = async (name: string, ms: number, signal?: AbortSignal) => {
      await clock.sleep(ms, signal)
      woken.push(`${name} at ${clock.now()}`)
    }
    await run(
      Promise.all([
        nap('late', 60_000),
        nap('early', 10),
        nap('aborted', 3_600_000, controller.signal),
        clock.sleep(20).then(() => controller.abort()),
      ]),
    )
    expect(woken).toEqual(['early at 10', 'aborted at 20', 'late at 60000'])
  })

  it('cancels a request in the engine when its signal aborts', async () => {
    const { transport, clock, engine, run } = createVirtualEndpoint(MODEL)
    const controller = new AbortController()
    const long = transport.send(0, { ...SPEC, outputTokens: 1000 }, controller.signal)
    const next = transport.send(1, { ...SPEC, outputTokens: 1 }, never)
    const stop = clock.sleep(25).then(() => controller.abort())
    const [cancelled, served] = await run(Promise.all([long, next, stop]))
    expect(cancelled).toMatchObject({ cancelled: true, failure: null, endAt: 25, outputTokens: 2, lastTokenAt: 20 })
    // The step in progress ends at 30, then the prompt of the other is prefilled.
    expect(served.firstTokenAt).toBe(35)
    expect(engine.running + engine.waiting).toBe(0)
    expect(await run(transport.send(0, SPEC, controller.signal))).toMatchObject({ cancelled: true, status: null })
  })

  it('refuses what it is told to refuse', async () => {
    const { transport, run } = createVirtualEndpoint(MODEL, { refuse: () => ({ status: 429, retryAfterMs: 2000 }) })
    const exchange = await run(transport.send(0, SPEC, never))
    expect(exchange).toMatchObject({ failure: 'http_429', status: 429, retryAfterMs: 2000, cancelled: false })
  })

  it('says so when the work waits for something that never comes', async () => {
    const { run } = createVirtualEndpoint(MODEL)
    await expect(run(new Promise(() => {}))).rejects.toThrow('stands still')
  })

  it('passes on what the work throws', async () => {
    const { clock, run } = createVirtualEndpoint(MODEL)
    const work = clock.sleep(5).then(() => Promise.reject(new Error('broken work')))
    await expect(run(work)).rejects.toThrow('broken work')
  })
})
