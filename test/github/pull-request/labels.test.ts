import { expect, test } from 'vitest'
import { gatherAcceptances, listWorseFigures } from '../../../src/github/pull-request/labels.ts'
import { aRegression, aVerdict } from '../../support/verdict-builders.ts'

const VERDICT = aVerdict({ verdict: 'regressed', comparisons: [aRegression(), ...aVerdict().comparisons.slice(1)] })
const METRICS = VERDICT.comparisons.map(({ metric }) => metric)

const PULL = { number: 7, figures: {}, isMeasured: true }

function acceptByLabels(...names: readonly string[]) {
  const labels = names.map((name) => ({ name, by: 'maintainer' }))
  return gatherAcceptances([{ ...PULL, labels }], 'plateau-accept', VERDICT)
}

test('the label alone accepts every metric, as far as it is measured now', () => {
  const { acceptances, notes } = acceptByLabels('plateau-accept')
  expect(acceptances.map(({ metric }) => metric)).toEqual(METRICS)
  expect(acceptances[0]).toEqual({
    metric: 'tpot-p50',
    at: null,
    since: null,
    why: null,
    by: 'maintainer',
    form: 'label',
  })
  expect(notes).toEqual([
    expect.stringMatching(/^the label "plateau-accept" accepts up to TPOT \+\d.* \(as measured now\)$/),
  ])
})

test('after the merge a label without a figure accepts nothing, and says what does', () => {
  const labels = [{ name: 'plateau-accept', by: 'maintainer' }]
  const pulls = [{ ...PULL, isMeasured: false, labels }]
  expect(gatherAcceptances(pulls, 'plateau-accept', VERDICT)).toEqual({
    acceptances: [],
    notes: [expect.stringMatching(/^the label "plateau-accept" of #7 accepts nothing for TPOT: .*under accept/)],
  })
  const figures = { 'llama-8b': { 'tpot-p50': 0.18 } } as const
  expect(gatherAcceptances([{ ...pulls[0]!, figures }], 'plateau-accept', VERDICT)).toMatchObject({
    acceptances: [{ metric: 'tpot-p50', at: 0.18 }],
    notes: [],
  })
})

test.each<[string, readonly string[]]>([
  ['plateau-accept:tpot', ['tpot-p50']],
  ['plateau-accept: TTFT', ['ttft-p50']],
  ['Plateau-Accept:tpot-p50', ['tpot-p50']],
  ['plateau-accept:throughput', ['plateau-throughput']],
  ['plateau-accept:plateau-throughput', ['plateau-throughput']],
  ['plateau-acceptable', []],
  ['plateau-accept-later', []],
  ['tpot', []],
])('the label %s accepts %j', (label, metrics) => {
  const { acceptances, notes } = acceptByLabels(label)
  expect(acceptances.map(({ metric }) => metric)).toEqual(metrics)
  expect(notes.join()).not.toContain('names no metric')
})

test('a label that names nothing that was compared is told', () => {
  expect(acceptByLabels('plateau-accept:tpto')).toEqual({
    acceptances: [],
    notes: ['the label "plateau-accept:tpto" names no metric that was compared'],
  })
})

test('a label accepts up to the figure that the comment showed', () => {
  const labels = [{ name: 'plateau-accept:tpot', by: 'maintainer' }]
  const pulls = [{ ...PULL, labels, figures: { 'llama-8b': { 'tpot-p50': 0.18 }, other: { 'tpot-p50': 0.5 } } }]
  expect(gatherAcceptances(pulls, 'plateau-accept', VERDICT).acceptances).toMatchObject([{ at: 0.18 }])
})

test('somebody nobody knows is not a reviewed file', () => {
  const pulls = [{ ...PULL, labels: [{ name: 'plateau-accept:tpot', by: null }] }]
  expect(gatherAcceptances(pulls, 'plateau-accept', VERDICT).acceptances).toMatchObject([
    { by: 'somebody', form: 'label' },
  ])
})

test('the comment carries what is red', () => {
  const worsening = aRegression().worsening!
  expect(listWorseFigures(VERDICT, {}, [])).toEqual({ 'llama-8b': { 'tpot-p50': Number(worsening.toFixed(4)) } })
  expect(listWorseFigures(aVerdict(), {}, [])).toEqual({})
})

test('without a label the figures follow what is measured; with one they stay what was accepted', () => {
  const before = { 'llama-8b': { 'tpot-p50': 0.1 } } as const
  const { acceptances } = acceptByLabels('plateau-accept')
  expect(listWorseFigures(VERDICT, before, [])['llama-8b']?.['tpot-p50']).toBeGreaterThan(0.1)
  expect(listWorseFigures(VERDICT, before, acceptances)).toEqual(before)
  expect(listWorseFigures(aVerdict(), before, acceptances)).toEqual(before)
})
