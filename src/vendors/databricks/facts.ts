import { groupDigits } from '../../text.ts'
import type { ServedEntity, ServingEndpoint } from './serving-endpoint.ts'
import { isProvisioned } from './serving-endpoint.ts'

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
export function readServingFacts(endpoint: ServingEndpoint): ServingFacts {
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

/**
 * What is provisioned for an endpoint, on one line: tokens a second, input and output together (Llama 2 to 3.3, Mistral,
 * Mixtral, DBRX, MPT, GTE, BGE, DeepSeek R1), model units (newer models), or requests at once (a model of one's own). Null
 * where the page does not say.
 */
export function describeProvisioned(endpoint: ServingEndpoint): string | null {
  if (endpoint.payPerToken) return 'nothing: shared capacity, paid by the token'
  const described = endpoint.entities.flatMap((entity) => {
    const text = describeEntity(entity)
    return text === null ? [] : [{ name: entity.name, text }]
  })
  if (described.length === 0) return null
  if (endpoint.entities.length === 1) return described[0]!.text
  return described.map(({ name, text }) => `${name ?? 'unnamed'}: ${text}`).join('; ')
}

/** Whether it may scale beyond what is provisioned: yes unless the page says no. */
export function mayBurst(entity: ServedEntity): boolean {
  return isProvisioned(entity) && entity.burstScaling !== false
}

/** Whether its capacity may change while it is measured. */
export function scales({
  minTokensPerSecond,
  maxTokensPerSecond,
  minConcurrency,
  maxConcurrency,
}: ServedEntity): boolean {
  const differ = (min: number | null, max: number | null): boolean => min !== null && max !== null && min < max
  return differ(minTokensPerSecond, maxTokensPerSecond) || differ(minConcurrency, maxConcurrency)
}

/** The models behind the endpoint with their versions, on one line; null where the page does not say. */
export function describeServed({ entities }: ServingEndpoint): string | null {
  const names = entities.flatMap(({ entity, name, version }) => {
    const model = entity ?? name
    return model === null ? [] : [version === null ? model : `${model} version ${version}`]
  })
  return names.length === 0 ? null : names.join('; ')
}

function describeEntity(entity: ServedEntity): string | null {
  const { minTokensPerSecond, maxTokensPerSecond, modelUnits, minConcurrency, maxConcurrency, workloadSize } = entity
  const amounts = [
    formatAmount(minTokensPerSecond, maxTokensPerSecond, 'tokens/s (input + output)'),
    modelUnits === null ? null : `${count(modelUnits)} model units`,
    formatAmount(minConcurrency, maxConcurrency, 'requests at once'),
    workloadSize === null ? null : `workload size ${workloadSize}`,
  ].filter((text) => text !== null)
  if (amounts.length === 0) return null
  const burst = isProvisioned(entity) && entity.burstScaling === false ? ', burst scaling off' : ''
  return `${amounts.join(', ')}${burst}`
}

/** `980 to 9,800 tokens/s`; one figure where both are the same or only one is known. */
function formatAmount(min: number | null, max: number | null, unit: string): string | null {
  const [low, high] = [min ?? max, max ?? min]
  if (low === null || high === null) return null
  return low === high ? `${count(low)} ${unit}` : `${count(low)} to ${count(high)} ${unit}`
}

function count(value: number): string {
  return groupDigits(Number(value.toFixed(3)))
}
