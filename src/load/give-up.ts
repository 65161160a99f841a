/**
 * A level is given up after this many refused or failed requests, if they are also this share of all: one 429 among
 * the first fifty says nothing.
 */
const GIVE_UP_REFUSED = 3
const GIVE_UP_REFUSED_SHARE = 0.01
const GIVE_UP_FAILED = 10
const GIVE_UP_FAILED_SHARE = 0.5

/** Why a level with these finished requests is given up; null where it is not. */
export function findReasonToGiveUp({
  records,
  failed,
  refused,
}: {
  readonly records: number
  readonly failed: number
  /** How many of the failed ones were refused with 429. */
  readonly refused: number
}): 'rate-limited' | 'failing' | null {
  if (refused >= GIVE_UP_REFUSED && refused > GIVE_UP_REFUSED_SHARE * records) return 'rate-limited'
  return failed >= GIVE_UP_FAILED && failed > GIVE_UP_FAILED_SHARE * records ? 'failing' : null
}
