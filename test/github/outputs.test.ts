import { expect, test } from 'vitest'
import { DEFAULT_OUTPUTS, OUTPUTS, outputsOf } from '../../src/github/outputs.ts'
import { aLevelOf, aReport } from '../support/builders.ts'
import { aRegression, aVerdict } from '../support/verdict-builders.ts'

test('every output has a default, and a default that is JSON where the output is', () => {
  expect(Object.keys(DEFAULT_OUTPUTS)).toEqual(OUTPUTS.map(({ name }) => name))
  expect(DEFAULT_OUTPUTS).toMatchObject({
    verdict: 'not-measured',
    regressions: '[]',
    'minimum-detectable-change': '{}',
    'baseline-runs': '0',
    'comment-url': '',
  })
})

test('a regression is told in figures that a workflow can read', () => {
  const regression = aRegression({ levels: [1, 2] })
  const outputs = outputsOf(
    aVerdict({ verdict: 'regressed', reasons: ['tpot-p50', 'limit'], comparisons: [regression] }),
    null,
  )
  expect(outputs).toMatchObject({ verdict: 'regressed', reasons: 'tpot-p50,limit', 'baseline-runs': '12' })
  expect(JSON.parse(outputs.regressions)).toEqual([
    {
      metric: 'tpot-p50',
      baseline: regression.baseline,
      candidate: regression.candidate,
      change: regression.change,
      interval: regression.interval,
      levels: [1, 2],
    },
  ])
})

test('the smallest visible change of each metric is named, and none that is not known', () => {
  const [first, second] = aVerdict().comparisons
  const outputs = outputsOf(aVerdict({ comparisons: [first!, { ...second!, smallestVisible: null }] }), null)
  expect(JSON.parse(outputs['minimum-detectable-change'])).toEqual({ 'tpot-p50': first!.smallestVisible })
})

test('the figures of a run are those at the knee, or at the highest valid level without one', () => {
  const report = aReport({ measured: [100, 190, 300].map((rate, i) => aLevelOf(2 ** i, [rate, rate])) })
  const levels = report.levels.map((level, i) => ({ ...level, tpotMs: { ...level.tpotMs!, p50: 10.1234567 + i } }))
  const at = (kneeConcurrency: number | null) =>
    outputsOf(aVerdict(), { ...report, levels, plateau: { ...report.plateau, kneeConcurrency } })
  expect(at(null)).toMatchObject({
    'tpot-p50-ms': '12.1235',
    'knee-concurrency': '',
    'plateau-state': report.plateau.state,
    'plateau-throughput': String(Number(report.plateau.outputTokensPerSecond!.value.toPrecision(6))),
  })
  expect(at(2.5)).toMatchObject({ 'tpot-p50-ms': '11.1235', 'knee-concurrency': '2.5' })
  expect(at(0.5)).toMatchObject({ 'tpot-p50-ms': '10.1235' })
})

test('a figure that does not exist is empty', () => {
  const report = aReport({ measured: [] })
  expect(outputsOf(aVerdict(), { ...report, levels: [] })).toMatchObject({ 'ttft-p50-ms': '', 'tpot-p50-ms': '' })
})
