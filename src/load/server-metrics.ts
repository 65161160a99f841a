import type { Finding } from '../metrics/findings.ts'
import type { ServerReadings } from '../metrics/level-run.ts'
import { systemDeadline } from './clock.ts'
import type { Clock, Deadline } from './ports.ts'
import { readServerMetrics, SERVERS_WITH_METRICS } from '../protocol/servers/server-metrics.ts'
import type { ServerSample } from '../protocol/servers/server-metrics.ts'
import type { Settings } from '../settings.ts'
import { showUrl } from '../text.ts'
import type { TextAnswer } from './transport/ask.ts'
import { getPage } from './transport/target.ts'
import type { Target } from './transport/target.ts'

/** The metrics that a server has about itself. */
export interface ServerMetrics {
  /** One reading, within about a second; null when there was none. Never rejects. */
  read(signal: AbortSignal): Promise<ServerSample | null>
}

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
 * Looks for the server's metrics, as `server-metrics` says: at a URL, which is a finding when nothing can be read there; or
 * where servers have them, which is no news when there are none. Without preflight nothing is looked for.
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
      if ((await look(get, url, signal)) === null) return found(get, url)
    }
    return NONE
  }
  const fault = await look(get, serverMetrics, signal)
  if (fault === null) return found(get, serverMetrics)
  const message = `GET ${showUrl(serverMetrics)} ${fault}`
  return { metrics: null, findings: [{ code: 'server-metrics-unread', message }] }
}

/** Reads a page within so many milliseconds. */
type Get = (url: URL, ms: number, signal: AbortSignal) => Promise<TextAnswer | null>

function found(get: Get, url: URL): FoundMetrics {
  const read = async (signal: AbortSignal): Promise<ServerSample | null> => {
    const page = await get(url, READ_MS, signal)
    return page?.status === 200 ? readServerMetrics(page.text) : null
  }
  return { metrics: { read }, findings: [] }
}

/** What is wrong with a page of metrics, in words; null when nothing is. */
async function look(get: Get, url: URL, signal: AbortSignal): Promise<string | null> {
  const page = await get(url, LOOK_MS, signal)
  if (page === null) return 'was not answered.'
  if (page.status !== 200) return `was answered with ${page.status}.`
  return readServerMetrics(page.text) === null
    ? `has no metrics of a server that is known (${SERVERS_WITH_METRICS.join(', ')}).`
    : null
}

/** The readings of one level, taken one after another and never while a counted request is in flight. */
export interface LevelReadings {
  /**
   * Reads while the load is still on, then ends it by `stopping`, at the latest when the reading fails. Further calls change
   * nothing.
   */
  readLoaded(stopping: AbortController): void
  /** Reads when the level has ended and the requests that were cancelled have left the server; null when that fails. */
  end(): Promise<ServerReadings | null>
}

/** How long requests that were cancelled are waited for, and how often it is looked whether they have left. */
const LEAVE_MS = 1_000
const LOOK_AGAIN_MS = 100

/** Begins with a reading before the level's first connection. Null when there is nothing to read. */
export async function beginReadings(
  metrics: ServerMetrics,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<LevelReadings | null> {
  const before = await metrics.read(signal)
  if (before === null) return null
  let loaded: ServerSample | null = null
  let reading: Promise<void> | null = null
  return {
    readLoaded(stopping) {
      reading ??= metrics.read(signal).then((sample) => {
        // What was read while the load went away says nothing about either.
        if (!stopping.signal.aborted) loaded = sample
        stopping.abort()
      })
    },
    async end() {
      await reading
      const after = await readIdle(metrics, requestsIn(before), clock, signal)
      return after === null ? null : { before, loaded, after }
    },
  }
}

/** Reads until no more requests are in the server than before the level, or waiting for that has lasted long enough. */
async function readIdle(
  metrics: ServerMetrics,
  idle: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ServerSample | null> {
  const from = clock.now()
  for (;;) {
    const sample = await metrics.read(signal)
    if (sample === null || requestsIn(sample) <= idle) return sample
    if (signal.aborted || clock.now() - from >= LEAVE_MS) return sample
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function requestsIn({ running, waiting }: ServerSample): number {
  return (running ?? 0) + (waiting ?? 0)
}
