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
    autoscaling: entities.some(mayChangeCapacity),
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
export function mayChangeCapacity({
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

/** Whether an endpoint can be measured now. */
type ServingState =
  | { readonly kind: 'ready' }
  /** It may become ready on its own. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** It will not. */
  | { readonly kind: 'failed'; readonly why: string }

/**
 * An endpoint is ready when its models are ready and its configuration is not being changed. It is not when its last
 * update failed, even if it answers: it answers with the previous configuration, and a pass would be for the wrong
 * one. What the page does not state does not count against it. The reasons hold texts of the page: escape them before
 * showing.
 */
export function judgeServing(endpoint: ServingEndpoint): ServingState {
  const { ready, configUpdate, entities } = endpoint
  if (configUpdate === 'UPDATE_FAILED') {
    const old = ready === true ? '; what answers is the configuration before' : ''
    return {
      kind: 'failed',
      why: `the last update of its configuration failed (UPDATE_FAILED)${old}${describeDeployments()}`,
    }
  }
  if (configUpdate === 'IN_PROGRESS') {
    return { kind: 'waiting', why: `its configuration is being updated (IN_PROGRESS)${describeDeployments()}` }
  }
  if (ready !== false) return { kind: 'ready' }
  const failed = entities.some(
    ({ deployment }) => deployment === 'DEPLOYMENT_FAILED' || deployment === 'DEPLOYMENT_ABORTED',
  )
  return failed
    ? { kind: 'failed', why: `a deployment of it failed${describeDeployments()}` }
    : { kind: 'waiting', why: `it is not ready (NOT_READY)${describeDeployments()}` }

  /** What the page says about models that are not ready. */
  function describeDeployments(): string {
    const words = entities.flatMap(({ name, deployment, deploymentMessage }) => {
      if (deployment === null || deployment === 'DEPLOYMENT_READY') return []
      const message = deploymentMessage === null ? '' : ` (${deploymentMessage})`
      return [`${name ?? 'unnamed'} ${deployment}${message}`]
    })
    return words.length === 0 ? '' : `: ${words.join(', ')}`
  }
}

/** What changed between two reads of the same page. */
interface ServingChange {
  /** Models and versions before and now; null when they are the same. */
  readonly served: { readonly before: string; readonly now: string } | null
  /** Signs in words that the configuration changed or is changing. No capacities. */
  readonly config: readonly string[]
}

/** Compares two pages; what one of them does not state is not a change. */
export function compareServing(before: ServingEndpoint, now: ServingEndpoint): ServingChange {
  const [servedBefore, servedNow] = [describeServed(before), describeServed(now)]
  const isServedSame = servedBefore === null || servedNow === null || servedBefore === servedNow
  const [capacityBefore, capacityNow] = [describeProvisioned(before), describeProvisioned(now)]
  const signs: readonly (readonly [sign: string, isSeen: boolean])[] = [
    ['an update of the configuration is in progress', now.configUpdate === 'IN_PROGRESS'],
    ['an update of the configuration failed', now.configUpdate === 'UPDATE_FAILED'],
    ['the endpoint is no longer ready', now.ready === false],
    [
      `the configuration went from version ${before.configVersion} to ${now.configVersion}`,
      before.configVersion !== null && now.configVersion !== null && before.configVersion !== now.configVersion,
    ],
    [
      'what is provisioned changed',
      capacityBefore !== null && capacityNow !== null && capacityBefore !== capacityNow && isServedSame,
    ],
    [
      'the traffic split changed',
      before.traffic.length > 0 && now.traffic.length > 0 && describeTraffic(before) !== describeTraffic(now),
    ],
  ]
  return {
    served: isServedSame ? null : { before: servedBefore, now: servedNow },
    config: signs.flatMap(([sign, isSeen]) => (isSeen ? [sign] : [])),
  }
}

function describeTraffic({ traffic }: ServingEndpoint): string {
  return traffic.map(({ entity, percent }) => `${entity} ${percent}`).join(', ')
}
