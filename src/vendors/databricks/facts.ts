import { groupDigits } from '../../text.ts'
import type { ServedEntity, ServingEndpoint } from './serving-endpoint.ts'
import { isProvisioned } from './serving-endpoint.ts'

/** What a report says about a serving endpoint: single values that do not reveal its capacity. */
interface ServingFacts {
  readonly task: string | null
  readonly servedEntities: number
  /** How many served entities get a share of the traffic. */
  readonly trafficRoutes: number
  /** Whether it may scale beyond what is provisioned. */
  readonly burstScaling: boolean
  /** Whether its capacity varies between a minimum and a maximum. */
  readonly autoscaling: boolean
  readonly scaleToZero: boolean
  /** Whether failed requests go to another served entity. */
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
    // A single entity has no fallback.
    fallback: endpoint.fallback && entities.length > 1,
    rateLimits: endpoint.rateLimits.length,
    payPerToken: endpoint.payPerToken,
    routeOptimized: endpoint.routeOptimized,
  }
}

/**
 * What is provisioned for an endpoint, on one line: input and output tokens per second together (Llama 2 to 3.3,
 * Mistral, Mixtral, DBRX, MPT, GTE, BGE, DeepSeek R1), model units (newer models), or concurrent requests (custom
 * models). Null when the page does not say.
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

/** Whether it may scale beyond what is provisioned; true unless the page denies it. */
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

/** The models behind the endpoint with their versions, on one line; null when the page does not say. */
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

/** `980 to 9,800 tokens/s`; one figure when both are equal or only one is known. */
function formatAmount(min: number | null, max: number | null, unit: string): string | null {
  const [low, high] = [min ?? max, max ?? min]
  if (low === null || high === null) return null
  return low === high ? `${count(low)} ${unit}` : `${count(low)} to ${count(high)} ${unit}`
}

function count(value: number): string {
  return groupDigits(Number(value.toFixed(3)))
}
