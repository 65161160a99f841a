import { expect, it } from 'vitest'
import { createEngine } from '../../src/simulator/engine/engine.ts'
import { createForeignLoad } from '../../src/simulator/endpoint.ts'
import { createTally } from '../../src/simulator/tally.ts'

it('keeps foreign requests in the engine for ever, and they take its time', () => {
  const tally = createTally()
  const engine = createEngine({ slots: 4, overheadMs: 0, prefillMsPerToken: 0, decodeMs: 5, decodeMsPerSequence: 1 })
  const foreign = createForeignLoad(3, engine, tally)
  foreign.begin(0)
  engine.submit(1, { inputTokens: 1, outputTokens: 100_000, at: 0 })
  let own = 0
  for (let now = 0; now <= 4000; now += 9) {
    for (const event of engine.advanceTo(now)) {
      tally.noteTokens(event, now)
      if (!foreign.take(event, now)) own++
    }
    engine.nextEventAt()
    if (now > 9) expect(engine.running + engine.waiting).toBe(4)
  }
  // A step of four takes 9 ms and one of 3, right after an end, 8.
  expect(own).toBeGreaterThan(4000 / 9 - 1)
  expect(own).toBeLessThan(4000 / 8)
  expect(tally.totals.finished.length).toBeGreaterThan(6)
})
