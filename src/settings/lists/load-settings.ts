import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { readArrivals } from '../values/distributions.ts'
import { allowNone, allowWord, parseDecimal, readCount, readDuration } from '../values/simple.ts'

const group = 'Load'

/** The bounds of one process: with more workers it would measure itself, it cannot send at a higher rate, and no level is measured at a lower one. */
export const MOST_LOAD = { workers: 4096, leastRate: 0.01, rate: 100_000 }

/** The highest replays a trace of a year in an hour, the lowest one of a minute in 17 hours. */
export const SPEEDS = { least: 0.001, most: 10_000 }

/** How hard, how long, and at most how much. */
export const LOAD_SETTINGS = {
  /** A list is in ascending order. */
  concurrency: defineSetting({
    name: 'concurrency',
    group,
    help: 'Levels of the sweep: a list such as 1, 2, 4, 8; or auto: a search for the plateau and, with slo, for the capacity, at most nine levels. Runs with recorded ones to compare with have theirs',
    placeholder: 'LIST',
    default: 'auto',
    common: true,
    file: 'list',
    read: allowWord('auto', readLevels),
  }),
  /** Requests a second, ascending; null: the levels are workers. */
  rate: defineSetting({
    name: 'rate',
    group,
    help: 'Levels of an open loop instead, in requests a second, with turns in conversations that begin: a list such as 5, 10, 20; or auto: a search for what the server carries, with slo inside it. Each request is sent when it is due, and its times count from then',
    placeholder: 'LIST',
    default: null,
    derived: 'a closed loop, by `concurrency`',
    file: 'list',
    read: allowWord(
      'auto',
      readOpenLevels('/s', { least: MOST_LOAD.leastRate, most: MOST_LOAD.rate }, ['requests a second', '5, 10, 20']),
    ),
  }),
  /** A list is in ascending order; used only with a trace. */
  traceSpeed: defineSetting({
    name: 'trace-speed',
    group,
    help: 'Levels of a trace: how many times faster than they came its requests are sent, a list such as 0.5, 1, 2; or auto: a search for what the server carries, with slo inside it, in windows of 30 seconds',
    placeholder: 'LIST',
    default: '1',
    file: 'list',
    read: allowWord('auto', readOpenLevels('x', SPEEDS, ['speeds', '0.5, 1, 2'])),
  }),
  arrivals: defineSetting({
    name: 'arrivals',
    group,
    help: 'When the requests of a rate are due: poisson, as from many users; constant; or gamma(cv), with gaps of that coefficient of variation (above 1: in bursts)',
    placeholder: 'WORD',
    default: 'poisson',
    read: readArrivals,
  }),
  maxInFlight: defineSetting({
    name: 'max-in-flight',
    group,
    help: 'How many requests of a rate or a trace may be under way; those that come due then wait, their time runs, and the level says so',
    placeholder: 'N',
    default: '1024',
    read: readCount({ max: MOST_LOAD.workers }),
  }),
  maxConcurrency: defineSetting({
    name: 'max-concurrency',
    group,
    help: 'Where the search of concurrency: auto ends at the latest; none: where the curve, the server, this machine or a budget says so',
    placeholder: 'N',
    default: 'none',
    read: allowNone(readCount({ max: MOST_LOAD.workers })),
  }),
  passes: defineSetting({
    name: 'passes',
    group,
    help: 'How often every level is measured, at least 2 for an interval; or auto: 3 to 10 times, until what passes differ by is small beside what runs differ by. Runs with another word here are not compared',
    placeholder: 'N',
    default: '3',
    read: allowWord('auto', readCount({ max: 20 })),
  }),
  levelDurationMs: defineSetting({
    name: 'level-duration',
    group,
    help: 'Length of the window of one level in one pass; or auto: 3 to 8 seconds, as the passes before show to be needed (8 with level-requests). Runs with another word here are not compared',
    placeholder: '8s',
    default: 'auto',
    read: allowWord('auto', readDuration({ minMs: 100, maxMs: 3_600_000 })),
  }),
  levelRequests: defineSetting({
    name: 'level-requests',
    group,
    help: 'Counted requests after which a level ends before its time',
    placeholder: 'N',
    default: 'none',
    read: allowNone(readCount({ max: 10_000_000 })),
  }),
  /** Together one group of the history. */
  runs: defineSetting({
    name: 'runs',
    group,
    help: 'Complete runs in one go: together they are one, sharper point of the history',
    placeholder: 'N',
    default: '1',
    read: readCount({ max: 20 }),
  }),
  pauseMs: defineSetting({
    name: 'pause',
    group,
    help: 'Pause between runs, and before a suspected change is looked at again',
    placeholder: '30s',
    default: '30s',
    read: readDuration({ maxMs: 3_600_000 }),
  }),
  warmupRequests: defineSetting({
    name: 'warmup-requests',
    group,
    help: 'Uncounted requests of each worker before the window of each level',
    placeholder: 'N',
    default: '1',
    read: readCount({ min: 0, max: 1000 }),
  }),
  clientThreads: defineSetting({
    name: 'client-threads',
    group,
    help: 'Threads of this client that carry the load: a number, at most one a core; or auto: one a core from the third on, and more where they cannot keep up',
    placeholder: 'N',
    default: 'auto',
    read: allowWord('auto', readCount({ max: 1024 })),
  }),
  maxDurationMs: defineSetting({
    name: 'max-duration',
    group,
    help: 'Budget of time for the levels of one run, preflight, soak and second look not counted; a plan that does not fit is cut and says so',
    placeholder: '15m',
    default: '15m',
    read: allowNone(readDuration({ minMs: 1000, maxMs: 86_400_000 })),
  }),
  maxRequests: defineSetting({
    name: 'max-requests',
    group,
    help: 'Budget of requests for one run, preflight not counted',
    placeholder: 'N',
    default: 'none',
    read: allowNone(readCount()),
  }),
  maxOutputTokens: defineSetting({
    name: 'max-output-tokens',
    group,
    help: 'Budget of output tokens for one run',
    placeholder: 'N',
    default: '2M',
    read: allowNone(readCount({ max: 1_000_000_000_000 })),
  }),
}

/** Reads numbers such as `5, 10, 20` or `0.5 1`, in any order, each with the sign of its kind or without; returns them ascending. */
function readOpenLevels(
  sign: '/s' | 'x',
  { least, most }: { readonly least: number; readonly most: number },
  [what, example]: readonly [what: string, example: string],
): (text: string) => readonly number[] {
  return (text) => {
    const levels = splitWords(text).map((entry) =>
      parseDecimal(entry.endsWith(sign) ? entry.slice(0, -sign.length) : entry),
    )
    if (levels.length === 0 || !levels.every((level) => level !== null && level >= least && level <= most))
      throw new ValueError(`must be auto or ${what}, each from ${least} to ${most}, for example ${example}`)
    return sortOnce(levels as number[])
  }
}

/** Reads `1, 2, 4` or `1 2 4`, in any order; returns them ascending. */
function readLevels(text: string): readonly number[] {
  const entries = splitWords(text)
  const levels = entries.map(Number)
  if (levels.length === 0 || !entries.every((entry) => /^\d+$/.test(entry)) || !levels.every(isLevel)) {
    throw new ValueError(`must be auto or whole numbers from 1 to ${MOST_LOAD.workers}, for example 1, 2, 4, 8`)
  }
  return sortOnce(levels)
}

function splitWords(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '')
}

function sortOnce(levels: readonly number[]): readonly number[] {
  if (new Set(levels).size < levels.length) throw new ValueError('must name each level once')
  return levels.toSorted((a, b) => a - b)
}

function isLevel(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MOST_LOAD.workers
}
