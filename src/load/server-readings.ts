import type { ServerReadings } from '../metrics/level-run.ts'
import { readServerMetrics, SERVERS_WITH_METRICS } from '../protocol/servers/server-metrics.ts'
import type { ServerSample } from '../protocol/servers/server-metrics.ts'
import type { Clock, Deadline } from './ports.ts'
import type { Finding } from '../metrics/findings.ts'
import { systemDeadline } from './clock.ts'
import type { Settings } from '../settings.ts'
import { showUrl } from '../text.ts'
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

/** The metrics that a server has about itself. */
export interface ServerMetrics {
  /** One reading, within about a second; null when there was none. Never rejects. */
  read(signal: AbortSignal): Promise<ServerSample | null>
}

/**
 * The readings of one level, taken one after another: before it; a few while its load is full, because one moment says little of how
 * many requests run and wait; with the load still on when the last counted answer has ended and nothing is cancelled yet, so that the
 * server's sums are of the requests that we know; and when the level has ended.
 */
export interface LevelReadings {
  /** Reads now and then from here on, until the load ends: the window has opened. */
  watch(durationMs: number): void
  /**
   * Reads while the load is still on, then ends it by `stopping`, at the latest when the reading fails. Further calls change
   * nothing.
   */
  readLast(): void
  /** Reads when the level has ended and the requests that were cancelled have left the server; null when that fails. */
  end(): Promise<ServerReadings | null>
}

export interface ReadingPorts {
  readonly clock: Clock
  /** Cancels the run. */
  readonly signal: AbortSignal
  /** Ends the load of the level, or has ended it. */
  readonly stopping: AbortController
}

/** How long requests that were cancelled are waited for, and how often it is looked whether they have left. */
const LEAVE_MS = 1_000
const LOOK_AGAIN_MS = 100

/**
 * The server writes its page on the core that serves the streams, and we read it on the one that takes their time: under load it is
 * asked for once a second at most, so often in a window, and only a fiftieth of the time.
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
      // What was read while the load went away says nothing about it.
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
    if (sample === null || countRequestsIn(sample) <= idle) return sample
    if (signal.aborted || clock.now() - from >= LEAVE_MS) return sample
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function countRequestsIn({ running, waiting }: ServerSample): number {
  return (running ?? 0) + (waiting ?? 0)
}
