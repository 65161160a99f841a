import type { Task } from '../../vocabulary/load.ts'
import { asCount, asObject, asText, cutName } from '../../json.ts'
import { groupDigits } from '../../text.ts'

/**
 * A serving endpoint as Databricks' management API describes it (`GET /api/2.0/serving-endpoints/<name>`). Every
 * member of that page is optional, and a principal's permissions decide what it shows: null and empty mean "not
 * stated".
 */
export interface ServingEndpoint {
  /** Whether every model of its active configuration is ready. */
  readonly ready: boolean | null
  readonly configUpdate: ConfigUpdate | null
  /** Increases with every change of the configuration. */
  readonly configVersion: number | null
  readonly task: Task | null
  /** The task in the page's words, for example `llm/v1/chat`. */
  readonly taskName: string | null
  readonly entities: readonly ServedEntity[]
  readonly traffic: readonly TrafficRoute[]
  /** Whether a failed request is sent to another served entity. */
  readonly fallback: boolean
  /** Limits that its owner set in the gateway. */
  readonly rateLimits: readonly EndpointRateLimit[]
  readonly routeOptimized: boolean
  /** True for shared capacity that is paid per token, with nothing reserved. */
  readonly payPerToken: boolean
}

type ConfigUpdate = (typeof CONFIG_UPDATES)[number]

/** One model behind an endpoint, and what is provisioned for it. */
interface ServedEntity {
  /** Unique within the endpoint. */
  readonly name: string | null
  /** The model, for example `main.models.llama`. */
  readonly entity: string | null
  readonly version: string | null
  /** Provisioned throughput, in input and output tokens per second together. */
  readonly minTokensPerSecond: number | null
  readonly maxTokensPerSecond: number | null
  /** The unit of provisioned throughput for newer models. */
  readonly modelUnits: number | null
  /** Concurrent requests that are provisioned for a custom model. */
  readonly minConcurrency: number | null
  readonly maxConcurrency: number | null
  readonly workloadSize: string | null
  /** Whether it may scale beyond what is provisioned; null when the page does not say (the default is yes). */
  readonly burstScaling: boolean | null
  readonly scaleToZero: boolean
  readonly deployment: Deployment | null
  readonly deploymentMessage: string | null
}

type Deployment = (typeof DEPLOYMENTS)[number]

/** How much of the traffic goes to a served entity, in percent. */
interface TrafficRoute {
  readonly entity: string | null
  readonly percent: number
}

/** The most calls or tokens in a period; null when not limited. */
export interface EndpointRateLimit {
  readonly calls: number | null
  readonly tokens: number | null
  /** Who shares it, for example `user` or `endpoint`. */
  readonly key: string | null
  readonly period: string | null
}

const CONFIG_UPDATES = ['NOT_UPDATING', 'IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_CANCELED'] as const
const DEPLOYMENTS = [
  'DEPLOYMENT_READY',
  'DEPLOYMENT_CREATING',
  'DEPLOYMENT_RECOVERING',
  'DEPLOYMENT_FAILED',
  'DEPLOYMENT_ABORTED',
] as const

/** `llm/v1/…` are foundation models, `agent/…/chat` agents that take messages. */
const TASKS: Readonly<Record<string, Task>> = {
  'llm/v1/chat': 'chat',
  'llm/v1/completions': 'completions',
  'llm/v1/embeddings': 'embeddings',
  'agent/v1/chat': 'chat',
  'agent/v2/chat': 'chat',
}

/** Longer lists are cut, because a page may come from anyone. */
const MOST_ENTRIES = 50

/** Reads the page; null when it is not that of a serving endpoint. */
export function readServingEndpoint(json: unknown): ServingEndpoint | null {
  const page = asObject(json)
  const state = asObject(page?.['state'])
  const config = asObject(page?.['config'])
  if (page === null || (state === null && config === null)) return null
  const gateway = asObject(page['ai_gateway'])
  const taskName = asName(page['task'])
  const served = [...readEntries(config?.['served_entities']), ...readEntries(config?.['served_models'])]
  const entities = removeTwins(served.map(readEntity))
  return {
    ready: state?.['ready'] === 'READY' ? true : state?.['ready'] === 'NOT_READY' ? false : null,
    configUpdate: oneOf(CONFIG_UPDATES, state?.['config_update']),
    configVersion: asCount(config?.['config_version']),
    task: taskName !== null && Object.hasOwn(TASKS, taskName) ? TASKS[taskName]! : null,
    taskName,
    entities,
    traffic: readEntries(asObject(config?.['traffic_config'])?.['routes']).map(readRoute),
    fallback: asObject(gateway?.['fallback_config'])?.['enabled'] === true,
    rateLimits: [...readEntries(gateway?.['rate_limits']), ...readEntries(page['rate_limits'])].map(readRateLimit),
    routeOptimized: page['route_optimized'] === true,
    payPerToken: isPayPerToken(page, served, entities),
  }
}

/** The part of an endpoint that a URL of one served model (`/served-models/<name>`) reaches. */
export function selectServed(endpoint: ServingEndpoint, name: string): ServingEndpoint {
  const entities = endpoint.entities.filter((entity) => entity.name === name)
  return entities.length === 0 ? endpoint : { ...endpoint, entities, traffic: [], fallback: false }
}

/** Whether it has any provisioned capacity. */
function isProvisioned({ minTokensPerSecond, maxTokensPerSecond, modelUnits }: ServedEntity): boolean {
  return minTokensPerSecond !== null || maxTokensPerSecond !== null || modelUnits !== null
}

function readEntity(entity: Record<string, unknown>): ServedEntity {
  const state = asObject(entity['state'])
  const named = [asObject(entity['foundation_model']), asObject(entity['external_model'])].map((at) =>
    asName(at?.['name']),
  )
  return {
    name: asName(entity['name']),
    entity: asName(entity['entity_name']) ?? asName(entity['model_name']) ?? named[0] ?? named[1] ?? null,
    version: asName(entity['entity_version']) ?? asName(entity['model_version']),
    minTokensPerSecond: asCount(entity['min_provisioned_throughput']),
    maxTokensPerSecond: asCount(entity['max_provisioned_throughput']),
    modelUnits: asCount(entity['provisioned_model_units']),
    minConcurrency: asCount(entity['min_provisioned_concurrency']),
    maxConcurrency: asCount(entity['max_provisioned_concurrency']),
    workloadSize: asName(entity['workload_size']),
    burstScaling: typeof entity['burst_scaling_enabled'] === 'boolean' ? entity['burst_scaling_enabled'] : null,
    scaleToZero: entity['scale_to_zero_enabled'] === true,
    deployment: oneOf(DEPLOYMENTS, state?.['deployment']),
    deploymentMessage: asName(state?.['deployment_state_message']),
  }
}

/** Pages list the same entities twice, the second time under the member's older name. */
function removeTwins(entities: readonly ServedEntity[]): ServedEntity[] {
  const names = new Set<string>()
  return entities.filter(({ name }) => name === null || (!names.has(name) && names.add(name)))
}

function readRoute(route: Record<string, unknown>): TrafficRoute {
  const said = route['traffic_percentage']
  const percent = typeof said === 'string' || typeof said === 'number' ? Number(said) : 0
  return {
    entity: asName(route['served_entity_name']) ?? asName(route['served_model_name']),
    percent: percent >= 0 && percent <= 100 ? percent : 0,
  }
}

function readRateLimit(limit: Record<string, unknown>): EndpointRateLimit {
  return {
    calls: asCount(limit['calls']),
    tokens: asCount(limit['tokens']),
    key: asName(limit['key']),
    period: asName(limit['renewal_period']),
  }
}

/** True for Databricks' own models without provisioned capacity. */
function isPayPerToken(
  page: Record<string, unknown>,
  served: readonly Record<string, unknown>[],
  entities: readonly ServedEntity[],
): boolean {
  if (entities.some(isProvisioned)) return false
  if (page['endpoint_type'] === 'FOUNDATION_MODEL_API') return true
  return served.length > 0 && served.every((entity) => asObject(entity['foundation_model']) !== null)
}

function readEntries(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return []
  return value
    .slice(0, MOST_ENTRIES)
    .map(asObject)
    .filter((entry) => entry !== null)
}

/** A text of bounded length; versions are sometimes numbers. */
function asName(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : asText(value)
  return text === null ? null : cutName(text)
}

function oneOf<const Word extends string>(words: readonly Word[], value: unknown): Word | null {
  return words.find((word) => word === value) ?? null
}

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
    modelUnits === null ? null : `${formatNumber(modelUnits)} model units`,
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
  return low === high ? `${formatNumber(low)} ${unit}` : `${formatNumber(low)} to ${formatNumber(high)} ${unit}`
}

function formatNumber(value: number): string {
  return groupDigits(Number(value.toFixed(3)))
}
