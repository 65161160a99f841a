import { isAzureHost } from '../apis/azure.ts'
import { barePath, withPath } from '../apis/openai-url.ts'

/** vLLM and most others; NIM; TensorRT-LLM, whose `/metrics` is of another format. */
const PATHS = ['/metrics', '/v1/metrics', '/prometheus/metrics']

/**
 * Where a server that answers at `url` may have its metrics, the likeliest first: all at the same origin, and under the
 * same path where something in front of it has put it under one. The query is left out: it may be secret.
 */
export function serverMetricsUrls(url: URL): readonly URL[] {
  // A service of a cloud has none to be found.
  if (isAzureHost(url)) return []
  const prefix = /^(.*?)\/v\d+(\/|$)/.exec(barePath(url))?.[1] ?? ''
  return PATHS.map((path) => {
    const at = withPath(url, prefix + path)
    at.search = ''
    return at
  })
}
