import type { ServerReadings } from '../metrics/level/level-run.ts'
import { readServerMetrics, SERVERS_WITH_METRICS } from '../protocol/server-metrics.ts'
import type { ServerSample } from '../protocol/server-metrics.ts'
import type { Clock, Deadline } from './ports.ts'
import type { Finding } from '../metrics/findings.ts'
import { systemDeadline } from './runtime.ts'
import type { Settings } from '../settings.ts'
import { showUrl } from '../text.ts'
import type { TextAnswer, Target } from './transport/target.ts'
import { getPage } from './transport/target.ts'

/** Where a server's metrics are, if anywhere, and the findings about it. */
interface FoundMetrics {
  readonly metrics: ServerMetrics | null
  readonly findings: readonly Finding[]
}

/** Longest search and longest reading; a reading must not delay a level. */
const LOOK_MS = 3_000
const READ_MS = 1_000

const NONE: FoundMetrics = { metrics: null, findings: [] }

/**
 * Looks for the server's metrics as `server-metrics` says: at a URL, with a finding when nothing can be read there;
 * or at the usual places, without one. Without preflight only a URL is tried.
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

/** Reads a page within `ms`. */
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

/** The metrics that a server has about itself. */
export interface ServerMetrics {
  /** One reading, within about a second; null when there was none. Never rejects. */
  read(signal: AbortSignal): Promise<ServerSample | null>
}

/**
 * The readings of one level: before it; some under full load, because a single moment says little about running and
 * waiting requests; one after the last counted answer but before anything is cancelled, so that the server's sums
 * cover the requests that we know; and one after the level.
 */
export interface LevelReadings {
  /** Reads now and then, from the opening of the window until the load ends. */
  watch(durationMs: number): void
  /** Reads once more under load, then ends the load by `stopping`, even if the reading fails. Further calls do nothing. */
  readLast(): void
  /** Reads after the level, when cancelled requests have left the server; null when that fails. */
  end(): Promise<ServerReadings | null>
}

interface ReadingPorts {
  readonly clock: Clock
  /** Cancels the run. */
  readonly signal: AbortSignal
  /** Ends the load of the level, or has ended it. */
  readonly stopping: AbortController
}

/** How long to wait for cancelled requests to leave the server, and how often to look. */
const LEAVE_MS = 1_000
const LOOK_AGAIN_MS = 100

/**
 * Both sides handle the page on the core that handles the streams. Under load it is read at most once a second, at
 * most this often in a window, and for at most a fiftieth of the time.
 */
const SHORTEST_PAUSE_MS = 1_000
const READINGS_A_WINDOW = 8
const PAUSE_PER_READING = 50

/** Begins with a reading before the level's first connection. Null when there is nothing to read. */
export async function beginReadings(metrics: ServerMetrics, ports: ReadingPorts): Promise<LevelReadings | null> {
  const { clock, signal, stopping } = ports
  const from = clock.now()
  const before = await metrics.read(signal)
  const readMs = clock.now() - from
  if (before === null) return null
  const loaded: ServerSample[] = []
  let last: ServerSample | null = null
  let watching: Promise<void> = Promise.resolve()
  let reading: Promise<void> | null = null
  const watched = new AbortController()
  const ended = AbortSignal.any([watched.signal, stopping.signal])
  return {
    watch(durationMs) {
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, durationMs / READINGS_A_WINDOW, PAUSE_PER_READING * readMs)
      watching = readUntilEnd(pauseMs)
    },
    readLast() {
      reading ??= readWithLoadOn()
    },
    async end() {
      await Promise.all([watching, reading])
      const after = await readIdle(metrics, countRequestsIn(before), clock, signal)
      return after === null ? null : { before, loaded, last, after }
    },
  }

  async function readUntilEnd(pauseMs: number): Promise<void> {
    await clock.sleep(pauseMs / 2, ended)
    while (!ended.aborted) {
      const sample = await metrics.read(signal)
      // A reading during which the load ended says nothing about it.
      if (sample !== null && !stopping.signal.aborted) loaded.push(sample)
      await clock.sleep(pauseMs, ended)
    }
  }

  async function readWithLoadOn(): Promise<void> {
    watched.abort()
    await watching
    if (!stopping.signal.aborted) {
      const sample = await metrics.read(signal)
      if (!stopping.signal.aborted) last = sample
    }
    stopping.abort()
  }
}

/** Reads until the server has no more requests than before the level, but only for a limited time. */
async function readIdle(
  metrics: ServerMetrics,
  idle: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ServerSample | null> {
  const from = clock.now()
  for (;;) {
    const sample = await metrics.read(signal)
    if (sample === null || countRequestsIn(sample) <= idle) return sample
    if (signal.aborted || clock.now() - from >= LEAVE_MS) return sample
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function countRequestsIn({ running, waiting }: ServerSample): number {
  return (running ?? 0) + (waiting ?? 0)
}
