import type { Clock } from './ports.ts'

/** What one run may cost; null: no limit. */
export interface BudgetLimits {
  readonly maxDurationMs: number | null
  readonly maxRequests: number | null
  readonly maxOutputTokens: number | null
}

/** What a run may still spend; shared by all its levels. */
export interface Budget {
  /** Takes a request into account that is about to be sent. */
  spendRequest(outputTokens: number): void
  /** True when requests or tokens are used up: nothing more is sent, not even to keep the load on. */
  spent(): boolean
  /** True when any limit is reached: the window ends and no further level begins. */
  exhausted(): boolean
}

/**
 * Keeps count of what a run spends from now on. Tokens are counted as asked for: an answer may be shorter, never longer. When
 * requests or tokens are spent nothing more is sent and the last answers end without load behind them; what a level then lacks is
 * left out. Preflight is not counted.
 */
export function createBudget(limits: BudgetLimits, clock: Clock): Budget {
  const startAt = clock.now()
  let requests = 0
  let tokens = 0
  const isSpent = (): boolean =>
    requests >= (limits.maxRequests ?? Infinity) || tokens >= (limits.maxOutputTokens ?? Infinity)
  return {
    spendRequest(outputTokens) {
      requests++
      tokens += outputTokens
    },
    spent: isSpent,
    exhausted: () => isSpent() || clock.now() - startAt >= (limits.maxDurationMs ?? Infinity),
  }
}
