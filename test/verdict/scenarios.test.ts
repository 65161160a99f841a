import { expect, test } from 'vitest'
import { drawNormal, seedRandom } from '../../src/random.ts'
import type { HistoryRow } from '../../src/report/history.ts'
import { shareAlarmRate } from '../../src/settings/scenarios.ts'
import { settingsFor } from '../support/run-settings.ts'
import { aRow, judged } from './recorded.ts'

const TOGETHER = 0.2
const SCENARIOS = 4
const RUNS = 50

test('a run of several scenarios of unchanged code is red by chance as often as a run of one', () => {
  const random = seedRandom('scenarios')
  const draw = (): HistoryRow => {
    const drawOne = () => Math.exp(0.03 * drawNormal(random))
    return aRow({ ttft: drawOne(), tpot: drawOne(), throughput: drawOne() })
  }
  const settings = { ...settingsFor('http://h'), falseAlarmRate: TOGETHER }
  const { falseAlarmRate } = shareAlarmRate(settings, SCENARIOS)
  const count = { shared: 0, unshared: 0 }
  for (let run = 0; run < RUNS; run++) {
    const scenarios = Array.from({ length: SCENARIOS }, () => {
      const history = Array.from({ length: 8 }, draw)
      const candidate = draw()
      return (rate: number): boolean => {
        const policy = { tolerance: { all: 0.001, byMetric: {} }, falseAlarmRate: rate }
        return judged(candidate, history, { policy }).comparisons.some(({ verdict }) => verdict === 'regressed')
      }
    })
    if (scenarios.some((isRed) => isRed(falseAlarmRate))) count.shared++
    if (scenarios.some((isRed) => isRed(TOGETHER))) count.unshared++
  }
  // A fifth of 50 is 10 and spreads by 3; four gates of a fifth each come to twice that, although some doubt themselves.
  expect(count.shared).toBeLessThanOrEqual(14)
  expect(count.shared).toBeGreaterThan(0)
  expect(count.unshared).toBeGreaterThan(14)
})
