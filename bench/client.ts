/**
 * The client at the limit: ours and a bare Node reader, each in a process of its own, measure a truth server in another one, with 1 to
 * 1,000 streams of a token each 10 ms (TTFT 50 ms), in step and each in its own phase. Each answer is compared with what the server wrote
 * of it, by turns, because a shared machine is slower in one second than in another: a figure is the median of its turns. With one stream all
 * share a core: else the error is that of whether the kernel wakes the client up on the core that writes or on one that sleeps, which takes it
 * .1 ms longer. Beside it: CPU a token (alone: `client-cpu`), memory and start of the committed command, and other clients where their programs are found.
 *
 *   npm run bench -- client --streams 1,10 --seconds 1 --turns 1     fewer, shorter
 */
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { compareWithTruth } from '../src/metrics/self-proof.ts'
import { startTruth } from '../src/simulator/start-truth.ts'
import type { TruthServer } from '../src/simulator/start-truth.ts'
import type { TrueAnswer } from '../src/simulator/truth.ts'
import { GENERATING, readApi } from './support/api-rows.ts'
import { measureMemory, measureStart } from './support/command-cost.ts'
import { CPU_HEADER, measureCpu } from './support/cpu-rows.ts'
import { startOnOneCore } from './support/one-core.ts'
import { measurePeersCpu, PEER_CPU_HEADER } from './support/peer-cpu.ts'
import { PEER_HEADER, runPeersInRows } from './support/peer-rows.ts'
import type { PeerWork } from './support/peers.ts'
import { startReader } from './support/readers.ts'
import type { TimedReader } from './support/readers.ts'
import type { ReadingResult, ReadingTask } from './support/reading.ts'
import { printHead, printRow, printTable, report } from './support/result.ts'
import type { Check } from './support/result.ts'
import { measureUndisturbed } from './support/undisturbed.ts'

const FOR_EVER = new AbortController().signal
const TTFT_MS = 50
const INTERVAL_MS = 10
const OUTPUT_TOKENS = 100
/** Errors that are allowed where a bare reader does no better, and how much more than its where it does not reach them. */
const TTFT_BOUND_MS: Readonly<Record<number, number>> = { 1: 0.3, 10: 0.3, 100: 0.4, 200: 0.5, 500: 1, 1000: 7 }
const TPOT_BOUND: Readonly<Record<number, number>> = { 1: 0.1, 10: 0.1, 100: 0.1, 200: 0.2, 500: 0.5, 1000: 2 }
const OF_BARE = 1.2
/** Of each turn: the median of two answers tells more of the machine than of the client. */
const FEWEST_ANSWERS = 10
/** CPU a token, at these of the streams. */
const CPU_STREAMS = [100, 256, 500]
const CPU_ROUNDS = 4
const CPU_WINDOW_MS = 4_000
const MEMORY_WINDOW_MS = 3_000
/** Of each API. */
const API_STREAMS = 100
const RATE_ERROR = 0.05
const RATE_BOUND = 40_000

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '1,10,100,200,256,500,1000' },
    seconds: { type: 'string', default: '2' },
    turns: { type: 'string', default: '3' },
  },
})
const windowMs = 1000 * Number(values.seconds)
const turns = Number(values.turns)

const WORDS = { free: 'each in its own phase', step: 'in step' } as const
const HEADER = [
  'streams',
  'phases',
  'tokens/s',
  'TTFT error',
  'bare',
  'p99',
  'bare',
  'TPOT error',
  'bare',
  'wrong counts',
  'stolen',
]

/** One client at one number of streams, beside the truth. */
interface Point {
  readonly ttftMs: number
  readonly ttftP99Ms: number
  /** Per cent. */
  readonly tpot: number
  readonly cpuMicroseconds: number
  readonly tokensPerSecond: number
  readonly wrongCounts: number
}

/** A truth server and who reads it, each a process. */
interface Scene {
  readonly truth: TruthServer
  readonly bare: TimedReader
  readonly ours: TimedReader
}

const checks: Check[] = []
const rows: string[][] = []
let highestRate = 0
const streamsAsked = values.streams.split(',').map(Number)
const lone = streamsAsked.includes(1) ? await startOnOneCore(startScene) : null
const scene = await startScene()
const { truth } = scene
try {
  for (const beat of ['free', 'step'] as const) {
    for (const streams of streamsAsked) {
      const shown = streams === 1 ? lone! : scene
      const url = `${shown.truth.origin}/${beat}/${TTFT_MS}/${INTERVAL_MS}`
      const answerMs = TTFT_MS + INTERVAL_MS * (OUTPUT_TOKENS - 1)
      const longMs = Math.max(windowMs, (FEWEST_ANSWERS * answerMs) / streams)
      const work = { url, streams, outputTokens: OUTPUT_TOKENS, answerMs, windowMs: longMs }
      const { bare, ours, stolen } = await measureByTurns(shown, work)
      rows.push([...toRow(streams, beat, ours, bare), `${(100 * stolen).toFixed(1)} %`])
      if (ours.tpot <= 100 * RATE_ERROR) highestRate = Math.max(highestRate, ours.tokensPerSecond)
      checkPoint(`${streams} streams, ${WORDS[beat]}`, streams, ours, bare)
    }
  }
  const how = `TTFT and TPOT errors: p50 against what the server wrote, the median of ${turns} turns; stolen: of the cores' time by the host, at most in a turn`
  printTable(`Beside a bare Node reader (${how})`, HEADER, rows)
  for (const each of [scene, lone]) for (const reader of each === null ? [] : [each.bare, each.ours]) reader.end()
  printHead('CPU a token, by turns with Node readers that only count newlines', CPU_HEADER)
  const cpuStreams = CPU_STREAMS.filter((streams) => streamsAsked.includes(streams))
  const cpuWork = { ttftMs: TTFT_MS, intervalMs: INTERVAL_MS, outputTokens: OUTPUT_TOKENS, windowMs: CPU_WINDOW_MS }
  const study = { ...cpuWork, origin: truth.origin, streams: cpuStreams, rounds: CPU_ROUNDS }
  for await (const { row, checks: ofRow } of measureCpu(study)) {
    printRow(row)
    checks.push(...ofRow)
  }
  console.log('')
  printHead('CPU a token, by turns with other clients', PEER_CPU_HEADER)
  for await (const { row, checks: ofRow } of measurePeersCpu(truth, cpuStreams)) {
    printRow(row)
    checks.push(...ofRow)
  }
  console.log('')
  await truth.readAnswers(FOR_EVER)
  printTable(
    `Every API, ${API_STREAMS} streams each in its own phase (p50, against what its server wrote)`,
    ['API', 'scheme', 'tokens/s', 'TTFT error', 'TPOT error', 'CPU a token', 'wrong counts'],
    await readEveryApi(),
  )
  printHead('Other clients, each in its own phase: what they say, less what the server did', PEER_HEADER)
  for (const streams of streamsAsked) {
    for await (const row of runPeersInRows(workOf(streams), `${streams} streams`, async () =>
      truth.readAnswers(FOR_EVER),
    )) {
      printRow(row)
    }
  }
  console.log('')
  const most = Math.max(...streamsAsked)
  const memory = await measureMemory(`${truth.origin}/free/${TTFT_MS}/${INTERVAL_MS}`, most, MEMORY_WINDOW_MS)
  checks.push(
    {
      what: '40,000 tokens/s, of the highest rate with TPOT within 5 %',
      value: RATE_BOUND / highestRate,
      unit: '×',
      atMost: 1,
    },
    { what: `peak memory of the command, ${most} streams`, value: memory.shortMb, unit: 'MB', atMost: 110 },
    { what: 'the same of a run ten times as long', value: memory.longMb / memory.shortMb, unit: '×', atMost: 1.1 },
  )
} finally {
  await lone?.truth.end()
  await truth.end()
}
const start = await measureStart()
report('The client at the limit', [
  ...checks,
  { what: 'process start to first request', value: start.seconds, unit: 's', atMost: 0.15 },
  { what: 'CPU until then', value: start.cpuSeconds, unit: 's', atMost: 0.3 },
])

/** Starts a server and its readers. */
async function startScene(): Promise<Scene> {
  const [bare, ours] = [startReader('bare'), startReader('plateau')]
  const truth = await startTruth(FOR_EVER)
  // In a run, preflight, self-proof and the first levels have warmed the code up.
  for (const reader of [bare, ours]) {
    const warm = { streams: 100, outputTokens: OUTPUT_TOKENS, answerMs: 1000, windowMs: 3000 }
    await reader.read({ url: `${truth.origin}/free/10/10`, ...warm })
  }
  await truth.readAnswers(FOR_EVER)
  return { truth, bare, ours }
}

/** A row for each API that generates, plain and over TLS. */
async function readEveryApi(): Promise<string[][]> {
  const apiRows: string[][] = []
  const played = { ttftMs: TTFT_MS, intervalMs: INTERVAL_MS }
  const answerMs = TTFT_MS + INTERVAL_MS * (OUTPUT_TOKENS - 1)
  const work = { streams: API_STREAMS, outputTokens: OUTPUT_TOKENS, answerMs, windowMs: Math.min(windowMs, 1000) }
  for (const api of GENERATING) {
    for (const scheme of ['http', 'https'] as const) {
      const ours = await readApi({ ...played, api }, scheme, async (where, readAnswers) =>
        comparePoint(await readAlone({ ...work, ...where }), await readAnswers()),
      )
      const { ttftMs, tpot, cpuMicroseconds, tokensPerSecond, wrongCounts } = ours
      const [rate, ttft] = [Math.round(tokensPerSecond).toLocaleString('en'), `${ttftMs.toFixed(2)} ms`]
      const figures = [`${tpot.toPrecision(2)} %`, `${cpuMicroseconds.toFixed(1)} µs`, String(wrongCounts)]
      apiRows.push([api, scheme, rate, ttft, ...figures])
      checks.push({ what: `wrong counts, ${api}, ${scheme}`, value: wrongCounts, unit: '', atMost: 0 })
    }
  }
  return apiRows
}

/** Three answers of each stream. */
function workOf(streams: number): PeerWork {
  return {
    origin: truth.origin,
    path: `/free/${TTFT_MS}/${INTERVAL_MS}`,
    model: 'truth',
    load: { kind: 'closed', streams },
    requests: Math.max(5, 3 * streams),
    inputTokens: 32,
    outputTokens: OUTPUT_TOKENS,
  }
}

/** Both clients, of which each begins every other turn; and the largest share of a turn's time that was stolen. */
async function measureByTurns(
  readers: Scene,
  task: ReadingTask,
): Promise<{ readonly bare: Point; readonly ours: Point; readonly stolen: number }> {
  const [bare, ours]: [Point[], Point[]] = [[], []]
  let most = 0
  for (let turn = 0; turn < turns; turn++) {
    const { result, stolen } = await measureUndisturbed(async () => {
      const first = await measure(readers.truth, turn % 2 === 0 ? readers.bare : readers.ours, task)
      const second = await measure(readers.truth, turn % 2 === 0 ? readers.ours : readers.bare, task)
      return turn % 2 === 0 ? [first, second] : [second, first]
    })
    bare.push(result[0]!)
    ours.push(result[1]!)
    most = Math.max(most, stolen)
  }
  return { bare: joinTurns(bare), ours: joinTurns(ours), stolen: most }
}

/** The median of each figure; no turn may count wrong. */
function joinTurns(points: readonly Point[]): Point {
  const medianOf = (take: (point: Point) => number): number => median(points.map(take))
  return {
    ttftMs: medianOf(({ ttftMs }) => ttftMs),
    ttftP99Ms: medianOf(({ ttftP99Ms }) => ttftP99Ms),
    tpot: medianOf(({ tpot }) => tpot),
    cpuMicroseconds: medianOf(({ cpuMicroseconds }) => cpuMicroseconds),
    tokensPerSecond: medianOf(({ tokensPerSecond }) => tokensPerSecond),
    wrongCounts: points.reduce((total, { wrongCounts }) => total + wrongCounts, 0),
  }
}

async function measure(server: TruthServer, reader: TimedReader, task: ReadingTask): Promise<Point> {
  const reading = await reader.read(task)
  return comparePoint(reading, await server.readAnswers(FOR_EVER))
}

/** In a process of its own, which is warmed up by a few streams. */
async function readAlone(task: ReadingTask): Promise<ReadingResult> {
  const reader = startReader('plateau')
  try {
    await reader.read({ ...task, streams: 32, windowMs: 300 })
    return await reader.read(task)
  } finally {
    reader.end()
  }
}

/** What the client was off by, and what it cost. */
function comparePoint(reading: ReadingResult, sent: readonly TrueAnswer[]): Point {
  const { answers, tokens, seconds, cpuMicroseconds, failed } = reading
  // The span of one of these answers.
  const lone = { latencyMs: INTERVAL_MS * OUTPUT_TOKENS, outputTokens: OUTPUT_TOKENS }
  const errors = compareWithTruth(answers, sent, { streams: 1, lone })
  if (errors === null) throw new Error('no answer could be compared')
  const truth = new Map(sent.map(({ requestId, outputTokens }) => [requestId, outputTokens]))
  const wrong = answers.filter(({ requestId, outputTokens }) => truth.get(requestId) !== outputTokens)
  return {
    ttftMs: errors.ttftErrorMs.p50,
    ttftP99Ms: errors.ttftErrorMs.p99,
    tpot: 100 * errors.tpotError!.p50,
    cpuMicroseconds: cpuMicroseconds / tokens,
    tokensPerSecond: tokens / seconds,
    wrongCounts: failed + wrong.length,
  }
}

function toRow(streams: number, beat: keyof typeof WORDS, ours: Point, bare: Point): string[] {
  const ms = (value: number): string => `${value.toFixed(2)} ms`
  const percent = (value: number): string => `${value.toPrecision(2)} %`
  return [
    streams.toLocaleString('en'),
    WORDS[beat],
    Math.round(ours.tokensPerSecond).toLocaleString('en'),
    ms(ours.ttftMs),
    ms(bare.ttftMs),
    ms(ours.ttftP99Ms),
    ms(bare.ttftP99Ms),
    percent(ours.tpot),
    percent(bare.tpot),
    String(ours.wrongCounts),
  ]
}

function checkPoint(where: string, streams: number, ours: Point, bare: Point): void {
  const [ttft, tpot] = [TTFT_BOUND_MS[streams], TPOT_BOUND[streams]]
  if (ttft !== undefined) {
    const atMost = Math.max(ttft, OF_BARE * bare.ttftMs)
    checks.push({ what: `TTFT error p50, ${where}`, value: ours.ttftMs, unit: 'ms', atMost })
  }
  if (tpot !== undefined) {
    const atMost = Math.max(tpot, OF_BARE * bare.tpot)
    checks.push({ what: `TPOT error p50, ${where}`, value: ours.tpot, unit: '%', atMost })
  }
  checks.push({ what: `wrong counts, ${where}`, value: ours.wrongCounts, unit: '', atMost: 0 })
}
