/** CPU a token of our client in parts of what readers that only count newlines take, of the same streams. */
import type { ReaderName, ReadingResult, ReadingTask } from './reading.ts'
import { startReader } from './readers.ts'
import type { TimedReader } from './readers.ts'
import type { Check } from './result.ts'
import { measureUndisturbed } from './undisturbed.ts'

/** What is measured, by turns. */
export interface CpuStudy {
  /** Of the truth server. */
  readonly origin: string
  readonly streams: readonly number[]
  readonly ttftMs: number
  readonly intervalMs: number
  readonly outputTokens: number
  readonly windowMs: number
  readonly rounds: number
  /** For Node, where our client is to be profiled. */
  readonly execArgv?: readonly string[]
}

interface CheckedRow {
  readonly row: string[]
  readonly checks: Check[]
}

export const CPU_HEADER = ['streams', 'phases', 'tokens/s', 'ours', 'plain', 'bare', 'ours / plain', 'ours / bare']

const PHASES = { free: 'own', step: 'in step' } as const
const AT_MOST = 1.25
/** Until V8 has compiled what runs for each token and each request. */
const WARM_UP = { streams: 256, windowMs: 5_000 }

/**
 * A row for each number of streams and each kind of phases, as it is known, and its checks. Each client is a process that lasts, warmed up by
 * the same load; all read by turns, because this machine's speed changes, and a ratio is that of all turns together: the median of a few goes
 * up and down with single ones. CPU is that of the whole process over the window alone, its other threads (collections of garbage, compilers)
 * included.
 */
export async function* measureCpu(study: CpuStudy): AsyncGenerator<CheckedRow> {
  const readers = {
    plain: startReader('plain'),
    bare: startReader('bare'),
    plateau: startReader('plateau', study.execArgv),
  }
  try {
    for (const reader of Object.values(readers)) {
      for (const beat of ['free', 'step'] as const) await reader.read({ ...taskOf(study, beat, 256), ...WARM_UP })
    }
    for (const beat of ['free', 'step'] as const) {
      for (const streams of study.streams) yield await compare(readers, study, beat, streams)
    }
  } finally {
    for (const reader of Object.values(readers)) reader.end()
  }
}

async function compare(
  readers: Readonly<Record<ReaderName, TimedReader>>,
  study: CpuStudy,
  beat: keyof typeof PHASES,
  streams: number,
): Promise<CheckedRow> {
  const task = taskOf(study, beat, streams)
  const turns: Record<ReaderName, ReadingResult[]> = { plain: [], bare: [], plateau: [] }
  const names = Object.keys(turns) as ReaderName[]
  for (let round = 0; round < study.rounds; round++) {
    const { result } = await measureUndisturbed(async () => {
      const read: [ReaderName, ReadingResult][] = []
      // Who begins a round ends the next one.
      for (const name of round % 2 === 0 ? names : names.toReversed()) read.push([name, await readers[name].read(task)])
      return read
    })
    for (const [name, turn] of result) turns[name].push(turn)
  }
  const ours = turns.plateau
  const rate = sum(ours, ({ tokens }) => tokens) / sum(ours, ({ seconds }) => seconds)
  const ratioTo = (name: ReaderName): number => costOf(ours) / costOf(turns[name])
  const check = (name: ReaderName): Check => ({
    what: `CPU a token over the ${name} reader, ${streams} streams, phases ${PHASES[beat]}`,
    value: ratioTo(name),
    unit: '×',
    atMost: AT_MOST,
  })
  return {
    row: [
      String(streams),
      PHASES[beat],
      Math.round(rate).toLocaleString('en'),
      ...[ours, turns.plain, turns.bare].map((each) => `${costOf(each).toFixed(2)} µs`),
      ratioTo('plain').toFixed(2),
      ratioTo('bare').toFixed(2),
    ],
    checks: [check('plain'), check('bare')],
  }
}

function taskOf(study: CpuStudy, beat: keyof typeof PHASES, streams: number): ReadingTask {
  const { origin, ttftMs, intervalMs, outputTokens, windowMs } = study
  return {
    url: `${origin}/${beat}/${ttftMs}/${intervalMs}`,
    streams,
    outputTokens,
    answerMs: ttftMs + intervalMs * (outputTokens - 1),
    windowMs,
  }
}

/** CPU a token over some turns, in microseconds. */
function costOf(turns: readonly ReadingResult[]): number {
  return sum(turns, ({ cpuMicroseconds }) => cpuMicroseconds) / sum(turns, ({ tokens }) => tokens)
}

function sum(turns: readonly ReadingResult[], take: (turn: ReadingResult) => number): number {
  return turns.reduce((total, turn) => total + take(turn), 0)
}
