import type { Finding } from '../metrics/findings.ts'
import { systemDeadline } from './clock.ts'
import type { Deadline } from './ports.ts'
import { readServerMetrics, SERVERS_WITH_METRICS } from '../protocol/servers/server-metrics.ts'
import type { ServerSample } from '../protocol/servers/server-metrics.ts'
import type { Settings } from '../settings.ts'
import { showUrl } from '../text.ts'
import type { ServerMetrics } from './server-readings.ts'
import type { TextAnswer } from './transport/ask.ts'
import { getPage } from './transport/target.ts'
import type { Target } from './transport/target.ts'

/** Where a server's metrics are, if anywhere, and what is to be said about it. */
export interface FoundMetrics {
  readonly metrics: ServerMetrics | null
  readonly findings: readonly Finding[]
}

/** Looking for them may take longer than reading them: somebody waits for a reading. */
const LOOK_MS = 3_000
const READ_MS = 1_000

const NONE: FoundMetrics = { metrics: null, findings: [] }

/**
 * Looks for the server's metrics, as `server-metrics` says: at a URL, which is a finding when nothing can be read there; or where servers
 * have them, and then it is not reported when there are none. Without preflight nothing is looked for.
 */
export async function findServerMetrics(
  settings: Settings,
  target: Target,
  signal: AbortSignal,
  deadline: Deadline = systemDeadline,
): Promise<FoundMetrics> {
  const { serverMetrics, preflight } = settings
  if (serverMetrics === 'off') return NONE
  const get: Get = async (url, ms, asked) => getPage(settings, target, url, AbortSignal.any([asked, deadline(ms)]))
  if (serverMetrics === 'auto') {
    if (!preflight) return NONE
    const urls = target.api.metricsUrls?.(target.url, settings.model ?? target.dialect.model) ?? []
    for (const url of urls) {
      if ((await findFault(get, url, signal)) === null) return openMetricsAt(get, url)
    }
    return NONE
  }
  const fault = await findFault(get, serverMetrics, signal)
  if (fault === null) return openMetricsAt(get, serverMetrics)
  const message = `GET ${showUrl(serverMetrics)} ${fault}`
  return { metrics: null, findings: [{ code: 'server-metrics-unread', message }] }
}

/** Reads a page within so many milliseconds. */
type Get = (url: URL, ms: number, signal: AbortSignal) => Promise<TextAnswer | null>

function openMetricsAt(get: Get, url: URL): FoundMetrics {
  const read = async (signal: AbortSignal): Promise<ServerSample | null> => {
    const page = await get(url, READ_MS, signal)
    return page?.status === 200 ? readServerMetrics(page.text) : null
  }
  return { metrics: { read }, findings: [] }
}

/** What is wrong with a page of metrics, in words; null when nothing is. */
async function findFault(get: Get, url: URL, signal: AbortSignal): Promise<string | null> {
  const page = await get(url, LOOK_MS, signal)
  if (page === null) return 'was not answered.'
  if (page.status !== 200) return `was answered with ${page.status}.`
  return readServerMetrics(page.text) === null
    ? `has no metrics of a server that is known (${SERVERS_WITH_METRICS.join(', ')}).`
    : null
}
