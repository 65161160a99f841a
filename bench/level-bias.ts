/**
 * Does the way a level is measured bend its figures? Short windows of the real level protocol against a long steady
 * run, both in virtual time on the simulated engine, where nothing but the protocol can make a difference.
 *
 * A second table shows the same windows with the load left to drain after them, which is what most load tools do, and with the load of
 * the next level, twice as much, begun right after them.
 */
import type { HealthProbe } from '../src/load/runtime.ts'
import { createBudget } from '../src/load/budget.ts'
import { measureLevel } from '../src/load/level.ts'
import type { Transport } from '../src/load/ports.ts'
import { summariseLevel } from '../src/metrics/level.ts'
import type { MeasuredLevel } from '../src/metrics/level/level-metrics.ts'
import { fixLength } from '../src/settings/values/distributions.ts'
import { UNCALIBRATED } from '../src/plan/prompts.ts'
import { createWorkload } from '../src/plan/workload.ts'
import type { Workload } from '../src/plan/workload.ts'
import { findSteadyState } from '../test/support/closed-form.ts'
import { ENGINE_DEFAULTS } from '../src/simulator/engine/engine.ts'
import { createVirtualEndpoint } from '../test/support/virtual-endpoint.ts'

/**
 * The overhead is no multiple of a step: there TTFT has two values (a request just makes the next step, or just misses
 * it), and the median of few requests differs from that of many, however they are measured.
 */
const MODEL = {
  ...ENGINE_DEFAULTS,
  slots: 32,
  overheadMs: 30,
  prefillMsPerToken: 0.06,
  decodeMs: 20,
  decodeMsPerSequence: 0.3,
  jitter: 0.05,
}
const INPUT_TOKENS = 256
/** Requests of 2.5 s (alone) to 4 s (slots full), and of 8 s to 12 s: longer than the window. */
const OUTPUT_TOKENS = [120, 400]
/** Where there are more workers than slots, requests wait: a quarter, half, and as many as are running. */
const LEVELS: readonly { readonly concurrency: number; readonly slots: number }[] = [
  ...[1, 2, 4, 8, 16, 32, 40, 48, 64].map((concurrency) => ({ concurrency, slots: MODEL.slots })),
  { concurrency: 256, slots: 160 },
]

/** The shortest and the longest of `level-duration: auto`. */
const WINDOWS_MS = [3_000, 8_000]
const SEEDS = 20
const STEADY_WINDOW_MS = 600_000
const STEADY_SEEDS = 4

interface Figure {
  readonly name: string
  readonly of: (level: MeasuredLevel) => number
  /** The bias must stay below this share. */
  readonly atMost: number
}

const THROUGHPUT: Figure = { name: 'throughput', of: (level) => level.outputTokensPerSecond!, atMost: 0.01 }
const FIGURES: readonly Figure[] = [
  { name: 'TPOT p50', of: (level) => level.tpotMs!.p50!, atMost: 0.01 },
  { name: 'TTFT p50', of: (level) => level.ttftMs!.p50!, atMost: 0.05 },
  THROUGHPUT,
]

/** Knows when the window has ended: the protocol reads the client's health then. */
interface WindowEnd extends HealthProbe {
  readonly passed: boolean
}

function watchWindowEnd(): WindowEnd {
  let passed = false
  return {
    get passed() {
      return passed
    },
    start() {},
    read() {
      passed = true
      return { eventLoopUtilization: 0, delayP90Ms: 0, delayP99Ms: 0 }
    },
    stallAt: () => 0,
    stop() {},
  }
}

/** Sends nothing any more once the window has ended, so that the load drains while the counted requests finish. */
function draining(transport: Transport, end: WindowEnd): Transport {
  return {
    ...transport,
    async send(worker, spec, signal, onFirstToken) {
      if (end.passed) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      return transport.send(worker, spec, signal, onFirstToken)
    },
  }
}

/** Sends twice as much once the window has ended: as many workers again, in phases of their own. */
function doubling(transport: Transport, end: WindowEnd, { spread, next }: Workload): Transport {
  let hasGrown = false
  const work = async (other: number, signal: AbortSignal): Promise<void> => {
    for (let share: number | null = spread[other]!; !signal.aborted; share = null) {
      await transport.send(spread.length + other, next(other, share), signal)
    }
  }
  return {
    ...transport,
    async send(worker, spec, signal, onFirstToken) {
      if (end.passed && !hasGrown) {
        hasGrown = true
        for (const other of spread.keys()) void work(other, signal)
      }
      return transport.send(worker, spec, signal, onFirstToken)
    },
  }
}

/** What one level is measured with. */
interface Setup {
  readonly concurrency: number
  readonly slots: number
  readonly outputTokens: number
  readonly durationMs: number
  /** What becomes of the load after the window, while its last requests end. */
  readonly after: 'kept on' | 'drained' | 'doubled'
}

async function measure(
  { concurrency, slots, outputTokens, durationMs, after }: Setup,
  seed: string,
): Promise<MeasuredLevel> {
  const { clock, transport, run } = createVirtualEndpoint({ ...MODEL, slots, seed })
  const health = watchWindowEnd()
  const workload = createWorkload(
    {
      task: 'chat',
      seed,
      inputTokens: fixLength(INPUT_TOKENS),
      outputTokens: fixLength(outputTokens),
      promptModel: UNCALIBRATED,
      prompts: null,
      prefixCache: 'avoid',
      sharedPrefixTokens: 0,
      batchSize: 1,
      nonce: () => '0123456789abcdef',
    },
    concurrency,
    1,
  )
  const task = { concurrency, pass: 1, durationMs, minRequests: 3, maxRequests: null, warmupRequests: 1 }
  const level = measureLevel(task, {
    transport: {
      'kept on': transport,
      drained: draining(transport, health),
      doubled: doubling(transport, health, workload),
    }[after],
    clock,
    workload,
    health,
    collectGarbage: () => {},
    budget: createBudget({ maxDurationMs: null, maxRequests: null, maxOutputTokens: null }, clock),
    sweepStartAt: clock.now(),
    signal: new AbortController().signal,
    target: 'the virtual endpoint',
    serverMetrics: null,
  })
  return summariseLevel([await run(level)], { task: 'chat', tolerance: 0.05 })
}

async function measureMany(setup: Setup, name: string, seeds: number): Promise<MeasuredLevel[]> {
  const levels: MeasuredLevel[] = []
  for (let i = 0; i < seeds; i++) levels.push(await measure(setup, `${name}/${i}`))
  return levels
}

/** Mean of a figure over the seeds, and the standard error of that mean. */
function meanOf(levels: readonly MeasuredLevel[], { of }: Figure): { mean: number; error: number } {
  const values = levels.map(of)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) }
}

/** Bias against the steady run with the standard error of the difference, both as shares. */
function biasOf(short: readonly MeasuredLevel[], steady: readonly MeasuredLevel[], figure: Figure) {
  const measured = meanOf(short, figure)
  const truth = meanOf(steady, figure)
  return { bias: measured.mean / truth.mean - 1, error: Math.hypot(measured.error, truth.error) / truth.mean }
}

function percent(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(2)}`
}

function shown({ bias, error }: { bias: number; error: number }): string {
  return `${percent(bias)} ± ${(100 * error).toFixed(2)}`
}

function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  console.log([line(header), line(header.map(() => '---:')), ...rows.map(line), ''].join('\n'))
}

async function compare(outputTokens: number, durationMs: number): Promise<void> {
  const kept: string[][] = []
  const others: string[][] = []
  for (const { concurrency, slots } of LEVELS) {
    const setup = { concurrency, slots, outputTokens, durationMs, after: 'kept on' } as const
    const steady = await measureMany({ ...setup, durationMs: STEADY_WINDOW_MS }, 'steady', STEADY_SEEDS)
    const short = await measureMany(setup, 'window', SEEDS)
    const drainedLevels = await measureMany({ ...setup, after: 'drained' }, 'window', SEEDS)
    const doubledLevels = await measureMany({ ...setup, after: 'doubled' }, 'window', SEEDS)

    const biases = FIGURES.map((figure) => ({ ...biasOf(short, steady, figure), atMost: figure.atMost }))
    const ok = biases.every(({ bias, atMost }) => Math.abs(bias) <= atMost)
    if (!ok) process.exitCode = 1
    const truth = findSteadyState({ ...MODEL, slots }, { inputTokens: INPUT_TOKENS, outputTokens }, concurrency)
    kept.push([
      String(concurrency),
      String(slots),
      ...FIGURES.map((figure) => meanOf(steady, figure).mean.toFixed(1)),
      percent(meanOf(steady, THROUGHPUT).mean / truth.outputTokensPerSecond - 1),
      ...biases.map(shown),
      ok ? 'ok' : 'NOT OK',
    ])
    others.push([
      String(concurrency),
      String(slots),
      ...[drainedLevels, doubledLevels].flatMap((levels) =>
        FIGURES.map((figure) => shown(biasOf(levels, steady, figure))),
      ),
    ])
  }
  const steadyColumns = ['steady TPOT, ms', 'steady TTFT, ms', 'steady tokens/s', 'closed form, %']
  const biasColumns = FIGURES.map(({ name, atMost }) => `${name}, at most ${100 * atMost} %`)
  console.log(`### Windows of ${durationMs / 1000} s, answers of ${outputTokens} tokens\n`)
  printTable(['concurrency', 'slots', ...steadyColumns, ...biasColumns, ''], kept)
  console.log(
    'The same windows, had the load been left to drain after them, or had that of a level twice as high begun:\n',
  )
  const columns = ['drained', 'doubled'].flatMap((after) => FIGURES.map(({ name }) => `${name}, ${after}`))
  printTable(['concurrency', 'slots', ...columns], others)
}

console.log('## Bias of a level that is measured in a short window\n')
console.log(
  `Mean of ${SEEDS} seeds ± standard error, in % of the mean of ${STEADY_SEEDS} ` +
    `steady runs of ${STEADY_WINDOW_MS / 1000} s.\n`,
)
for (const durationMs of WINDOWS_MS) {
  for (const outputTokens of OUTPUT_TOKENS) await compare(outputTokens, durationMs)
}
