import type { ApiName } from '../../vocabulary/api-names.ts'
import { isAzureHost } from '../apis/azure.ts'
import { barePath, withPath } from '../apis/openai-url.ts'
import { servingPlace } from '../../vendors/databricks/urls.ts'

/** Services of a cloud, and Ollama, have no metrics page to be found. */
const WITHOUT_METRICS: ReadonlySet<ApiName> = new Set(['ollama', 'gemini', 'cohere', 'bedrock'])

/** vLLM and most others; NIM; TensorRT-LLM, whose `/metrics` is of another format. */
const PATHS = ['/metrics', '/v1/metrics', '/prometheus/metrics']

/**
 * Where a server that answers at `url` may have its metrics, the likeliest first: all at the same origin, and under the
 * same path where something in front of it has put it under one. The query is left out: it may be secret.
 */
export function serverMetricsUrls(url: URL, api: ApiName, model: string | null): URL[] {
  if (WITHOUT_METRICS.has(api) || isAzureHost(url)) return []
  if (api === 'databricks') {
    const place = servingPlace(url, model)
    return place === null ? [] : [withPath(place.managementUrl, `${barePath(place.managementUrl)}/metrics`)]
  }
  const prefix = /^(.*?)\/v\d+(\/|$)/.exec(barePath(url))?.[1] ?? ''
  return PATHS.map((path) => {
    const at = withPath(url, prefix + path)
    at.search = ''
    return at
  })
}
