import { isRouteOptimised } from '../../settings/known-hosts.ts'
import { barePath, taskOfPath, withPath } from '../../protocol/apis/openai-url.ts'

const NATIVE = /^(.*)\/serving-endpoints\/([^/]+)(\/served-models\/([^/]+))?(\/invocations)?$/
const BASE = /^(.*?)\/(serving-endpoints|ai-gateway)(\/.*)?$/

/** Names of serving endpoints; anything else would change the path. */
const NAME = /^(?!\.+$)[\w.-]{1,200}$/

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
export function servingPlace(url: URL, model: string | null): ServingPlace | null {
  if (isRouteOptimised(url)) return null
  const path = barePath(url)
  const native = taskOfPath(url) === null ? NATIVE.exec(path) : null
  const named = native !== null && native[2] !== 'responses' ? native : null
  const prefix = named?.[1] ?? BASE.exec(path)?.[1] ?? (path === '' ? '' : null)
  const name = named === null ? model : decoded(named[2]!)
  if (prefix === null || name === null || !NAME.test(name)) return null
  const managementUrl = withPath(url, `${prefix}/api/2.0/serving-endpoints/${name}`)
  managementUrl.search = ''
  return {
    managementUrl,
    name,
    served: named?.[4] === undefined ? null : decoded(named[4]),
  }
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
