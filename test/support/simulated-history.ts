/**
 * Runs of a simulated endpoint in figures only, as histories hold them: what a whole sweep comes to, without a request
 * being sent, so that the gate can be asked thousands of times how often it is wrong. Everything follows from the seed.
 */
import { findCapacity, sumUpKept } from '../../src/metrics/plateau/capacity.ts'
import type { LevelMetrics } from '../../src/metrics/level/level-metrics.ts'
import { findStrain } from '../../src/metrics/level/objectives.ts'
import type { HistoryRow, RowLevel, RowPass, RowSlo } from '../../src/report/history.ts'
import { renderObjectives } from '../../src/settings/values/objectives.ts'
import type { Objective } from '../../src/settings/values/objectives.ts'
import type { FreshPasses } from '../../src/report/looks.ts'
import type { Random } from '../../src/random.ts'
import { drawNormal } from '../../src/random.ts'
import { mean } from 'simple-statistics'
import { isFailing } from '../../src/metrics/validity/evidence.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { SERIES_FIELDS } from './builders.ts'

/** How runs of one and the same code differ. Spreads are standard deviations on the log scale. */
export interface World {
  /** From run to run, of each of TTFT, TPOT and throughput, around what the code is. */
  readonly spread: number
  /** Correlation between the metrics of one run: positive, because what slows one slows the others. */
  readonly correlation: number
  /** Of one level in one pass, on top of the run. */
  readonly passSpread: number
  /** Share of a run's variance that the rows of one workflow run have in common (the hour, the machine). */
  readonly sharedByGroup: number
  /** Share of a run's variance that a second look half a minute later has in common with it. */
  readonly sharedByConfirm: number
  /** Share of the workflow runs that leave two rows. */
  readonly twoRows: number
  /** Share of the requests that fail, at random. */
  readonly requestErrors: number
  /** Share of the levels that cannot be used for reasons that are not the server's. */
  readonly invalidLevels: number
  /** Share of the level-passes that a budget cuts. */
  readonly missingPasses: number
  /** Share of the runs that are slower by `factor` in everything from beginning to end, second look included. */
  readonly slowJobs: { readonly share: number; readonly factor: number }
  /** Share of the runs in which so many more of all requests fail, and whether that lasts into the second look. */
  readonly failingRuns: { readonly share: number; readonly errors: number; readonly lasting: boolean }
  /** What every request is to keep; default: nothing. */
  readonly objectives?: readonly Objective[]
  /** A control that is measured beside every run; default: none. */
  readonly control?: SimulatedControl
  /** What goes on around the endpoint while one history grows; default: nothing. */
  readonly surroundings?: (random: Random) => Surroundings
}

/** What a control has in common with what is measured beside it. */
export interface SimulatedControl {
  /** Correlation of the two sides of one session in each metric; both spread as far. */
  readonly common: number
  /** Whether it goes through what surrounds the endpoint, too. */
  readonly sharesSurroundings: boolean
  /** Whether it is a live deployment of main, which becomes what main is; default: a reference that nobody changes. */
  readonly followsMain?: boolean
}

/** How much slower everything is in one run, second look included, on the log scale. */
export type Surroundings = (at: Moment) => number

/** Which run it is. */
export interface Moment {
  /** Number of the workflow run, from 0; of a candidate, that of the next run of main. */
  readonly group: number
  /** Since the history began. */
  readonly ms: number
  /** False for a candidate: it leaves no trace. */
  readonly recorded: boolean
}

/** A staging endpoint with everything switched on that happens to unchanged code. */
export const USUAL: World = {
  spread: 0.02,
  correlation: 0.5,
  passSpread: 0.015,
  sharedByGroup: 0.75,
  sharedByConfirm: 1,
  twoRows: 0.2,
  requestErrors: 0.001,
  invalidLevels: 0.01,
  missingPasses: 0.01,
  slowJobs: { share: 0, factor: 1.25 },
  failingRuns: { share: 0, errors: 0.05, lasting: false },
}

/** What the code is worth against the code at the beginning: factors above 1 are worse. */
export interface Slowdown {
  readonly ttft: number
  readonly tpot: number
  readonly throughput: number
}

export const UNCHANGED: Slowdown = { ttft: 1, tpot: 1, throughput: 1 }

/** One workflow run: its rows, and the means to look again while it lasts. */
export interface SimulatedRun {
  readonly rows: readonly HistoryRow[]
  /** Of each of them; none without a control. */
  readonly controls: readonly HistoryRow[]
  /** Fresh passes over some levels. */
  measureAgain(levels: readonly number[], passes: number): FreshPasses
}

export const SERIES = addSeriesKey(SERIES_FIELDS)

/** The levels that the first run finds: at 16 the slots are full, and 32 shows that it grows no more. */
export const FULL_LADDER: readonly number[] = [1, 2, 4, 8, 16, 32]

const SLOTS = 16
const OUTPUT_TOKENS = 128
const WINDOW_MS = 8_000
export const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 1)

/** A run of `slowdown` at the given time, over these levels. */
export function simulateRun(
  world: World,
  random: Random,
  {
    slowdown,
    main = UNCHANGED,
    levels,
    ms,
    surroundings = 0,
    rows: rowCount = 1,
  }: {
    readonly slowdown: Slowdown
    /** What main is by now; default: what it was. */
    readonly main?: Slowdown
    readonly levels: readonly number[]
    /** When it starts, since the history began. */
    readonly ms: number
    /** What `Surroundings` say of it. */
    readonly surroundings?: number
    readonly rows?: number
  },
): SimulatedRun {
  const slowJob = (random() < world.slowJobs.share ? Math.log(world.slowJobs.factor) : 0) + surroundings
  const toEffect = ({ ttft, tpot, throughput }: Slowdown): Effect => ({
    ttft: Math.log(ttft),
    tpot: Math.log(tpot),
    throughput: Math.log(throughput),
  })
  const code = toEffect(slowdown)
  const add = (a: Effect, b: Effect, constant = 0): Effect => ({
    ttft: a.ttft + b.ttft + constant,
    tpot: a.tpot + b.tpot + constant,
    throughput: a.throughput + b.throughput + constant,
  })
  const hour = drawEffect(world, random, rowCount === 1 ? 0 : world.sharedByGroup)
  const runs = Array.from({ length: rowCount }, () =>
    add(hour, drawEffect(world, random, rowCount === 1 ? 1 : 1 - world.sharedByGroup)),
  )
  const { failingRuns, requestErrors, control } = world
  const codeOfControl = control?.followsMain === true ? toEffect(main) : NO_EFFECT
  const around = control?.sharesSurroundings === true ? slowJob : 0
  const controls =
    control === undefined
      ? []
      : runs.map((effect) =>
          add(scaleEffect(effect, control.common), drawEffect(world, random, 1 - control.common ** 2)),
        )
  const failing = failingRuns.share > 0 && random() < failingRuns.share
  const row = (
    effect: Effect,
    minute: number,
    what: { levels: readonly number[]; passes: number; fails: boolean },
  ): HistoryRow =>
    simulateRow(world, random, {
      levels: what.levels,
      passes: what.passes,
      errors: requestErrors + (what.fails ? failingRuns.errors : 0),
      effect,
      startedAt: new Date(START_MS + ms + minute * 60_000).toISOString(),
    })
  const passes = SERIES_FIELDS.passes
  const again = (effect: Effect): Effect =>
    add(scaleEffect(effect, world.sharedByConfirm), drawEffect(world, random, 1 - world.sharedByConfirm ** 2))
  const sideOf = (effect: Effect): Effect => add(code, effect, slowJob)
  const controlOf = (effect: Effect): Effect => add(effect, codeOfControl, around)
  return {
    rows: runs.map((effect, i) => row(sideOf(effect), 10 * i, { levels, passes, fails: failing })),
    controls: controls.map((effect, i) => row(controlOf(effect), 10 * i, { levels, passes, fails: false })),
    measureAgain(levels, passes) {
      const look = { levels, passes, fails: failing && failingRuns.lasting }
      const beside = controls.at(-1)
      return {
        row: row(sideOf(again(runs.at(-1)!)), 10 * rowCount, look),
        control: beside === undefined ? null : row(controlOf(again(beside)), 10 * rowCount, { ...look, fails: false }),
      }
    },
  }
}

function scaleEffect({ ttft, tpot, throughput }: Effect, by: number): Effect {
  return { ttft: by * ttft, tpot: by * tpot, throughput: by * throughput }
}

/** What a run adds to the log of each figure; positive is worse. */
type Effect = Slowdown

const NO_EFFECT: Effect = { ttft: 0, tpot: 0, throughput: 0 }

/** Three normal numbers with the correlation of the world and this share of its variance. */
function drawEffect({ spread, correlation }: World, random: Random, share: number): Effect {
  if (share === 0) return NO_EFFECT
  const sd = spread * Math.sqrt(share)
  const common = Math.sqrt(correlation) * drawNormal(random)
  const own = Math.sqrt(1 - correlation)
  const draw = (): number => sd * (common + own * drawNormal(random))
  return { ttft: draw(), tpot: draw(), throughput: draw() }
}

function simulateRow(
  world: World,
  random: Random,
  {
    effect,
    errors,
    levels,
    passes,
    startedAt,
  }: {
    readonly effect: Effect
    /** Share of the requests that fail. */
    readonly errors: number
    readonly levels: readonly number[]
    readonly passes: number
    readonly startedAt: string
  },
): HistoryRow {
  const rows = levels.map((concurrency) => simulateLevel(world, random, { concurrency, passes, effect, errors }))
  const kept = world.objectives === undefined ? null : simulateSlo(world.objectives, random, rows)
  const flat = rows.filter(({ concurrency, valid }) => valid && concurrency >= SLOTS)
  return {
    startedAt,
    series: SERIES,
    context: CONTEXT,
    levels: kept?.levels ?? rows,
    throughputMetric: 'outputTokensPerSecond',
    plateauState: flat.length > 1 ? 'reached' : 'not-reached',
    within: null,
    ...(kept !== null && { slo: kept.slo }),
    traits: { tokenSource: 'usage', buffered: false, reasoning: false },
  }
}

function simulateLevel(
  world: World,
  random: Random,
  {
    concurrency,
    passes,
    effect,
    errors,
  }: { readonly concurrency: number; readonly passes: number; readonly effect: Effect; readonly errors: number },
): RowLevel {
  const { ttftMs, tpotMs, tokensPerSecond, requests } = endpointAt(concurrency)
  const measured: RowPass[] = []
  for (let pass = 0; pass < passes; pass++) {
    if (passes > 1 && measured.length > 0 && random() < world.missingPasses) continue
    let failed = 0
    for (let i = 0; i < requests; i++) if (random() < errors) failed++
    const noise = (): number => world.passSpread * drawNormal(random)
    const ttft = ttftMs * Math.exp(effect.ttft + noise())
    const tpot = tpotMs * Math.exp(effect.tpot + noise())
    measured.push({
      ok: requests - failed,
      failed,
      figures: {
        'ttft-p50': ttft,
        'ttfo-p50': ttft,
        'tpot-p50': tpot,
        'latency-p50': ttft + (OUTPUT_TOKENS - 1) * tpot,
        throughput: tokensPerSecond * Math.exp(-effect.throughput - noise()),
      },
    })
  }
  return { concurrency, ...validityOf(measured, random() < world.invalidLevels), tails: {}, passes: measured }
}

/** How far the requests of one pass lie apart, on the log scale. */
const REQUEST_SPREAD = 0.03

/** What the requests of such levels come to by objectives, 95 % of them. */
function simulateSlo(
  objectives: readonly Objective[],
  random: Random,
  rows: readonly RowLevel[],
): { readonly slo: RowSlo; readonly levels: readonly RowLevel[] } {
  const measured = rows.map((level) => {
    const strains = level.passes.map(({ ok, figures }) =>
      Array.from({ length: ok }, () => {
        const off = Math.exp(REQUEST_SPREAD * drawNormal(random))
        return Math.max(...objectives.map(({ time, atMostMs }) => (off * figures[`${time}-p50`]!) / atMostMs))
      }),
    )
    const attained = (of: readonly number[], rows: readonly RowPass[]) => {
      const inside = of.filter((strain) => strain <= 1).length
      const attainment = inside / of.length
      const requestsPerSecond = mean(rows.map(({ figures }) => figures.throughput!)) / OUTPUT_TOKENS
      return {
        attained: {
          inside,
          attainment,
          strain: findStrain(of, 0.95),
          requestsPerSecond: attainment * requestsPerSecond,
          outputTokensPerSecond: null,
        },
      }
    }
    const passes = strains.map((of, i) => attained(of, [level.passes[i]!]))
    return { ...level, ...attained(strains.flat(), level.passes), passes } as unknown as LevelMetrics
  })
  const { concurrency, passes } = findCapacity(measured, 'concurrency')
  const { attainment, goodput } = sumUpKept(measured)
  return {
    slo: {
      objectives: renderObjectives(objectives),
      share: 0.95,
      ...(concurrency !== null && { capacity: { value: concurrency.value, passes } }),
      ...(attainment !== null && { attainment }),
      ...(goodput !== null && { goodput }),
    },
    levels: rows.map((row, i) => {
      const { attainment, requestsPerSecond, strain } = measured[i]!.attained!
      const finite = strain !== null && Number.isFinite(strain) ? strain : null
      return { ...row, kept: { attainment: attainment ?? 0, goodput: requestsPerSecond ?? 0, strain: finite } }
    }),
  }
}

/** As the measurement itself judges a level: clearly more than 1 % of failed requests spoil it, more than 10 % mean it is lost. */
function validityOf(passes: readonly RowPass[], unusable: boolean): Pick<RowLevel, 'valid' | 'state'> {
  let ok = 0
  let failed = 0
  for (const pass of passes) {
    ok += pass.ok
    failed += pass.failed
  }
  if (failed > 0.1 * (ok + failed)) return { valid: false, state: 'lost' }
  if (unusable) return { valid: false, state: 'client-saturated' }
  return isFailing({ ok, failed }) ? { valid: false, state: 'invalid' } : { valid: true, state: 'ok' }
}

/** What the endpoint truly does at a concurrency: a step takes 9 ms and 1 ms a sequence, and 16 sequences fit into it. */
function endpointAt(concurrency: number): {
  readonly ttftMs: number
  readonly tpotMs: number
  readonly tokensPerSecond: number
  /** That start in one window. */
  readonly requests: number
} {
  const running = Math.min(concurrency, SLOTS)
  const tpotMs = 9 + running
  const serviceMs = 60 + 4 * running + (OUTPUT_TOKENS - 1) * tpotMs
  const waitMs = (serviceMs * (concurrency - running)) / SLOTS
  return {
    ttftMs: 60 + 4 * running + waitMs,
    tpotMs,
    tokensPerSecond: (1000 * running * OUTPUT_TOKENS) / serviceMs,
    requests: Math.max(3, concurrency, Math.round((running * WINDOW_MS) / serviceMs)),
  }
}

const CONTEXT: HistoryRow['context'] = {
  endpointLabel: 'staging',
  model: 'llama-8b',
  servedModel: 'llama-8b',
  runner: { environment: 'github-hosted', os: 'linux', arch: 'x64', cpuCount: 4 },
  node: '24.21.0',
}
