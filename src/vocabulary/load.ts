/** The load of a run: what its requests are for, what its levels count, what may become of one and of their plateau, and why a search tried no higher one. */

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
export const LEVEL_STATES = ['ok', 'buffered', 'limited', 'lost', 'overloaded', 'client-saturated', 'invalid'] as const
export type LevelState = (typeof LEVEL_STATES)[number]

/**
 * What became of a run's plateau. `reached`: throughput grows no more. `not-reached`: still growing. `collapsing`: it falls
 * beyond its best. `limited`: a rate limit ended it.
 */
export const PLATEAU_STATES = ['reached', 'not-reached', 'collapsing', 'limited'] as const
export type PlateauState = (typeof PLATEAU_STATES)[number]

/** Whether its throughput is that of a plateau; else it is the highest that was seen, a lower bound. */
export function reachesPlateau(state: PlateauState): boolean {
  return state === 'reached' || state === 'collapsing'
}

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

/** A search measures at most this many levels, besides those that limits name. */
export const MOST_SEARCHED = 9

interface SearchWords {
  readonly because: string
  readonly remedy: string | null
}

/** Why a search tried no higher level: its end as half a sentence after "because", and what would let it go on, where anything would. */
export const SEARCH_ENDS = {
  plateau: { because: 'throughput grows no more', remedy: null },
  objectives: { because: 'more load does not keep the objectives', remedy: null },
  gone: { because: 'the server stopped answering', remedy: 'Look at the log of the server.' },
  'too-much': { because: 'the server did not hold a higher level', remedy: null },
  limited: { because: 'a rate limit refused more', remedy: 'Raise the rate limit of this key.' },
  client: {
    because: 'this machine was at a limit of its own',
    remedy: 'Use a machine with more cores or less other work, or raise the limit that the findings name.',
  },
  ceiling: { because: '`max-in-flight` was reached', remedy: 'Raise `max-in-flight`.' },
  proof: {
    because: 'more would be beyond what this machine was proven to read in time',
    remedy: 'Use a machine with faster or more cores.',
  },
  files: {
    because: 'this machine may not open more connections',
    remedy: 'Raise the limit of open files (`ulimit -n`).',
  },
  stated: { because: 'the server states that it takes no more at once', remedy: null },
  'max-concurrency': { because: '`max-concurrency` allows no more', remedy: 'Raise `max-concurrency`.' },
  process: { because: 'one process sends no more', remedy: 'Let several processes measure it together (`shard`).' },
  'max-duration': endByBudget('max-duration'),
  'max-requests': endByBudget('max-requests'),
  'max-output-tokens': endByBudget('max-output-tokens'),
  /** Of older reports, which do not say which. */
  budget: {
    because: 'a higher level would not fit into the budgets',
    remedy: 'Raise `max-duration`, `max-requests` or `max-output-tokens`.',
  },
  time: {
    because: 'a higher level would take too long for a run',
    remedy: 'List higher levels (`concurrency`), or let answers be shorter (`output-tokens`).',
  },
  levels: { because: `${MOST_SEARCHED} levels were measured`, remedy: 'List higher levels.' },
  unusable: { because: 'three levels could not be used', remedy: 'See the findings.' },
} as const satisfies Readonly<Record<string, SearchWords>>

function endByBudget(setting: string): SearchWords {
  return { because: `a higher level would not fit into \`${setting}\``, remedy: `Raise \`${setting}\`.` }
}

export type SearchEnd = keyof typeof SEARCH_ENDS

export const SEARCH_END_NAMES = Object.keys(SEARCH_ENDS) as readonly SearchEnd[]
