import type { Ladder, LevelTime } from './ladder.ts'
import {
  addCosts,
  chooseSoakShare,
  estimateCrossCheck,
  estimateLevelCost,
  estimatePreflight,
  estimateProbes,
  estimateSingles,
  estimateOpenCost,
  estimateSoak,
  SENTINEL_REQUESTS,
  SOAK,
} from './cost.ts'
import type { LoneRequest, SideCost } from './cost.ts'
import { formatSeconds, pluralise } from '../text.ts'
import type { KnownLevel } from '../vocabulary/load.ts'
import type { OpenLoad, OpenLoadOptions } from './arrivals.ts'
import { chooseOnce } from './ladder.ts'
import { SHORTEST_WINDOW_MS, chooseOpenLoad } from './arrivals.ts'

/** What a sweep is planned from. */
export interface PlanOptions extends OpenLoadOptions {
  readonly ladder: Ladder
  readonly lone: LoneRequest
  /** The longest window. */
  readonly levelDurationMs: number
  /** The shortest window where earlier passes decide how long it must be; absent: all are equally long. */
  readonly leastDurationMs?: number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null
  /** Samples that percentiles with a limit need at a level, over all its passes. */
  readonly minSamples: (concurrency: number) => number
  /** What earlier runs showed of some levels; absent: nothing is known. */
  readonly known?: readonly KnownLevel[]
  /** The levels that set how long a run may take: as long as three passes over these. Absent or null: as long as it takes. */
  readonly usual?: readonly number[] | null
  /** How changes of the endpoint are noticed; null where preflight is off. `level 1` needs that level in the ladder. */
  readonly sentinel: Sentinel | null
  /** Whether the endpoint may be young and needs unrecorded load first. */
  readonly soak: boolean
  /** How a control is measured beside it; absent or null: there is none. */
  readonly control?: 'turns' | 'together' | null
  /** Whether TTFT and TPOT are measured again at the end, from unstreamed answers. */
  readonly crossCheck?: boolean
  /** Whether preflight is still to come. */
  readonly preflightAhead?: boolean
}

/** What a sweep is expected to cost; an estimate. */
interface ExpectedCost {
  readonly seconds: number
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** How long windows are, in milliseconds; all alike where the three are equal. */
interface Windows {
  /** In the first pass, and outside passes. */
  readonly firstMs: number
  readonly leastMs: number
  readonly mostMs: number
}

/**
 * Which single requests show, again and again, whether the endpoint changed: extra ones `apart` from the levels, or
 * those of `level 1`, which are single requests already.
 */
export type Sentinel = 'apart' | 'level 1'

/** What will be measured, and what it costs. */
export interface Plan {
  readonly ladder: Ladder
  readonly windows: Windows
  /** Counted requests that a level needs in each pass, besides one for each worker. */
  readonly minRequests: (concurrency: number) => number
  readonly levelRequests: number | null
  readonly warmupRequests: number
  /** Of a level of an open loop in one pass. Absent where levels are workers. */
  readonly openLoad?: (level: number, pass: number) => OpenLoad
  readonly sentinel: Sentinel | null
  readonly soak: boolean
  /** Length of the soak's answers, as a share of the full length. */
  readonly soakShare: number
  /** 2 with a control, whose cost is then included. */
  readonly sides: 1 | 2
  /** For everything still to come. */
  readonly expected: ExpectedCost
  /** The part that counts against the budgets: the levels, and the single requests between and after them. */
  readonly budgeted: ExpectedCost
  /** The levels for which one pass must do, by what they took in it, and those that decide where the capacity lies. */
  readonly chooseOnce: (levels: readonly LevelTime[], atCapacity: readonly number[]) => readonly number[]
  /** The most requests of a level with such a window in one pass, on one side: as many as come where each takes as long as a lone one. */
  readonly mostRequestsOf: (concurrency: number, durationMs: number) => number
  /** For one level in one pass, on one side. */
  readonly secondsOf: (concurrency: number) => number
  /** What comes besides the levels after the first pass and after the last one, for both sides. */
  readonly singles: { readonly middleSeconds: number; readonly endSeconds: number }
  /** What the budgets cut, one sentence each. */
  readonly cut: readonly string[]
}

/** Counted requests that every pass of a level must have. */
const LEAST_REQUESTS = 3

/** A single pass is no reason to stop at levels that three would reach. */
const USUAL_PASSES = 3

/** Requests of one worker in a level's first window, where no length is given. */
const FIRST_REQUESTS = 3

/**
 * Costs the sweep from one measured request and fits it into its budgets: fewer passes first, then shorter windows,
 * never fewer levels. The sweep keeps the budgets in any case, however wrong the estimate is.
 */
export function planSweep(given: PlanOptions): Plan {
  const options = shortenWindows(given)
  const { mostPasses: most, leastPasses: passes = most } = options.ladder
  const asked = planWith(options, passes, options.levelDurationMs, [])
  const broken = findBrokenBudgets(asked, options)
  if (broken.length === 0) return passes === most ? asked : allowMorePasses(asked, options)
  const why = broken.map(describeBroken).join('; ')
  for (let fewer = passes - 1; fewer >= 1; fewer--) {
    const plan = planWith(options, fewer, options.levelDurationMs, [describeFewerPasses(fewer, passes, why)])
    if (findBrokenBudgets(plan, options).length === 0) return plan
  }
  const cut = passes > 1 ? [describeFewerPasses(1, passes, why)] : []
  const shortest = Math.min(options.levelDurationMs, Math.max(SHORTEST_WINDOW_MS, options.lone.latencyMs))
  let window = options.levelDurationMs
  for (;;) {
    window = Math.max(shortest, window * 0.8)
    const shorter = `windows of ${formatSeconds(window)} instead of ${formatSeconds(options.levelDurationMs)}: ${why}`
    const plan = planWith(options, 1, window, window < options.levelDurationMs ? [...cut, shorter] : cut)
    const left = findBrokenBudgets(plan, options)
    if (left.length === 0) return plan
    if (window <= shortest)
      return { ...plan, cut: [...plan.cut, `the run will end early: ${left.map(describeBroken).join('; ')}`] }
  }
}

/** Bounds windows of variable length so that the budgets hold even if every one becomes that long. */
function shortenWindows(options: PlanOptions): PlanOptions {
  const { leastDurationMs, levelDurationMs, ladder } = options
  if (leastDurationMs === undefined) return options
  const passes = ladder.leastPasses ?? ladder.mostPasses
  let longest = levelDurationMs
  const fits = (): boolean =>
    findBrokenBudgets(planWith({ ...options, leastDurationMs: longest }, passes, longest, []), options).length === 0
  while (longest > leastDurationMs && !fits()) longest = Math.max(leastDurationMs, longest * 0.8)
  return { ...options, levelDurationMs: longest }
}

/** Allows as many passes as the budgets hold; the expected cost stays that of the fewest. */
function allowMorePasses(plan: Plan, options: PlanOptions): Plan {
  const leastPasses = plan.ladder.mostPasses
  let mostPasses = options.ladder.mostPasses
  const fits = (): boolean =>
    findBrokenBudgets(planWith(options, mostPasses, options.levelDurationMs, []), options).length === 0
  while (mostPasses > leastPasses && !fits()) mostPasses--
  return { ...plan, ladder: { ...plan.ladder, mostPasses, leastPasses } }
}

function planWith(options: PlanOptions, passes: number, mostMs: number, cut: readonly string[]): Plan {
  const { leastPasses: _, ...rest } = options.ladder
  const ladder = { ...rest, mostPasses: passes }
  const minRequests = (concurrency: number): number =>
    Math.max(LEAST_REQUESTS, Math.ceil(options.minSamples(concurrency) / passes))
  const windows = fitWindows(options, mostMs)
  const { lone, levelRequests, warmupRequests, soak, control = null } = options
  const { turns: meanTurns, spanMs } = options.conversation ?? { turns: 1, spanMs: lone.latencyMs }
  // Think-time lies between turns, and not after the last one.
  const thinkMs = Math.max(0, spanMs / meanTurns - lone.latencyMs)
  const openLoad = chooseOpenLoad(options, { mostMs, minRequests })
  const latencyAt = new Map(options.known?.map(({ level, latencyMs }) => [level, latencyMs ?? undefined]))
  const estimateLevel = (concurrency: number, requestMs?: number, levelDurationMs = windows.firstMs): SideCost => {
    const least = minRequests(concurrency)
    const load = {
      levelDurationMs,
      minRequests: least,
      levelRequests,
      warmupRequests,
      thinkMs,
      turns: meanTurns,
      spanMs,
    }
    return openLoad === null
      ? estimateLevelCost(lone, concurrency, load, requestMs)
      : estimateOpenCost(lone, openLoad(concurrency, 1), load)
  }
  const costOf = (concurrency: number): SideCost => estimateLevel(concurrency, latencyAt.get(concurrency))
  const sides = control === null ? 1 : 2
  const turns = control === 'turns' ? 2 : 1
  const { levels } = ladder
  const mostSeconds = turns * boundSeconds(options, (level) => estimateLevel(level).seconds)
  // A percentile with a limit needs the samples of all passes.
  const isEnoughOnce = (level: number): boolean => options.minSamples(level) === 1
  const isKnown = ladder.search == null
  const once = options.known?.flatMap(({ level, once }) => (once === true && isEnoughOnce(level) ? level : [])) ?? []
  const hasLevel1 = openLoad === null && levels.includes(1)
  const sentinel = options.sentinel === 'level 1' && !hasLevel1 ? 'apart' : options.sentinel
  const beside = estimateBeside({ ...options, sentinel }, levels, passes)
  const budgeted = [
    ...levels.flatMap((level) => Array<SideCost>(once.includes(level) ? 1 : passes).fill(costOf(level))),
    beside.middle,
    beside.end,
  ]
  const expect = ({ seconds, requests }: SideCost): ExpectedCost => ({
    seconds: Math.round(turns * seconds),
    requests: sides * Math.round(requests),
    inputTokens: Math.round(sides * requests * lone.inputTokens),
    outputTokens: Math.round(sides * requests * lone.outputTokens),
  })
  return {
    ladder: {
      ...ladder,
      ...(once.length > 0 && { once }),
      ...(!isKnown && { search: { ...ladder.search!, mostSeconds } }),
    },
    windows,
    minRequests,
    levelRequests,
    warmupRequests,
    ...(openLoad !== null && { openLoad }),
    sentinel,
    soak,
    soakShare: chooseSoakShare(lone),
    sides,
    expected: expect(addCosts([beside.before, ...budgeted, beside.after])),
    budgeted: expect(addCosts(budgeted)),
    chooseOnce: (times, atCapacity) => chooseOnce(times, { passes, mostSeconds, atCapacity }).filter(isEnoughOnce),
    mostRequestsOf: (concurrency, durationMs) =>
      Math.ceil(estimateLevel(concurrency, lone.latencyMs, durationMs).requests),
    secondsOf: (concurrency) => costOf(concurrency).seconds,
    singles: {
      middleSeconds: turns * beside.middle.seconds,
      endSeconds: turns * beside.end.seconds + beside.after.seconds,
    },
    cut,
  }
}

/** How long the levels may take in all passes, in seconds; infinite where they take as long as it takes. */
function boundSeconds({ usual, ladder }: PlanOptions, secondsOf: (level: number) => number): number {
  if (usual == null) return Infinity
  const passes = Math.max(USUAL_PASSES, ladder.leastPasses ?? ladder.mostPasses)
  return passes * usual.reduce((sum, level) => sum + secondsOf(level), 0)
}

/** Nothing is known before the first pass: its windows hold a few requests in turn. */
function fitWindows({ leastDurationMs = Infinity, lone }: PlanOptions, mostMs: number): Windows {
  const leastMs = Math.min(leastDurationMs, mostMs)
  return { firstMs: Math.min(mostMs, Math.max(leastMs, FIRST_REQUESTS * lone.latencyMs)), leastMs, mostMs }
}

/** What is sent beside the levels, on one side. */
function estimateBeside(options: PlanOptions, levels: readonly number[], passes: number): BesideLevels {
  const { lone, sentinel, soak, control, crossCheck = false, preflightAhead = false } = options
  const highest = options.open == null ? Math.max(...levels) : SOAK.concurrency
  const singles = [estimateSingles(lone, SENTINEL_REQUESTS)]
  const apart = sentinel === 'apart' ? singles : []
  // The lowest level, and one probably near the knee, which is not known yet.
  const checked = [...new Set([levels[0]!, levels.at(-2) ?? levels[0]!])]
  return {
    before: addCosts([
      ...(preflightAhead ? [estimatePreflight(lone)] : []),
      ...(soak ? [estimateSoak(lone, highest)] : []),
      ...(control === 'together'
        ? [estimateProbes(lone, options.open == null ? chooseProbedLevel(options) : PROBE_CONCURRENCY)]
        : []),
      ...apart,
    ]),
    middle: addCosts(passes > 1 ? apart : []),
    // A level that is measured only once shows no change.
    end: addCosts(sentinel === 'level 1' && passes === 1 ? singles : apart),
    after: addCosts(crossCheck ? [estimateCrossCheck(lone, checked)] : []),
  }
}

interface BesideLevels {
  /** Before the first level. */
  readonly before: SideCost
  /** After the first pass. */
  readonly middle: SideCost
  readonly end: SideCost
  /** After the sweep, on the candidate alone. */
  readonly after: SideCost
}

/** A load of this many requests shows whether the two sides share something. */
const PROBE_CONCURRENCY = 16

/** The level that loads the candidate while the control is probed; not above the plan's highest. */
export function chooseProbedLevel({ ladder, openLoad }: Pick<Plan, 'ladder' | 'openLoad'>): number {
  if (openLoad !== undefined) return PROBE_CONCURRENCY
  return Math.min(PROBE_CONCURRENCY, Math.max(...ladder.levels))
}

/** A budget that a plan exceeds. */
interface BrokenBudget {
  readonly setting: string
  /** As a user may write it. */
  readonly given: string
  /** The least that would hold the plan. */
  readonly needed: string
}

function findBrokenBudgets({ budgeted }: Plan, limits: PlanOptions): readonly BrokenBudget[] {
  const { seconds, requests, outputTokens } = budgeted
  const writeSeconds = (value: number): string => `${Math.ceil(10 * value) / 10}s`
  const writeCount = (value: number): string => `${Math.ceil(value)}`
  const listBroken = (setting: string, given: number | null, needed: number, write = writeCount): BrokenBudget[] =>
    given === null || needed <= given ? [] : [{ setting, given: write(given), needed: write(needed) }]
  return [
    ...listBroken('max-duration', toSeconds(limits.maxDurationMs), seconds, writeSeconds),
    ...listBroken('max-requests', limits.maxRequests, requests),
    ...listBroken('max-output-tokens', limits.maxOutputTokens, outputTokens),
  ]
}

function toSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

function describeBroken({ setting, given, needed }: BrokenBudget): string {
  return `${setting} ${given} would not hold, ${needed} would`
}

function describeFewerPasses(passes: number, asked: number, why: string): string {
  return `${pluralise(passes, 'pass', 'passes')} instead of ${asked}: ${why}`
}
