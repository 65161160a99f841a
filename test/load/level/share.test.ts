import { expect, test } from 'vitest'
import { measureLevel } from '../../../src/load/level.ts'
import { createGarbageCollector } from '../../../src/load/runtime.ts'
import type { Exchange, Transport } from '../../../src/load/ports.ts'
import { aLevelSpec, aWorkload, portsOf, scriptedEndpoint } from '../scripted-endpoint.ts'

test('garbage is collected once a level, when all its requests are made and before the first is sent', async () => {
  const endpoint = scriptedEndpoint(() => ({ latencyMs: 100 }))
  const events: string[] = []
  const workload = aWorkload(2)
  const spec = aLevelSpec({ expectedRequests: 3, durationMs: 100 })
  const run = measureLevel(
    spec,
    portsOf(endpoint, spec, {
      workload: { ...workload, next: (...asked) => (events.push('made'), workload.next(...asked)) },
      transport: {
        ...endpoint.transport,
        send: async (...sent) => (events.push('sent'), endpoint.transport.send(...sent)),
      },
      collectGarbage: () => events.push('collected'),
    }),
  )
  await endpoint.run(run)
  expect(events.slice(0, 5)).toEqual(['made', 'made', 'made', 'collected', 'sent'])
  expect(events.filter((event) => event === 'collected')).toHaveLength(1)
})

test.each([
  [255, 1],
  [256, 2],
])(
  'with %i streams garbage is collected %i times: many that are cancelled together need its room',
  async (concurrency, times) => {
    const endpoint = scriptedEndpoint(({ worker }) => ({ latencyMs: 100 + worker }))
    const spec = aLevelSpec({ concurrency, durationMs: 100 })
    const events: string[] = []
    const collectGarbage = (): unknown => events.push('collected')
    const transport: Transport = {
      ...endpoint.transport,
      async send(worker, request, signal, onFirstToken) {
        const exchange = await endpoint.transport.send(worker, request, signal, onFirstToken)
        events.push(exchange.cancelled ? 'cancelled' : 'ended')
        return exchange
      },
    }
    await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { transport, collectGarbage })))
    expect(events).toContain('cancelled')
    const before = events.slice(0, events.indexOf('cancelled'))
    expect(before.filter((event) => event === 'collected')).toHaveLength(times)
    expect(events.filter((event) => event === 'collected')).toHaveLength(times)
  },
)

test('garbage is not collected at the end of a load while the other side is measured', async () => {
  const endpoint = scriptedEndpoint(({ worker }) => ({ latencyMs: 100 + worker }))
  const collected: string[] = []
  const measure = async (side: string, durationMs: number) => {
    const spec = aLevelSpec({ concurrency: 256, durationMs })
    return measureLevel(spec, portsOf(endpoint, spec, { collectGarbage: () => collected.push(side) }))
  }
  await endpoint.run(Promise.all([measure('first', 100), measure('last', 5_000)]))
  expect(collected).toEqual(['first', 'last', 'last'])
})

test('the exchange of a request is not kept while its worker waits for the next answer', async () => {
  const endpoint = scriptedEndpoint(({ spec }) => ({ latencyMs: 10 * spec.outputTokens }))
  const collect = createGarbageCollector()
  let first: WeakRef<Exchange> | null = null
  let kept: boolean | null = null
  const transport: Transport = {
    ...endpoint.transport,
    async send(worker, spec, signal, onFirstToken) {
      if (first !== null && worker === 0) {
        // Other workers have had enough answers meanwhile for those before to be packed.
        await endpoint.clock.sleep(5_000, signal)
        await new Promise(setImmediate)
        collect()
        kept ??= first.deref() !== undefined
      }
      const exchange = await endpoint.transport.send(worker, spec, signal, onFirstToken)
      if (worker === 0) first ??= new WeakRef(exchange)
      return exchange
    },
  }
  const spec = aLevelSpec()
  await endpoint.run(measureLevel(spec, portsOf(endpoint, spec, { transport })))
  expect(kept).toBe(false)
})
