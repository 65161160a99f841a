import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { computeTpotMs, findBursts, isBuffered } from '../../../src/protocol/answer/token-times.ts'

describe('TPOT', () => {
  const facts = {
    firstTokenAt: 100,
    lastTokenAt: 1090,
    tokenEvents: 100,
    outputTokens: 100,
    hiddenTokens: 0,
    firstCount: NaN,
  }

  it('divides by the tokens after the first event', () => {
    expect(computeTpotMs(facts)).toBe(10)
  })

  it('takes the tokens of the first event from its stated count, else from the mean', () => {
    expect(computeTpotMs({ ...facts, outputTokens: 200 })).toBe(990 / 198)
    expect(computeTpotMs({ ...facts, outputTokens: 200, firstCount: 20 })).toBe(990 / 180)
  })

  it('counts what shows when reasoning was hidden, whether or not the first count holds it', () => {
    const hidden = { ...facts, outputTokens: 150, hiddenTokens: 50 }
    expect(computeTpotMs(hidden)).toBe(10)
    expect(computeTpotMs({ ...hidden, firstCount: 51 })).toBe(10)
    expect(computeTpotMs({ ...hidden, firstCount: 1 })).toBe(10)
  })

  it('is unknown for fewer than two events or tokens, and for tokens of one instant', () => {
    expect(computeTpotMs({ ...facts, tokenEvents: 1 })).toBeNull()
    expect(computeTpotMs({ ...facts, outputTokens: 1 })).toBeNull()
    expect(computeTpotMs({ ...facts, firstCount: 100 })).toBeNull()
    expect(computeTpotMs({ ...facts, lastTokenAt: 100 })).toBeNull()
  })

  it('keeps latency = TTFT + TPOT × (tokens after the first event)', () => {
    const scene = fc.record({
      gap: fc.double({ min: 0.1, max: 1000, noNaN: true }),
      events: fc.integer({ min: 2, max: 500 }),
      each: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(scene, ({ gap, events, each }) => {
        const lastTokenAt = 100 + gap * (events - 1)
        const tpot = computeTpotMs({ ...facts, lastTokenAt, tokenEvents: events, outputTokens: events * each })
        expect(100 + tpot! * (events * each - each)).toBeCloseTo(lastTokenAt, 6)
      }),
    )
  })
})

describe('a buffered answer', () => {
  const at = (times: readonly number[]) => isBuffered(Float64Array.from(times), times.length)

  it('has at least 16 token events, 90 % of them within 2 ms', () => {
    const burst = Array.from({ length: 18 }, (_, i) => 500 + i / 9)
    expect(at([100, 200, ...burst])).toBe(true)
    expect(at([...burst.map((t) => t - 400), 300, 400])).toBe(true)
    expect(at([100, 200, 300, ...burst.slice(0, 17)])).toBe(false)
    expect(at(burst.slice(0, 16))).toBe(true)
    expect(at([100, ...burst.slice(0, 15)])).toBe(true)
    expect(at(burst.slice(0, 15))).toBe(false)
    expect(at(Array.from({ length: 100 }, (_, i) => i))).toBe(false)
  })

  it('does not look at memory beyond its own events', () => {
    const scratch = new Float64Array(64)
    scratch.set(Array.from({ length: 16 }, (_, i) => 10 * i))
    expect(isBuffered(scratch, 16)).toBe(false)
  })
})

function at(count: number, of: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => of(i))
}

/** So many tokens at each of these times. */
function bursts(...each: readonly (readonly [ms: number, tokens: number])[]): Float64Array {
  return Float64Array.from(each.flatMap(([ms, tokens]) => Array.from({ length: tokens }, () => ms)))
}

test('a buffer that must be full is told by its size', () => {
  // 16 KiB at a time, as nginx buffers: 64 events, a second and a half apart.
  const tokenAt = at(160, (i) => 1_500 * Math.floor(i / 64))
  expect(findBursts(tokenAt, 40_000)).toMatchObject({ by: 'size', count: 3, events: 53, kib: 16 })
  expect(
    findBursts(
      at(64, (i) => 300 * Math.floor(i / 30)),
      9_000,
    ),
  ).toMatchObject({ by: 'size' })
})

test('what holds back for a fixed time is told by that time, with few events in each burst too', () => {
  // As HAProxy 2.6 without `option http-no-delay` sent 64 tokens that came to it every 10 ms, and every 50 ms.
  const fast = bursts([208, 18], [252, 4], [468, 21], [679, 20], [689, 1])
  expect(findBursts(fast, 8_900)).toMatchObject({ by: 'time', count: 5, events: 13, everyMs: 216 })
  const slow = bursts([210, 4], [256, 1], [494, 5], [746, 5], [998, 5], [1246, 4], [1454, 4], [1499, 1])
  expect(findBursts(slow, 3_900)).toMatchObject({ by: 'time', everyMs: 248 })
  // A proxy written in Go flushes every 100 ms.
  expect(
    findBursts(
      at(128, (i) => 104 * Math.floor(i / 10)),
      17_000,
    ),
  ).toMatchObject({ by: 'time', everyMs: 104 })
})

test('a buffer whose bursts come as often as time would end them is told by its size', () => {
  // 4 KiB at a time, 32 events that come every 3.2 ms, and every 6.2 ms.
  for (const everyMs of [102, 198]) {
    const tokenAt = at(170, (i) => everyMs * Math.floor(i / 32))
    expect(findBursts(tokenAt, 128 * 173)).toMatchObject({ by: 'size', kib: 4 })
    // As regular, and no size of a buffer.
    expect(findBursts(tokenAt, 180 * 173)).toMatchObject({ by: 'time', everyMs })
  }
})

test('a small buffer that a steady model fills every 100 ms is told by its size, and a timer whose bursts differ by their time', () => {
  // Events of 136 bytes, of which 1 KiB has seven or eight, and 2 KiB fifteen; between proxies each of them in a frame.
  for (const [buffer, bytes] of [
    [1024, 136],
    [2048, 136],
    [1024, 142],
  ] as const) {
    const tokenAt = at(128, (i) => 100 * Math.floor((i * bytes) / buffer))
    expect(findBursts(tokenAt, 136 * 128 + 530)).toMatchObject({ by: 'size', kib: buffer / 1024 })
  }
  // A timer of 100 ms: of a steady model with bursts of another size, and of one that is not steady.
  const steady = at(128, (i) => 100 * Math.floor(i / 9))
  expect(findBursts(steady, 136 * 128 + 530)).toMatchObject({ by: 'time', everyMs: 100 })
  const uneven = bursts([0, 7], [100, 8], [200, 9], [300, 6], [400, 8], [500, 7], [600, 9], [700, 6], [800, 3])
  expect(findBursts(uneven, 136 * 66)).toMatchObject({ by: 'time', everyMs: 100 })
})

test('what flushes by a timer of its own is told by its time, whatever that is', () => {
  const tokenAt = at(96, (i) => 250 * Math.floor(i / 19))
  expect(findBursts(tokenAt, 136 * 99)).toMatchObject({ by: 'time', everyMs: 250 })
  // Bursts that are not regular are no timer's.
  const uneven = bursts([0, 20], [240, 19], [610, 22], [800, 18], [1_200, 20], [1_300, 4])
  expect(findBursts(uneven, 136 * 106)).toMatchObject({ by: 'size' })
})

test('a steady stream, one burst, a server that guesses ahead and a client that stalls hold nothing back', () => {
  expect(
    findBursts(
      at(128, (i) => 20 * i),
      32_000,
    ),
  ).toBeNull()
  expect(
    findBursts(
      at(128, () => 5),
      32_000,
    ),
  ).toBeNull()
  expect(
    findBursts(
      at(128, (i) => 40 * Math.floor(i / 4)),
      32_000,
    ),
  ).toBeNull()
  expect(
    findBursts(
      at(128, (i) => 160 * Math.floor(i / 4)),
      32_000,
    ),
  ).toBeNull()
  // Guesses that come true now and then, on a slow machine: no beat.
  expect(
    findBursts(
      at(120, (i) => 200 * (Math.floor(i / 6) + (i % 6 > 3 ? 0.5 : 0))),
      32_000,
    ),
  ).toBeNull()
  expect(
    findBursts(
      at(128, (i) => i + 25 * Math.floor(i / 40)),
      32_000,
    ),
  ).toBeNull()
  expect(
    findBursts(
      at(64, (i) => 10 * i + (i > 20 ? 370 : 0)),
      8_000,
    ),
  ).toBeNull()
  expect(findBursts(new Float64Array(0), 0)).toBeNull()
})
