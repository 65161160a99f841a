import { seedRandom, drawNormal } from '../../src/random.ts'
import { buildSeries } from '../../src/report/series.ts'
import { encodeHistory } from '../../src/report/history-codec.ts'
import { HISTORY_SCHEMA } from '../../src/report/history.ts'
import type { HistoryEntry, HistoryRow, RowLevel } from '../../src/report/history.ts'
import type { Given } from '../../src/settings/setting.ts'
import { resolveAtOnce } from './run-settings.ts'
import type { FakeGithub } from './fake-github/server.ts'
import type { Run } from './fake-github/state.ts'
import { virtualServer } from './virtual/servers.ts'
import type { Trouble } from './virtual/servers.ts'

/** The engine of these tests. */
const OVERHEAD_MS = 60
const DECODE_MS = 10
const OUTPUT_TOKENS = 8

/** The flags of its server. */
export const SERVER =
  `--overhead ${OVERHEAD_MS}ms --prefill-per-1000-tokens 1ms --decode ${DECODE_MS}ms --decode-per-sequence 0ms --jitter 1%`.split(
    ' ',
  )

/** The endpoint of these tests, in virtual time; `flags` of `plateau simulate` change it. */
export function endpoint(...flags: string[]): string {
  return virtualServer([...SERVER, ...flags])
}

/** The same endpoint with trouble. */
export function troubledEndpoint(trouble: Trouble): string {
  return virtualServer(SERVER, trouble)
}

/** Inputs of a short run against it. */
export const SHORT_INPUTS: Readonly<Record<string, string>> = {
  name: 'llama-8b',
  'api-key': 'sk-test-0123456789',
  concurrency: '1',
  passes: '2',
  'level-requests': '4',
  preflight: 'false',
  'self-proof': 'false',
  'input-tokens': '40',
  'output-tokens': String(OUTPUT_TOKENS),
  pause: '0s',
  confirm: '1',
  tolerance: '30%',
}

/** Inputs without a second look. An empty input is one that is not given. */
export const NO_SECOND_LOOK = { confirm: '0', pause: '' }

export interface RecordedRuns {
  /** Inputs that differ from `SHORT_INPUTS`: they make another series. */
  readonly inputs?: Readonly<Record<string, string>>
  readonly runs?: number
  /** Standard deviation between runs, as a fraction. */
  readonly spread?: number
  /** Factor on all times. */
  readonly slowdown?: number
  /** Days before now of the newest run. */
  readonly newestDaysAgo?: number
  /** First of the run ids, which follow each other. */
  readonly firstRunId?: number
  /** Commits of the runs, oldest first; null when there are fewer. */
  readonly shas?: readonly string[]
  readonly servedModel?: string
  readonly verdict?: HistoryEntry['verdict']
  readonly segments?: HistoryEntry['segments']
  readonly levels?: readonly number[]
}

/** Runs of the default branch as this engine would have been measured, a day apart, the newest last. */
export function recordedRuns(recorded: RecordedRuns = {}): HistoryEntry[] {
  const { inputs = {}, runs = 8, spread = 0.03, slowdown = 1, newestDaysAgo = 1, firstRunId = 100 } = recorded
  const settings = settingsOf({ ...SHORT_INPUTS, ...inputs })
  const series = buildSeries({ settings, api: 'openai-chat', task: 'chat' })
  const random = seedRandom(`${firstRunId}`)
  const levels = recorded.levels ?? (settings.concurrency === 'auto' ? [1, 2, 4] : settings.concurrency)
  return Array.from({ length: runs }, (_, i): HistoryEntry => {
    const factor = slowdown * Math.exp(spread * drawNormal(random))
    const startedAt = new Date(Date.now() - (newestDaysAgo + runs - 1 - i) * 86_400_000).toISOString()
    const row: HistoryRow = {
      startedAt,
      series,
      context: {
        host: '127.0.0.1:1',
        endpointLabel: settings.endpointLabel,
        model: recorded.servedModel ?? 'simulated-model',
        servedModel: recorded.servedModel ?? 'simulated-model',
        runner: { environment: 'github-hosted', os: process.platform, arch: process.arch, cpuCount: 2 },
        node: process.versions.node,
      },
      levels: levels.map((concurrency) => toRowLevel(concurrency, factor, Number(settings.passes))),
      throughputMetric: 'outputTokensPerSecond',
      plateauState: 'not-reached',
      within: null,
      traits: { tokenSource: 'usage', buffered: false, reasoning: false },
    }
    const source: HistoryEntry['source'] = {
      sha: recorded.shas?.[i] ?? null,
      ref: 'main',
      runId: String(firstRunId + i),
      attempt: 1,
      event: 'push',
      url: `https://github.com/acme/serving/actions/runs/${firstRunId + i}`,
    }
    return { row, source, verdict: recorded.verdict ?? 'no-change-seen', segments: recorded.segments ?? {} }
  })
}

/** Puts a history where a push to the default branch leaves it; returns that run. */
export function addHistory(
  github: FakeGithub,
  entries: readonly HistoryEntry[],
  { run = github.addRun(), name = 'llama-8b' }: { run?: Run; name?: string } = {},
): Run {
  github.addArtifact({ run, name: `plateau-${name}-history`, files: { 'history.json': historyText(entries) } })
  return run
}

/** The text of a history artifact. */
export function historyText(entries: readonly HistoryEntry[]): string {
  return encodeHistory({ schema: HISTORY_SCHEMA, entries })
}

function toRowLevel(concurrency: number, factor: number, passes: number): RowLevel {
  const tpot = DECODE_MS * factor
  // With company a request waits for half a step on average.
  const ttft = (OVERHEAD_MS + (concurrency > 1 ? DECODE_MS / 2 : 0)) * factor
  const latency = ttft + (OUTPUT_TOKENS - 1) * tpot
  const throughput = (1000 * concurrency * OUTPUT_TOKENS) / latency
  const figures = { 'ttft-p50': ttft, 'tpot-p50': tpot, 'latency-p50': latency, throughput }
  const pass = { ok: 3 * concurrency, failed: 0, figures }
  return { concurrency, valid: true, state: 'ok', tails: {}, passes: Array.from({ length: passes }, () => pass) }
}

function settingsOf(inputs: Readonly<Record<string, string>>) {
  const given = Object.entries(inputs)
    .filter(([, text]) => text !== '')
    .map(([name, text]): [string, Given] => [name, { text, source: 'input', where: null }])
  return resolveAtOnce({
    inputs: new Map([...given, ['endpoint', { text: 'http://127.0.0.1:1', source: 'input', where: null }]]),
    env: {},
    readFile: (path) => {
      throw new Error(`no file ${path}`)
    },
    defaults: { baseline: { kind: 'artifact' }, name: null },
  }).settings
}
