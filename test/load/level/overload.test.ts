import { expect, test } from 'vitest'
import { addQueues, isQueueGrowing } from '../../../src/load/level/overload.ts'

/** A shard that sends ten requests a second for twenty seconds, of which the server was idle in the first half. */
const BURST = {
  before: 0,
  after: 20,
  arrivals: 200,
  expected: 200,
  // Twice as many as on average came within ten seconds, and half of them were served.
  longer: { before: 0, after: 20, arrivals: 120, expected: 100 },
}
const BEHIND = { ...BURST, longer: { ...BURST.longer, arrivals: 100 } }

test('a burst after idle time is no queue without end over several shards, either, and one that all of them see is', () => {
  for (const [queue, grows] of [
    [BURST, false],
    [BEHIND, true],
  ] as const) {
    expect(isQueueGrowing(queue)).toBe(grows)
    expect(isQueueGrowing(addQueues([queue, queue]))).toBe(grows)
  }
})

test('a shard whose queue was never as short again is judged by both ends of its window', () => {
  const { longer: _, ...ends } = BURST
  expect(isQueueGrowing(addQueues([ends, ends]))).toBe(true)
})
