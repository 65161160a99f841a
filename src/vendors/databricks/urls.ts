import { isOpenAiResponses } from '../../protocol/apis/openai-responses.ts'
import { trimPath, taskOfPath, replacePath } from '../../protocol/apis/openai-request.ts'

const HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/
const ROUTE_OPTIMISED_HOST = /\.serving\.((cloud|gcp)\.databricks\.com|azuredatabricks\.net)$/

/** Where the paths of a workspace begin that lead to models. */
export const PATHS = ['serving-endpoints', 'ai-gateway'] as const
/** Whether a URL or path has one of them. */
export const PATH = new RegExp(`/(${PATHS.join('|')})(/|$)`)
const BASE = new RegExp(`^(.*?)/(${PATHS.join('|')})(/.*)?$`)
const NATIVE = /^(.*)\/serving-endpoints\/([^/]+)(\/served-models\/([^/]+))?(\/invocations)?$/

/** Names of serving endpoints; anything else would change the path. */
const NAME = /^(?!\.+$)[\w.-]{1,200}$/

/** Whether the host is one of Databricks. */
export function isDatabricksHost({ hostname }: URL): boolean {
  return HOST.test(hostname)
}

/** Whether the URL is of a Databricks workspace or has the paths of one. */
export function isDatabricks(endpoint: URL): boolean {
  return isDatabricksHost(endpoint) || PATH.test(endpoint.pathname)
}

/** Whether the host is that of one route-optimised endpoint, which gives out no tokens: its workspace does. */
export function isRouteOptimized({ hostname }: URL): boolean {
  return ROUTE_OPTIMISED_HOST.test(hostname)
}

/** What a native path (`/serving-endpoints/<name>`, with or without `/served-models/<served>` and `/invocations`) names. */
export interface NativePath {
  /** What stands before it. */
  readonly prefix: string
  /** As the path has it: percent-encoded. */
  readonly name: string
  /** The one served model that it reaches; null where it reaches the whole endpoint. */
  readonly served: string | null
}

/** The parts of a native path; null for every other, such as those in the form of OpenAI's APIs. */
export function readNativePath(endpoint: URL): NativePath | null {
  if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint)) return null
  const [, prefix, name, , served] = NATIVE.exec(trimPath(endpoint)) ?? []
  return prefix === undefined || name === undefined ? null : { prefix, name, served: served ?? null }
}

/** What the URL of a request says about its serving endpoint. */
export interface ServingPlace {
  /** Where the management API describes the endpoint. */
  readonly managementUrl: URL
  /** The endpoint's name. */
  readonly name: string
  /** The one served model that the URL reaches; null where it reaches the whole endpoint. */
  readonly served: string | null
}

/**
 * Where the management API describes the endpoint that `url` speaks to. Native paths name it, the OpenAI-compatible ones and the
 * AI Gateway name it in `model`. Null where it cannot be known, and on the host of a route-optimised endpoint, which has
 * no such page. The query is left out: it may be secret.
 */
export function findServingPlace(url: URL, model: string | null): ServingPlace | null {
  if (isRouteOptimized(url)) return null
  const path = trimPath(url)
  const native = readNativePath(url)
  const prefix = native?.prefix ?? BASE.exec(path)?.[1] ?? (path === '' ? '' : null)
  const name = native === null ? model : decodeSegment(native.name)
  if (prefix === null || name === null || !NAME.test(name)) return null
  const managementUrl = replacePath(url, `${prefix}/api/2.0/serving-endpoints/${name}`)
  managementUrl.search = ''
  return { managementUrl, name, served: native?.served == null ? null : decodeSegment(native.served) }
}

/**
 * Where the endpoint's own metrics are. They are asked for and show nothing: all that there is (CPU, memory, requests, latencies,
 * time in the queue) is about the last minute, which no level can be told from.
 */
export function metricsUrls(url: URL, model: string | null): readonly URL[] {
  const place = findServingPlace(url, model)
  return place === null ? [] : [replacePath(place.managementUrl, `${trimPath(place.managementUrl)}/metrics`)]
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
