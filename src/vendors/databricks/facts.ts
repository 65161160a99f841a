import { mayBurst, scales } from './provisioned.ts'
import type { ServingEndpoint } from './serving-endpoint.ts'

/** What a report says of a serving endpoint, beside its capacity: single values, none of which gives the capacity away. */
export interface ServingFacts {
  readonly task: string | null
  readonly servedEntities: number
  /** Served entities that get a share of the traffic. */
  readonly trafficRoutes: number
  /** It may scale beyond what is provisioned. */
  readonly burstScaling: boolean
  /** Its capacity moves between a minimum and a maximum. */
  readonly autoscaling: boolean
  readonly scaleToZero: boolean
  /** Requests that fail go to another served entity. */
  readonly fallback: boolean
  readonly rateLimits: number
  readonly payPerToken: boolean
  readonly routeOptimized: boolean
}

/** The facts of an endpoint. */
export function servingFacts(endpoint: ServingEndpoint): ServingFacts {
  const { entities } = endpoint
  return {
    task: endpoint.taskName,
    servedEntities: entities.length,
    trafficRoutes: endpoint.traffic.filter(({ percent }) => percent > 0).length,
    burstScaling: entities.some(mayBurst),
    autoscaling: entities.some(scales),
    scaleToZero: entities.some(({ scaleToZero }) => scaleToZero),
    // With one entity there is nothing to fall back to.
    fallback: endpoint.fallback && entities.length > 1,
    rateLimits: endpoint.rateLimits.length,
    payPerToken: endpoint.payPerToken,
    routeOptimized: endpoint.routeOptimized,
  }
}
