import { parseJson } from '../../json.ts'
import type { Task } from '../../vocabulary/load.ts'
import { ValueError } from '../../errors.ts'
import { writeJsonPage } from '../servers.ts'
import type { Page, PageState } from '../servers.ts'
import { createPrometheusText } from '../metrics-pages.ts'
import type { MetricsState } from '../metrics-pages.ts'
import { decodeSegment } from '../wires/wire.ts'

/** What Databricks' management API says about the endpoint. */
export interface EndpointPageOptions {
  /** Members that replace the simulator's own, merged deeply; `denied`: the page is refused with 403. */
  readonly endpointPage: Readonly<Record<string, unknown>> | 'denied'
  /** When a change of its configuration begins, after the start; null: never. */
  readonly configUpdateAfterMs: number | null
  /** The one task that is served; null serves all, and the page says chat. */
  readonly task: Task | null
}

/** How long a change of the configuration takes; then a new version is served. */
export const CONFIG_UPDATE_MS = 3000

const PATH = /^\/api\/2\.0\/serving-endpoints(?:\/([^/]+))?$/

/** Answers `GET /api/2.0/serving-endpoints` and `…/<name>`; null for another path. */
export function showEndpoint(
  path: string,
  options: EndpointPageOptions,
  state: Pick<PageState, 'model' | 'ready' | 'upMs'>,
): Page | null {
  const match = PATH.exec(path)
  if (match === null) return null
  if (options.endpointPage === 'denied') {
    const message = 'You do not have permission to view this serving endpoint.'
    return writeJsonPage({ error_code: 'PERMISSION_DENIED', message }, 403)
  }
  const name = decodeSegment(match[1])
  const endpoint = mergeDeep(describeEndpoint(name ?? state.model, options, state), options.endpointPage)
  return writeJsonPage(name === null ? { endpoints: [endpoint] } : endpoint)
}

/** A provisioned-throughput endpoint of one model, as wide as tests need it. */
function describeEndpoint(
  name: string,
  { configUpdateAfterMs, task }: EndpointPageOptions,
  { model, ready, upMs }: Pick<PageState, 'model' | 'ready' | 'upMs'>,
) {
  const begun = configUpdateAfterMs !== null && upMs >= configUpdateAfterMs
  const changing = begun && upMs < configUpdateAfterMs + CONFIG_UPDATE_MS
  const version = begun && !changing ? '2' : '1'
  const servedName = `${model}-${version}`
  const entity = {
    name: servedName,
    entity_name: model,
    entity_version: version,
    min_provisioned_throughput: 980,
    max_provisioned_throughput: 980,
    burst_scaling_enabled: false,
    scale_to_zero_enabled: false,
    state: { deployment: ready ? 'DEPLOYMENT_READY' : 'DEPLOYMENT_CREATING', deployment_state_message: '' },
  }
  return {
    name,
    id: '0123456789abcdef0123456789abcdef',
    task: `llm/v1/${task ?? 'chat'}`,
    permission_level: 'CAN_MANAGE',
    state: {
      ready: ready ? 'READY' : 'NOT_READY',
      config_update: changing || !ready ? 'IN_PROGRESS' : 'NOT_UPDATING',
    },
    config: {
      served_entities: [entity],
      traffic_config: {
        routes: [{ served_model_name: servedName, served_entity_name: servedName, traffic_percentage: 100 }],
      },
      config_version: Number(version),
    },
    ...(changing
      ? { pending_config: { served_entities: [{ ...entity, entity_version: '2' }], config_version: 2 } }
      : {}),
    ai_gateway: { fallback_config: { enabled: false }, rate_limits: [] },
    route_optimized: false,
  }
}

/** `change` in place of what `value` says: objects by their members, lists item by item, the rest as a whole. */
function mergeDeep(value: unknown, change: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(change)) {
    return change.map((item: unknown, i) => (i < value.length ? mergeDeep(value[i], item) : item))
  }
  if (!isRecord(value) || !isRecord(change)) return change
  const both = Object.entries(change).map(([key, item]) => [
    key,
    Object.hasOwn(value, key) ? mergeDeep(value[key], item) : item,
  ])
  return { ...value, ...(Object.fromEntries(both) as Record<string, unknown>) }
}

/** Reads `denied` or a JSON object; throws `ValueError`. */
export function readEndpointPage(text: string): EndpointPageOptions['endpointPage'] {
  if (text.trim() === 'denied') return 'denied'
  const value = parseJson(text)
  if (isRecord(value)) return value
  throw new ValueError('must be denied or a JSON object, for example {"task":"llm/v1/embeddings"}')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What Databricks exports of an endpoint (`GET /api/2.0/serving-endpoints/<name>/metrics`): counts are gauges of the last
 * minute, latencies are milliseconds, and the model's own first token is not among them.
 */
export function renderEndpointMetrics({ model, totals, running, slots }: MetricsState, minute: PageCounts): string {
  const page = createPrometheusText({ served_model_name: model })
  page.gauge('provisioned_concurrent_requests_total', 'Provisioned concurrency in the last minute.', slots)
  page.gauge('request_count_total', 'Requests in the last minute.', minute.all)
  page.gauge('request_4xx_count_total', '4xx errors in the last minute.', minute.refused)
  page.gauge('request_5xx_count_total', '5xx errors in the last minute.', minute.failed)
  page.gauge(
    'gpu_usage_percentage',
    'GPU usage. Simulated: the share of slots that are taken.',
    (100 * running) / slots,
  )
  page.histogram('request_latency_ms', 'Round-trip latency within the workspace.', totals.request, 1000)
  page.histogram('model_queue_time_ms', 'Time in the queue of the model.', totals.queue, 1000)
  return page.text
}

/** How many answers of which kind there were in the last whole minute. */
interface MinuteCounts {
  noteAnswer(status: number, nowMs: number): void
  readLast(nowMs: number): PageCounts
}

interface PageCounts {
  readonly all: number
  /** Refused with 4xx, failed with 5xx. */
  readonly refused: number
  readonly failed: number
}

const NONE: PageCounts = { all: 0, refused: 0, failed: 0 }

/** Counts by minutes of the clock that it is given. */
export function createMinuteCounts(): MinuteCounts {
  let minute = NaN
  let current = { ...NONE }
  let previous = NONE

  function startMinute(nowMs: number): void {
    const now = Math.floor(nowMs / 60_000)
    if (now === minute) return
    previous = now === minute + 1 ? current : NONE
    current = { ...NONE }
    minute = now
  }
  return {
    noteAnswer(status, nowMs) {
      startMinute(nowMs)
      current.all++
      if (status >= 500) current.failed++
      else if (status >= 400) current.refused++
    },
    readLast(nowMs) {
      startMinute(nowMs)
      return previous
    },
  }
}
