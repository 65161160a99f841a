/**
 * Whole runs of the command that search for their levels, in virtual time against the simulated engine, beside runs over ladders that
 * somebody wrote who knew the answer: knee and capacity against the closed form, and the time of one against the other.
 */
import { runCommand } from '../../src/commands/run.ts'
import { decodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { kneeConcurrency, plateauTokensPerSecond } from '../../src/simulator/engine/closed-form.ts'
import { findSteadyState } from '../../test/support/closed-form.ts'
import { ENGINE_DEFAULTS } from '../../src/simulator/engine/engine.ts'
import type { EngineOptions } from '../../src/simulator/engine/engine.ts'
import { playCommand } from '../../test/support/virtual/play.ts'
import { printHead, printRow, printTable } from './result.ts'
import type { Check } from './result.ts'

/** Answers of 1.3 s alone and twice that with all slots taken; a prompt costs next to nothing, so that the closed form is exact. */
const SHAPE = { inputTokens: 40, outputTokens: 64 }
const MODEL = { ...ENGINE_DEFAULTS, overheadMs: 5, prefillMsPerToken: 0.0001, decodeMs: 20, jitter: 0.02 }
const FLAGS = `--endpoint http://127.9.9.9:1 --baseline none --format json --input-tokens ${SHAPE.inputTokens} --output-tokens ${SHAPE.outputTokens} --max-output-tokens none --max-duration none`

async function run(engine: Partial<EngineOptions>, seed: number, flags: string): Promise<RunReport> {
  return play(FLAGS, engine, seed, flags.split('|'))
}

async function play(
  flags: string,
  engine: Partial<EngineOptions>,
  seed: number,
  more: readonly string[] = [],
): Promise<RunReport> {
  const given = [...flags.split(' '), '--seed', `seed-${seed}`, ...more]
  const server = { engine: { ...engine, seed: `engine-${seed}` }, servedModel: 'simulated' }
  const { written } = await playCommand(runCommand, given, server)
  return decodeRunReport(written.slice(written.indexOf('{'), written.lastIndexOf('}') + 1))
}

/** What a ladder took, and what it showed. */
interface Shown {
  readonly seconds: number
  readonly levels: number
  readonly knee: number
  readonly capacity: number
  /** Whether its interval holds this capacity; null without one. */
  readonly holds: (capacity: number) => boolean | null
}

function read({ durationSeconds, levels, plateau, slo }: RunReport): Shown {
  const { low = null, high = null } = slo?.capacity.concurrency ?? {}
  return {
    holds: (capacity) => (low === null || high === null ? null : low <= capacity && capacity <= high),
    seconds: durationSeconds,
    levels: levels.length,
    knee: plateau.kneeConcurrency ?? NaN,
    capacity: slo?.capacity.concurrency?.value ?? NaN,
  }
}

function listDoublings(slots: number): number[] {
  return Array.from({ length: Math.log2(slots) + 2 }, (_, i) => 2 ** i)
}

/** The fewest levels that show knee and plateau, for whoever knows where they are. */
function listFew(slots: number): number[] {
  return [...new Set([1, slots / 4, slots / 2, slots, 2 * slots])].sort((a, b) => a - b)
}

const largest = (values: readonly number[]): number =>
  Math.max(...values.map((value) => (Number.isNaN(value) ? Infinity : value)))
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Servers with 4, 64 and 512 slots, so many seeds each. */
export async function studySearch(seeds: number): Promise<Check[]> {
  const checks: Check[] = []
  const rows: string[][] = []
  for (const slots of [4, 64, 512]) {
    const model = { ...MODEL, slots, decodeMsPerSequence: MODEL.decodeMs / slots }
    const knee = kneeConcurrency(model, SHAPE)
    // Kept by as many as fill three fifths of the slots.
    const capacity = 0.6 * slots
    const { tpotMs } = findSteadyState(model, SHAPE, capacity)
    const slo = `--slo|tpot <= ${tpotMs.toFixed(3)}ms`
    const found: Shown[] = []
    const doublings: Shown[] = []
    const few: Shown[] = []
    for (let seed = 0; seed < seeds; seed++) {
      found.push(read(await run(model, seed, slo)))
      // A list measures the same each time but for the seed: two are enough to know its time.
      if (seed >= Math.min(seeds, 2)) continue
      doublings.push(read(await run(model, seed, `${slo}|--concurrency|${listDoublings(slots).join(',')}`)))
      few.push(read(await run(model, seed, `${slo}|--concurrency|${listFew(slots).join(',')}`)))
    }
    const seconds = (shown: readonly Shown[]): number => average(shown.map((one) => one.seconds))
    const steps = largest(found.map((one) => Math.abs(Math.log2(one.knee / knee))))
    const error = 100 * largest(found.map((one) => Math.abs(one.capacity / capacity - 1)))
    const most = largest(found.map((one) => one.levels))
    const bare = found.filter((one) => one.holds(capacity) === null).length
    const beyond = found.filter((one) => one.holds(capacity) === false).length
    const [beside, besideFew] = [doublings, few].map((hand) => seconds(found) / seconds(hand))
    rows.push([
      String(slots),
      knee.toFixed(1),
      steps.toFixed(2),
      capacity.toFixed(1),
      error.toFixed(1),
      `${seeds - bare}, ${seeds - bare - beyond}`,
      String(most),
      seconds(found).toFixed(0),
      beside!.toFixed(2),
      besideFew!.toFixed(2),
    ])
    const what = `${slots} slots:`
    checks.push(
      { what: `${what} knee, off by`, value: steps, unit: 'doublings', atMost: 1 },
      { what: `${what} capacity, off by`, value: error, unit: '%', atMost: 5 },
      { what: `${what} capacities without an interval`, value: bare, unit: '', atMost: 0 },
      { what: `${what} time beside a list of doublings`, value: beside!, unit: '×', atMost: 1.6 },
      { what: `${what} time beside the fewest levels`, value: besideFew!, unit: '×', atMost: 1.6 },
      { what: `${what} levels`, value: most, unit: '', atMost: 9 },
    )
  }
  printTable(
    `Search for concurrency, ${seeds} seeds each, the worst of them`,
    [
      'slots',
      'knee',
      'off by, doublings',
      'capacity',
      'off by, %',
      'intervals, that hold it',
      'levels',
      's',
      '× doublings',
      '× five levels',
    ],
    rows,
  )
  return checks
}

/** Whole runs with the defaults against the engine that `plateau simulate` has, preflight and soak included: how long they take and what they find. */
export async function studyDefaults(seeds: number): Promise<Check[]> {
  const flags = '--endpoint http://127.9.9.9:1 --baseline none --format json'
  const checks: Check[] = []
  printHead(`Runs with the defaults, ${seeds} seeds each`, [
    'slots',
    's, mean',
    'longest',
    'plateau reached',
    'knee',
    'highest level',
    'list of 1 to 32, s',
  ])
  for (const slots of [4, 16, 32, 64, 96, 128, 192, 256, 512]) {
    const runs: RunReport[] = []
    for (let seed = 0; seed < seeds; seed++) runs.push(await play(flags, { slots }, seed))
    const listed = await play(`${flags} --concurrency 1,2,4,8,16,32`, { slots }, 0)
    const seconds = runs.map(({ durationSeconds }) => durationSeconds)
    const knees = runs.flatMap(({ plateau }) => plateau.kneeConcurrency ?? [])
    printRow([
      String(slots),
      average(seconds).toFixed(0),
      largest(seconds).toFixed(0),
      `${knees.length} of ${seeds}`,
      knees.length === 0 ? '–' : average(knees).toFixed(0),
      String(largest(runs.map(({ levels }) => levels.at(-1)!.concurrency))),
      listed.durationSeconds.toFixed(0),
    ])
    checks.push({ what: `${slots} slots: the longest run`, value: largest(seconds), unit: 's', atMost: 150 })
  }
  console.log('')
  return checks
}

/** One slot whose requests all take as long: a queue of the kind M/D/1. */
const QUEUE = {
  ...ENGINE_DEFAULTS,
  slots: 1,
  overheadMs: 0,
  prefillMsPerToken: 0.0001,
  decodeMs: 2,
  decodeMsPerSequence: 0,
}
/** Windows in which enough requests come: two minutes show a queue of a few requests that grows, four that of one slot at its 95th percentile. */
const WINDOWS = { carried: '--level-duration|120s', kept: '--level-duration|240s' }

/**
 * The share of requests that wait for at most so long in a queue of the kind M/D/1, by Crommelin.
 *
 * Source: C. D. Crommelin, Delay probability formulae when the holding times are constant, Post Office Electrical Engineers' Journal 25 (1932).
 */
function findShareWaiting(atMostMs: number, ratePerMs: number, serviceMs: number): number {
  let sum = 0
  let term = 1
  for (let k = 0; k * serviceMs <= atMostMs; k++) {
    const x = ratePerMs * (k * serviceMs - atMostMs)
    term = 1
    for (let i = 1; i <= k; i++) term *= x / i
    sum += Math.exp(-x) * term
  }
  return (1 - ratePerMs * serviceMs) * sum
}

/** The rate, in requests a second, at which this share waits for at most so long. */
function findRateWaiting(share: number, atMostMs: number, serviceMs: number): number {
  let [low, high] = [0, 1 / serviceMs]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (findShareWaiting(atMostMs, middle, serviceMs) > share) low = middle
    else high = middle
  }
  return 1000 * low
}

/** Rates: what is carried at all, by conservation of load, and what is carried inside objectives, by the closed form of one slot. */
export async function studyRates(seeds: number): Promise<Check[]> {
  const checks: Check[] = []
  const rows: string[][] = []
  // Each is shown when it has ended: on a busy machine all of them together take long.
  printHead('Each search for rates', ['server', 'seed', 'held, /s', 'too much, /s', 'capacity, /s', 'levels', 's'])
  for (const slots of [4, 64]) {
    const model = { ...MODEL, slots, decodeMsPerSequence: MODEL.decodeMs / slots }
    const most = plateauTokensPerSecond(model, SHAPE) / SHAPE.outputTokens
    const brackets: { held: number; tooMuch: number; levels: number; seconds: number }[] = []
    for (let seed = 0; seed < seeds; seed++) {
      const { levels, durationSeconds } = await run(model, seed, `--rate|auto|${WINDOWS.carried}|--passes|2`)
      const tooMuch = Math.min(
        ...levels.filter(({ state }) => state === 'overloaded').map(({ concurrency }) => concurrency),
      )
      const held = Math.max(
        ...levels
          .filter(({ state, concurrency }) => state === 'ok' && concurrency < tooMuch)
          .map(({ concurrency }) => concurrency),
      )
      brackets.push({ held, tooMuch, levels: levels.length, seconds: durationSeconds })
      printRow([
        `${slots} slots`,
        String(seed),
        String(held),
        String(tooMuch),
        '–',
        String(levels.length),
        durationSeconds.toFixed(0),
      ])
    }
    const outside = brackets.map(({ held, tooMuch }) => 100 * Math.max(0, held / most - 1, 1 - tooMuch / most))
    const width = average(brackets.map(({ held, tooMuch }) => tooMuch / held))
    rows.push([
      `${slots} slots, what is carried at all`,
      most.toFixed(2),
      `${average(outside).toFixed(1)} (mean), ${largest(outside).toFixed(1)} (worst) beyond a gap of ${width.toFixed(2)} ×`,
      String(largest(brackets.map(({ levels }) => levels))),
      average(brackets.map(({ seconds }) => seconds)).toFixed(0),
    ])
    const what = `${slots} slots:`
    checks.push(
      {
        what: `${what} what is carried lies beyond the gap that was found by, mean`,
        value: average(outside),
        unit: '%',
        atMost: 5,
      },
      { what: `${what} width of that gap`, value: width, unit: '×', atMost: 2 },
    )
  }
  const serviceMs = (SHAPE.outputTokens - 1) * QUEUE.decodeMs
  const capacity = findRateWaiting(0.95, 3 * serviceMs, serviceMs)
  const found: Shown[] = []
  for (let seed = 0; seed < seeds; seed++) {
    const one = read(await run(QUEUE, seed, `--rate|auto|${WINDOWS.kept}|--slo|ttft <= ${3 * serviceMs}ms`))
    found.push(one)
    printRow(['1 slot', String(seed), '–', '–', one.capacity.toFixed(2), String(one.levels), one.seconds.toFixed(0)])
  }
  console.log('')
  const errors = found.map((one) => 100 * (one.capacity / capacity - 1))
  const typical = Math.sqrt(average(errors.map((error) => error ** 2)))
  const bias = Math.abs(average(errors))
  rows.push([
    '1 slot, inside an objective',
    capacity.toFixed(2),
    `${typical.toFixed(1)} (standard), ${largest(errors.map(Math.abs)).toFixed(1)} (worst)`,
    String(largest(found.map((one) => one.levels))),
    average(found.map((one) => one.seconds)).toFixed(0),
  ])
  checks.push({ what: '1 slot, inside an objective: capacity, mean error', value: bias, unit: '%', atMost: 5 })
  checks.push({ what: '1 slot, inside an objective: capacity, standard error', value: typical, unit: '%', atMost: 5 })
  printTable(`Search for rates, ${seeds} seeds each`, ['server', 'capacity, /s', 'off by, %', 'levels', 's'], rows)
  return checks
}
