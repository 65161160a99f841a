import type { Clock, Transport } from '../../src/load/ports.ts'
import { Share } from '../../src/load/level/share.ts'
import type { SweepPorts } from '../../src/load/sweep.ts'
import type { Crew, EndpointOrder } from '../../src/load/threads/crew.ts'
import { createWorkload } from '../../src/plan/workload.ts'
import { NO_AUTH } from '../../src/load/auth/authorizers.ts'
import { healthyClient } from './scripted-endpoint.ts'

/**
 * A crew in virtual time: each of its threads carries its share in this one, over a transport of the endpoint that the order names.
 * `note` hears of each level.
 */
export function virtualCrew(
  clock: Clock,
  openTransport: (url: string) => Transport,
  note: (threads: number, concurrency: number, url: string) => void,
): Required<Pick<SweepPorts, 'crew' | 'orderThreads'>> {
  const crew: Crew = {
    carryIn:
      (count, { endpoint, workload }) =>
      async (level, link) => {
        const { concurrency, pass } = level.spec
        note(count, concurrency, endpoint.url)
        const shares = Array.from({ length: count }, (_, first) => {
          const all = Array.from({ length: concurrency }, (_, worker) => worker)
          const ports = {
            transport: openTransport(endpoint.url),
            clock,
            workload: createWorkload(workload, concurrency, pass),
            health: healthyClient(),
            collectGarbage: () => {},
          }
          return new Share(
            level,
            all.filter((worker) => worker % count === first),
            ports,
            link,
          )
        })
        await link.onReady()
        return Promise.all(shares.map(async (share) => share.run()))
      },
    close: async () => {},
  }
  return { crew, orderThreads: () => ({ endpoint: orderOf('http://127.0.0.1:8000'), auth: NO_AUTH }) }
}

/** What a virtual crew is told of an endpoint. */
export function orderOf(url: string): EndpointOrder {
  return { url } as EndpointOrder
}
