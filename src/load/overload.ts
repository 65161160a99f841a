/** How many requests of an open loop were due and had not ended, at both ends of its window. */
export interface QueueChange {
  readonly before: number
  readonly after: number
  /** Requests that came due in between. */
  readonly arrivals: number
}

/** Of the requests that came, so many more are left over at a server that is not keeping up. */
const LEAST_SHARE = 0.05
/** What a steady queue may change by, in roots of its mean length: one of independent requests does by 1.4 of them. */
const BY_CHANCE = 4

/**
 * Whether the queue grows without end: the server ends clearly fewer requests than are sent. What such a level shows depends on how long it
 * was looked at, and is no figure of the server.
 */
export function isQueueGrowing({ before, after, arrivals }: QueueChange): boolean {
  return after - before > Math.max(LEAST_SHARE * arrivals, BY_CHANCE * Math.sqrt((before + after) / 2 + 1))
}
