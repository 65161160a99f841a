/** CPU a token of our client in parts of a bare reader's, of the same streams. */
import type { ReadingResult, ReadingTask } from './reading.ts'
import { startReader } from './readers.ts'
import type { TimedReader } from './readers.ts'
import type { Check } from './result.ts'

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

export const CPU_HEADER = ['streams', 'phases', 'tokens/s', 'ours', 'bare', 'ratio', 'lowest', 'highest']

const PHASES = { free: 'own', step: 'in step' } as const
const AT_MOST = 1.25
/** Until V8 has compiled what runs for each token and each request. */
const WARM_UP = { streams: 256, windowMs: 5_000 }

/**
 * A row for each number of streams and each kind of phases, as it is known, and a check. Each client is a process that lasts, warmed up by
 * the same load; both read by turns, because this machine's speed changes, and the ratio is that of all turns together: the median of a few goes up and down with single ones. CPU is that of
 * the whole process over the window alone, its other threads (collections of garbage, compilers) included.
 */
export async function* measureCpu(study: CpuStudy): AsyncGenerator<{ row: string[]; check: Check }> {
  const readers = [startReader('bare'), startReader('plateau', study.execArgv)] as const
  try {
    for (const reader of readers) {
      for (const beat of ['free', 'step'] as const) await reader.read({ ...taskOf(study, beat, 256), ...WARM_UP })
    }
    for (const beat of ['free', 'step'] as const) {
      for (const streams of study.streams) yield await compare(readers, study, beat, streams)
    }
  } finally {
    for (const reader of readers) reader.end()
  }
}

async function compare(
  [bareReader, ourReader]: readonly [TimedReader, TimedReader],
  study: CpuStudy,
  beat: keyof typeof PHASES,
  streams: number,
): Promise<{ row: string[]; check: Check }> {
  const task = taskOf(study, beat, streams)
  const [bare, ours]: [ReadingResult[], ReadingResult[]] = [[], []]
  const readBare = async (): Promise<unknown> => bare.push(await bareReader.read(task))
  for (let round = 0; round < study.rounds; round++) {
    // Each begins every other round.
    if (round % 2 === 0) await readBare()
    ours.push(await ourReader.read(task))
    if (round % 2 === 1) await readBare()
  }
  const ratio = costOf(ours) / costOf(bare)
  const ratios = ours.map((turn, round) => costOf([turn]) / costOf([bare[round]!]))
  const rate = sum(ours, ({ tokens }) => tokens) / sum(ours, ({ seconds }) => seconds)
  return {
    row: [
      String(streams),
      PHASES[beat],
      Math.round(rate).toLocaleString('en'),
      `${costOf(ours).toFixed(2)} µs`,
      `${costOf(bare).toFixed(2)} µs`,
      ...[ratio, Math.min(...ratios), Math.max(...ratios)].map((each) => each.toFixed(2)),
    ],
    check: {
      what: `CPU a token over the bare reader, ${streams} streams, phases ${PHASES[beat]}`,
      value: ratio,
      unit: '×',
      atMost: AT_MOST,
    },
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
