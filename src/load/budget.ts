import { SOAK } from '../plan/cost.ts'
import type { Clock } from './ports.ts'
import { defineCells } from './runtime.ts'
import type { SharedCells } from './runtime.ts'

/** The budgets of a run, by their settings. */
export type BudgetName = 'max-duration' | 'max-requests' | 'max-output-tokens'

/** What one run may cost; null: no limit. */
export interface BudgetLimits {
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null
}

const CELLS = { startAt: NaN, requests: 0, tokens: 0 }

const shareBudget = defineCells(CELLS)

/** What a run may still spend; shared by all its levels, and by all threads that carry their load. */
export interface Budget extends Pick<SharedCells<never>, 'memory' | 'hold'> {
  readonly limits: BudgetLimits
  /** Counts a request that is about to be sent. */
  spendRequest(outputTokens: number): void
  /** The largest share that is used of any limit; 0 where there is none. */
  usedShare(): number
  /** The limit that is used up most; time where there is none. */
  nearest(): BudgetName
  /** True when requests or tokens are used up: nothing more is sent, not even to keep the load on. */
  spent(): boolean
  /** True when any limit is reached: the window ends and no further level begins. */
  exhausted(): boolean
}

/**
 * Counts what a run spends from now on, without preflight. Tokens are counted as asked for: an answer may be shorter,
 * never longer. When requests or tokens are used up, nothing more is sent, and a level stays as it is then. With
 * `memory` it joins another thread's budget, on the same clock.
 */
export function createBudget(
  { maxDurationMs, maxRequests, maxOutputTokens }: BudgetLimits,
  clock: Clock,
  memory?: SharedArrayBuffer,
): Budget {
  const { values, ...shared } = shareBudget(memory)
  if (memory === undefined) values.startAt = clock.now()
  const isSpent = (): boolean =>
    values.requests >= (maxRequests ?? Infinity) || values.tokens >= (maxOutputTokens ?? Infinity)
  const listShares = (): readonly (readonly [BudgetName, number])[] => [
    ['max-duration', (clock.now() - values.startAt) / (maxDurationMs ?? Infinity)],
    ['max-requests', values.requests / (maxRequests ?? Infinity)],
    ['max-output-tokens', values.tokens / (maxOutputTokens ?? Infinity)],
  ]
  return {
    ...shared,
    limits: { maxDurationMs, maxRequests, maxOutputTokens },
    spendRequest(outputTokens) {
      values.requests++
      values.tokens += outputTokens
    },
    usedShare: () => Math.max(...listShares().map(([, share]) => share)),
    nearest: () => listShares().reduce((most, each) => (each[1] > most[1] ? each : most))[0],
    spent: isSpent,
    exhausted: () => isSpent() || clock.now() - values.startAt >= (maxDurationMs ?? Infinity),
  }
}

/** What soak and first single requests may cost on each side: a quarter of the budget on top of it, at no level's expense. */
export function grantBeforeLevels({ maxRequests, maxOutputTokens }: BudgetLimits): BudgetLimits {
  return {
    maxDurationMs: SOAK.longestMs,
    maxRequests: quarterOf(maxRequests),
    maxOutputTokens: quarterOf(maxOutputTokens),
  }
}

function quarterOf(limit: number | null): number | null {
  return limit === null ? null : Math.ceil(limit / 4)
}
