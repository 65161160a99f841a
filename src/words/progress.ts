import { pluralise } from '../text.ts'
import type { LevelMetrics, LevelPass } from '../metrics/level/level-metrics.ts'
import { nameLevel, nameState, MOST_SEARCHED } from '../vocabulary/load.ts'
import type { LevelState, LoadKind } from '../vocabulary/load.ts'
import type { ReportPlan } from '../report/run-report.ts'
import { RATE_FIELDS, RATE_UNITS } from '../vocabulary/metrics.ts'
import { formatAbout, formatCount, formatLarge, formatMs, formatRate } from './format.ts'

/** Ranges of a plan that are decided while measuring; absent: fixed. */
export interface PlannedRanges {
  /** With `passes: auto`: the most; the `passes` of the plan are the fewest. */
  readonly mostPasses?: number
  /** The levels are still to be found, and those given are what is expected of them. */
  readonly isSearched?: boolean
  /** With `level-duration: auto`. */
  readonly windows?: { readonly leastSeconds: number; readonly mostSeconds: number }
}

/** The plan in one line: "5 levels × 3 passes, about 4 min, 1,900 requests, 0.97 M tokens in, 0.24 M out". */
export function renderPlan({
  levels,
  passes,
  mostPasses = passes,
  windows,
  isSearched = false,
  once = [],
  expected,
}: Pick<ReportPlan, 'levels' | 'passes' | 'once' | 'expected'> & PlannedRanges): string {
  const most = isSearched || once.length > 0 ? 'up to ' : ''
  return [
    `${isSearched ? `up to ${MOST_SEARCHED} levels` : pluralise(levels.length, 'level')} × ${mostPasses > passes ? `${passes} to ${mostPasses} passes` : `${most}${pluralise(passes, 'pass', 'passes')}`}`,
    ...(windows === undefined
      ? []
      : [`windows of ${formatTenths(windows.leastSeconds)} to ${formatTenths(windows.mostSeconds)} s`]),
    `${formatAbout(expected.seconds)}${isSearched ? ` for ${levels.length} of them` : ''}`,
    ...listSpent(expected),
  ].join(', ')
}

function formatTenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}

/** What several plans cost together: time, requests, tokens. */
export function renderCost(expected: ReportPlan['expected']): string {
  return [formatAbout(expected.seconds), ...listSpent(expected)].join(', ')
}

function listSpent({ requests, inputTokens, outputTokens }: ReportPlan['expected']): readonly string[] {
  // What the server does not count is left out.
  const tokens =
    inputTokens > 0 && outputTokens > 0
      ? `${formatLarge(inputTokens)} tokens in, ${formatLarge(outputTokens)} out`
      : `${formatLarge(outputTokens || inputTokens)} ${outputTokens > 0 ? 'output' : 'input'} tokens`
  return [pluralise(Math.round(requests), 'request'), tokens]
}

/** The progress of a sweep: how many level runs have begun, of how many, and the time left. */
export interface SweepProgress {
  readonly count: number
  readonly total: number
  /** True where the total is an upper bound. */
  readonly isMost: boolean
  /** Null while unknown. */
  readonly secondsLeft: number | null
}

/** What is being measured: "7 of 18, level 16", and "7 of 18, level 16 of the control". */
export function renderPlace(place: SweepProgress, level: PlacedLevel): string {
  return namePlace(place, level, ' of the control')
}

function namePlace(
  { count, total, isMost }: SweepProgress,
  { concurrency, side, load = 'concurrency' }: PlacedLevel,
  ofControl: string,
): string {
  return `${count} of ${isMost ? 'up to ' : ''}${total}, level ${nameLevel(load, concurrency)}${side === 'control' ? ofControl : ''}`
}

/** A level being measured, and its side. */
export interface PlacedLevel {
  readonly concurrency: number
  readonly side?: 'candidate' | 'control'
  /** What the number counts. Default: workers of a closed loop. */
  readonly load?: LoadKind
}

/**
 * One finished pass of a level, with medians, in one line:
 * "7 of 18, level 16: 569 tok/s, TTFT 1.44 s, TPOT 14.0 ms, 192 ok, 3 failed, client busy; ~4 min left".
 * Of `alone`, the level as this pass alone shows it, it tells what would keep it from counting; over all passes it may be fine.
 */
export function renderProgress(
  pass: LevelPass,
  { place, alone, ...level }: PlacedLevel & { readonly place: SweepProgress; readonly alone: JudgedLevel },
): string {
  const { requests } = pass
  const metric = RATE_FIELDS.find((field) => pass[field] !== null)
  const rate = metric === undefined ? null : `${formatRate(pass[metric])} ${RATE_UNITS[metric]}`
  const formatMedian = (name: string, p50: number | null | undefined) =>
    p50 == null ? null : `${name} ${formatMs(p50)}`
  const streams = pass.ttftMs !== null || pass.tpotMs !== null
  const parts = [
    rate,
    ...(streams
      ? [formatMedian('TTFT', pass.ttftMs?.p50), formatMedian('TPOT', pass.tpotMs?.p50)]
      : [formatMedian('latency', pass.latencyMs?.p50)]),
    `${formatCount(requests.ok)} ok`,
    requests.failed === 0 ? null : `${formatCount(requests.failed)} failed`,
    UNDECIDED.has(alone.state) ? null : nameState(alone),
  ]
  const { secondsLeft } = place
  const left = secondsLeft === null ? '' : `; ${shortenAbout(secondsLeft)} left`
  return `${renderPlace(place, level)}: ${parts.filter((part) => part !== null).join(', ')}${left}`
}

function shortenAbout(seconds: number): string {
  return formatAbout(seconds).replace('about ', '~')
}

type JudgedLevel = Pick<LevelMetrics, 'state' | 'invalidReasons'>

/** What is merely `invalid` in one pass may be fine in all of them. */
const UNDECIDED: ReadonlySet<LevelState> = new Set(['ok', 'buffered', 'invalid'])

/** What moves while something is measured is on one line, which has to fit a narrow terminal: a broken line cannot be replaced. */
const LIVE_COLUMNS = 60
const LONGEST_BAR = 24
const SHORTEST_BAR = 6

/** That something without steps goes on: "reading the recorded runs: 12 s …". */
export function renderWait(what: string, elapsedSeconds: number): string {
  const since = `: ${Math.round(elapsedSeconds)} s …`
  const room = LIVE_COLUMNS - since.length
  return `${what.length <= room ? what : `${what.slice(0, room - 1)}…`}${since}`
}

/**
 * How far a sweep is, as a bar with its words: "███████░░░░░░░░░  7 of 18, level 16, 12 s, ~4 min left". The elapsed time of the level is
 * left out where it leaves the bar no room. It has no colour, so it is the same under NO_COLOR.
 */
export function renderBar(place: SweepProgress, level: PlacedLevel, elapsedSeconds: number): string {
  const { count, total, secondsLeft } = place
  const where = namePlace(place, level, ', control')
  const left = secondsLeft === null ? null : Math.max(1, secondsLeft - elapsedSeconds)
  const remains = left === null ? '' : `, ${shortenAbout(left)} left`
  const elapsed = `, ${Math.round(elapsedSeconds)} s`
  const isRoom = `${where}${elapsed}${remains}`.length + 2 + SHORTEST_BAR <= LIVE_COLUMNS
  const words = `${where}${isRoom || left === null ? elapsed : ''}${remains}`
  const columns = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, LIVE_COLUMNS - 2 - words.length))
  const begun = (count - 1) / total
  // Within a level as its time goes by; never beyond its end, which is not reached while it runs.
  const within = secondsLeft === null ? 0 : Math.min(1 / total, (1 - begun) * (elapsedSeconds / secondsLeft))
  const filled = Math.min(columns - 1, Math.floor((begun + within) * columns))
  return `${'█'.repeat(filled)}${'░'.repeat(columns - filled)}  ${words}`
}
