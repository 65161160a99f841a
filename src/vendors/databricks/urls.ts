import { isOpenAiResponses } from '../../protocol/apis/openai-responses.ts'
import { trimPath, replacePath, taskOfPath } from '../../protocol/apis/request.ts'

const HOST = /(^|\.)(databricks\.(com|us|mil)|azuredatabricks\.net|databricks\.azure\.(us|cn))$/
const ROUTE_OPTIMISED_HOST = /\.serving\.((cloud|gcp)\.databricks\.com|azuredatabricks\.net)$/

/** First segments of the paths of a workspace that lead to models. */
export const PATHS = ['serving-endpoints', 'ai-gateway'] as const
/** Matches a URL or path with one of them. */
export const PATH = new RegExp(`/(${PATHS.join('|')})(/|$)`)
const BASE = new RegExp(`^(.*?)/(${PATHS.join('|')})(/.*)?$`)
const NATIVE = /^(.*)\/serving-endpoints\/([^/]+)(\/served-models\/([^/]+))?(\/invocations)?$/

/** Names of serving endpoints; other texts would change the path. */
const NAME = /^(?!\.+$)[\w.-]{1,200}$/

/** Whether the host is one of Databricks'. */
export function isDatabricksHost({ hostname }: URL): boolean {
  return HOST.test(hostname)
}

/** Whether the URL has the host or the paths of a Databricks workspace. */
export function isDatabricks(endpoint: URL): boolean {
  return isDatabricksHost(endpoint) || PATH.test(endpoint.pathname)
}

/** Whether the host is that of a route-optimised endpoint. Its workspace gives out tokens, it does not. */
export function isRouteOptimized({ hostname }: URL): boolean {
  return ROUTE_OPTIMISED_HOST.test(hostname)
}

/** What a native path (`/serving-endpoints/<name>`, with or without `/served-models/<served>` and `/invocations`) names. */
interface NativePath {
  /** The path before it. */
  readonly prefix: string
  /** Percent-encoded, as in the path. */
  readonly name: string
  /** The one served model that it reaches; null for the whole endpoint. */
  readonly served: string | null
}

/** The parts of a native path; null for other paths, such as those of OpenAI's APIs. */
export function readNativePath(endpoint: URL): NativePath | null {
  if (taskOfPath(endpoint) !== null || isOpenAiResponses(endpoint)) return null
  const [, prefix, name, , served] = NATIVE.exec(trimPath(endpoint)) ?? []
  return prefix === undefined || name === undefined ? null : { prefix, name, served: served ?? null }
}

/** The serving endpoint that the URL of a request belongs to. */
export interface ServingPlace {
  /** Where the management API describes the endpoint. */
  readonly managementUrl: URL
  /** The endpoint's name. */
  readonly name: string
  /** The one served model that the URL reaches; null for the whole endpoint. */
  readonly served: string | null
}

/**
 * Where the management API describes the endpoint behind `url`. Native paths name it; with the OpenAI-compatible ones
 * and the AI Gateway, `model` does. Null when it is not known, and on the host of a route-optimised endpoint, which
 * has no such page. The query is left out, because it may be secret.
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
 * Where the endpoint's own metrics are. They are requested but not evaluated: all of them (CPU, memory, requests,
 * latencies, time in the queue) are about the last minute, which does not show single levels.
 */
export function listMetricsUrls(url: URL, model: string | null): readonly URL[] {
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
