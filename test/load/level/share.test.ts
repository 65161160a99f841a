import { expect, test } from 'vitest'
import { measureLevel } from '../../../src/load/level.ts'
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
