/** The load of a run: what its requests are for, what its levels count, and what may become of one. */

/** What a request is for. Some APIs serve all of them behind one path. */
export const TASKS = ['chat', 'completions', 'embeddings', 'rerank', 'score'] as const
export type Task = (typeof TASKS)[number]

/** The tasks that generate nothing, so that nothing streams, with what a request holds one or several of. */
const ITEM_WORDS: Readonly<Record<string, string>> = { embeddings: 'sequence', rerank: 'document', score: 'pair' }

/** Whether its answers have tokens that come one by one; the others have latency and input tokens. */
export function generatesTokens(task: string): boolean {
  return !Object.hasOwn(ITEM_WORDS, task)
}

/** What one request of the task holds one or several of. */
export function nameItem(task: string): string {
  return ITEM_WORDS[task] ?? 'prompt'
}

/** Whether each item is held against a query. */
export function needsQuery(task: string): boolean {
  return task === 'rerank' || task === 'score'
}

/** What the number of a level of an open loop counts: requests a second, or by how much a trace is replayed faster than it came. */
export const OPEN_LOADS = ['rate', 'speed'] as const
export type OpenLoadKind = (typeof OPEN_LOADS)[number]

/** What the number of a level counts: workers of a closed loop, or what an open one does. OpenMetrics labels figures by it, so it is of letters only. */
export type LoadKind = 'concurrency' | OpenLoadKind

/** A level that was measured before. */
export interface KnownLevel {
  readonly level: number
  /** The usual latency there; null where it has none. */
  readonly latencyMs: number | null
  /** Whether further passes left it out, because they would take too long; absent: they did not. */
  readonly once?: boolean
}

/** The settings by which whoever sends too much sends less, for a sentence that says so. */
export const SETTINGS_OF_LESS_LOAD = '`max-concurrency`, or a list of `concurrency` or `rate`'

/** What stands after the number. */
const LEVEL_SIGNS: Readonly<Record<LoadKind, string>> = { concurrency: '', rate: '/s', speed: 'x' }

/** A level beside others: `32`, `50/s`, `2x`. */
export function nameLevel(load: LoadKind, level: number | string): string {
  return `${level}${LEVEL_SIGNS[load]}`
}

/** Levels in a sentence, by their names: `concurrency 8 and 32`, `50/s and 80/s`. */
export function spellLevels(load: LoadKind, names: string): string {
  return isOpenLoop(load) ? names : `concurrency ${names}`
}

/** Whether requests are sent when they are due, whatever became of those before. */
export function isOpenLoop(load: LoadKind): boolean {
  return load !== 'concurrency'
}

/** The field of a series that has its levels; those of an open loop are absent where it has others. */
const LEVEL_FIELDS = { concurrency: 'concurrency', rate: 'rates', speed: 'speeds' } as const satisfies Readonly<
  Record<LoadKind, string>
>

/** The levels of an open loop, as a series has them. */
type OpenLevels<T> = { readonly [Load in OpenLoadKind as (typeof LEVEL_FIELDS)[Load]]?: T }

/** What the levels of a recorded run are. */
export function loadOf(series: OpenLevels<unknown>): LoadKind {
  return OPEN_LOADS.find((load) => series[LEVEL_FIELDS[load]] !== undefined) ?? 'concurrency'
}

/** The levels that a recorded run was asked for, as its series has them. */
export function askedLevelsOf<T>(series: OpenLevels<T> & { readonly concurrency: T }): T {
  return series[LEVEL_FIELDS[loadOf(series)]] ?? series.concurrency
}

/** What the levels of a run will be. */
export function chooseLoad({ rate, trace }: { readonly rate: unknown; readonly trace: unknown }): LoadKind {
  if (trace !== null) return 'speed'
  return rate === null ? 'concurrency' : 'rate'
}

/**
 * `ok`: usable. `buffered`: usable for latency and throughput, but without TTFT and TPOT, because answers came in one
 * piece. `limited`: rate-limited, not slow. `lost`: the server did not hold this concurrency. `client-saturated`: the
 * client, not the server, was the bottleneck. `overloaded`: at this rate more requests came than the server ended, so that
 * its queue grew without end. `invalid`: unusable for the reasons named.
 */
export type LevelState = 'ok' | 'buffered' | 'limited' | 'lost' | 'overloaded' | 'client-saturated' | 'invalid'

/** What became of a level, in words that follow its name. */
export const STATE_WORDS: Readonly<Record<LevelState, string>> = {
  ok: 'held',
  buffered: 'its answers came in one piece',
  lost: 'the server did not hold it',
  overloaded: 'more requests came than the server ended',
  limited: 'the endpoint limited the rate',
  'client-saturated': 'this machine was too busy, or at a limit of its own',
  invalid: 'its figures are not valid',
}

/** A state, short enough for a column or a line of a log. It names the client where that was the cause. */
export function nameState({
  state,
  invalidReasons,
}: {
  readonly state: LevelState
  readonly invalidReasons: readonly string[]
}): string {
  if (state !== 'client-saturated') return state
  return invalidReasons.includes('client-limit') ? 'client limit' : 'client busy'
}

/** Whether the load was too much for the server: it failed it, or did not keep up with it. */
export function isTooMuch(state: LevelState): boolean {
  return state === 'lost' || state === 'overloaded'
}
