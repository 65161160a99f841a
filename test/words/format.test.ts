import { describe, expect, test } from 'vitest'
import * as format from '../../src/words/format.ts'
import { renderBar, renderPlan, renderProgress, renderWait } from '../../src/words/progress.ts'
import { wrap } from '../../src/words/terminal.ts'
import { aLevel } from '../support/builders.ts'

test('every unit is written in one way', () => {
  expect([0, 0.0123, 0.853, 9.999, 52.14, 999.4, 999.6, 1240, 61_000].map(format.formatMs)).toEqual([
    '0 ms',
    '0.0123 ms',
    '0.853 ms',
    '10.0 ms',
    '52.1 ms',
    '999 ms',
    '1.00 s',
    '1.24 s',
    '61.0 s',
  ])
  expect([null, 0.853, 94.123, 3420.4].map(format.formatRate)).toEqual(['–', '0.853', '94.1', '3,420'])
  expect([null, 0, 0.0042, 0.0312, 0.12, 1].map(format.formatShare)).toEqual([
    '–',
    '0 %',
    '0.42 %',
    '3.1 %',
    '12 %',
    '100 %',
  ])
  expect([640, 24_000, 240_000, 972_800, 12_345_678].map(format.formatLarge)).toEqual([
    '640',
    '24.0 k',
    '0.24 M',
    '0.97 M',
    '12.35 M',
  ])
  expect([4, 13, 42, 113, 240, 256, 5400, 9000].map(format.formatAbout)).toEqual([
    'about 4 s',
    'about 13 s',
    'about 40 s',
    'about 110 s',
    'about 4 min',
    'about 4.5 min',
    'about 90 min',
    'about 2.5 h',
  ])
  expect([41.6, 240, 252].map(format.formatDuration)).toEqual(['42 s', '4 min', '4 min 12 s'])
  expect([1, 6.38, 32, 1024].map(format.formatConcurrency)).toEqual(['1', '6.4', '32', '1,024'])
})

test('a change has its sign and as many digits as it deserves', () => {
  expect([0.213, -0.0461, 0.004, -0.0001, 0, 0.0994, 0.0996, 11.4, null].map(format.formatChange)).toEqual([
    '+21 %',
    '−4.6 %',
    '+0.4 %',
    '0 %',
    '0 %',
    '+9.9 %',
    '+10 %',
    '+1,140 %',
    '–',
  ])
  expect(format.formatInterval({ low: 0.142, high: 0.287 })).toBe('[+14, +29]')
  expect(format.formatInterval({ low: -0.021, high: 0.03 })).toBe('[−2.1, +3.0]')
  expect(format.formatInterval({ low: -0.0001, high: 0.3 })).toBe('[0, +30]')
  expect(format.formatRange({ low: 0.142, high: 0.287 })).toBe('14 to 29 %')
  expect(format.formatRange({ low: -0.132, high: -0.048 })).toBe('−13 to −5 %')
  expect(format.formatRange({ low: -0.021, high: 0.03 })).toBe('−2.1 to +3.0 %')
  expect(format.formatSize(-0.19)).toBe('19 %')
})

test('a rate of false alarms does not look exact', () => {
  expect([0.5, 0.13, 0.01, 0.0007, 0.000001].map(format.formatOneOf)).toEqual([
    '1 of 2',
    '1 of 8',
    '1 of 100',
    '1 of 1,000',
    'less than 1 of 10,000',
  ])
})

test('a commit is seven letters, anything else is shown as it is', () => {
  expect(format.formatSha('3f2c1ab9d0e1f2a3b4c5')).toBe('3f2c1ab')
  expect(format.formatSha('not a commit')).toBe('not a commit')
})

test('the plan is one line', () => {
  const expected = { seconds: 240, requests: 1900, inputTokens: 972_800, outputTokens: 243_200 }
  expect(renderPlan({ levels: [1, 2, 4, 8, 16], passes: 3, expected })).toBe(
    '5 levels × 3 passes, about 4 min, 1,900 requests, 0.97 M tokens in, 0.24 M out',
  )
  expect(renderPlan({ levels: [1, 2], passes: 3, mostPasses: 10, expected })).toMatch(/^2 levels × 3 to 10 passes, /)
  expect(renderPlan({ levels: [1, 2], passes: 3, windows: { leastSeconds: 3, mostSeconds: 8 }, expected })).toMatch(
    /^2 levels × 3 passes, windows of 3 to 8 s, about 4 min, /,
  )
  const windows = { leastSeconds: 5.059519668000001, mostSeconds: 10.119 }
  expect(renderPlan({ levels: [1, 2], passes: 3, windows, expected })).toContain(', windows of 5.1 to 10.1 s, ')
  expect(renderPlan({ levels: [1], passes: 1, expected: { ...expected, outputTokens: 0 } })).toBe(
    '1 level × 1 pass, about 4 min, 1,900 requests, 0.97 M input tokens',
  )
  expect(renderPlan({ levels: [1], passes: 1, expected: { ...expected, inputTokens: 0 } })).toBe(
    '1 level × 1 pass, about 4 min, 1,900 requests, 0.24 M output tokens',
  )
})

test('a finished pass is one line, with how far the sweep is', () => {
  const level = aLevel(1, [{}])
  const place = { count: 7, total: 18, isMost: false, secondsLeft: 240 }
  expect(renderProgress(level.passes[0]!, { concurrency: 1, place, alone: level })).toBe(
    '7 of 18, level 1: 96.1 tok/s, TTFT 50.0 ms, TPOT 10.0 ms, 10 ok; ~4 min left',
  )
  const failed = { ...level.passes[0]!, requests: { ok: 10, failed: 2, short: 0 } }
  expect(
    renderProgress(failed, { concurrency: 1, place: { ...place, isMost: true, secondsLeft: null }, alone: level }),
  ).toBe('7 of up to 18, level 1: 96.1 tok/s, TTFT 50.0 ms, TPOT 10.0 ms, 10 ok, 2 failed')
  const embeddings = aLevel(1, [{ lastTokenMs: 20, ttftMs: null, tpotMs: null, outputTokens: 0 }], {
    task: 'embeddings',
    tolerance: 0.05,
  })
  expect(renderProgress(embeddings.passes[0]!, { concurrency: 1, place, alone: embeddings })).toMatch(
    /^7 of 18, level 1: 24,381 input tok\/s, latency 20\.0 ms, 477 ok; ~4 min left$/,
  )
})

test.each([
  ['client-saturated', ['client-saturated'], '10 ok, client busy; ~4 min left'],
  ['client-saturated', ['client-limit'], '10 ok, client limit; ~4 min left'],
  ['limited', ['rate-limited'], '10 ok, limited; ~4 min left'],
  ['lost', ['errors'], '10 ok, lost; ~4 min left'],
  ['overloaded', ['overloaded'], '10 ok, overloaded; ~4 min left'],
  ['invalid', ['drift'], '10 ok; ~4 min left'],
  ['buffered', [], '10 ok; ~4 min left'],
] as const)('the line of a pass says what kept its figures from counting: %s %s', (state, invalidReasons, end) => {
  const level = { ...aLevel(1, [{}]), state, invalidReasons }
  const place = { count: 7, total: 18, isMost: false, secondsLeft: 240 }
  expect(renderProgress(level.passes[0]!, { concurrency: 1, place, alone: level })).toBe(
    `7 of 18, level 1: 96.1 tok/s, TTFT 50.0 ms, TPOT 10.0 ms, ${end}`,
  )
})

test('a paragraph is wrapped and indented', () => {
  expect(wrap('  ! one two three four', { width: 12, indent: 4 })).toEqual(['  ! one two', '    three', '    four'])
})

describe('what moves on a terminal', () => {
  const place = { count: 7, total: 18, isMost: false, secondsLeft: 240 }

  test('is a bar with the place, the time of the level and the time left', () => {
    expect(renderBar(place, { concurrency: 16 }, 12)).toBe(
      '████████░░░░░░░░░░░░░░  7 of 18, level 16, 12 s, ~4 min left',
    )
    expect(renderBar({ ...place, isMost: true, secondsLeft: null }, { concurrency: 16, side: 'control' }, 12)).toBe(
      '██████░░░░░░░░░░░░░░  7 of up to 18, level 16, control, 12 s',
    )
  })

  test('fills as time goes by, and never up to the end of what still runs', () => {
    const filled = (seconds: number, at = place): number =>
      renderBar(at, { concurrency: 16 }, seconds).replaceAll(/[^█]/g, '').length
    const last = { ...place, count: 1, total: 1 }
    expect(
      [filled(0, last), filled(120, last), filled(9999, last)].every((n, i, all) => i === 0 || n > all[i - 1]!),
    ).toBe(true)
    expect(renderBar(last, { concurrency: 16 }, 9999)).toMatch(/█░ {2}1 of 1/)
  })

  test('fits 60 columns whatever its numbers are', () => {
    for (const secondsLeft of [null, 1, 100, 50_000])
      for (const [count, total] of [
        [1, 1],
        [30, 30],
        [999, 999],
      ] as const)
        for (const concurrency of [1, 4096])
          for (const side of ['candidate', 'control'] as const)
            for (const isMost of [true, false]) {
              const line = renderBar({ count, total, isMost, secondsLeft }, { concurrency, side }, 1234)
              expect(line.length, line).toBeLessThanOrEqual(60)
              expect(line).toMatch(/^█*░+ {2}\d/)
            }
    expect(renderWait('a'.repeat(80), 12).length).toBe(60)
    expect(renderWait('reading the recorded runs', 12)).toBe('reading the recorded runs: 12 s …')
  })
})
