import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  readRedFigures,
  hasMarker,
  markerOf,
  mergeFigures,
  reportMarkerOf,
  addMarker,
} from '../../../src/github/pull-request/marker.ts'
import { anEdition } from '../editions.ts'

const MARKER = markerOf('llama-8b')

test('a comment carries its figures and is found by its beginning', () => {
  const figures = { 'llama-8b': { 'tpot-p50': 0.18, 'plateau-throughput': 0.07 } } as const
  const body = addMarker(MARKER, figures, anEdition(), 'The body')
  expect(body.split('\n')[1]).toBe('The body')
  expect(hasMarker(MARKER, body)).toBe(true)
  expect(readRedFigures(MARKER, body)).toEqual(figures)
})

test('of very many names as many figures stand as GitHub takes, and the marker always', () => {
  const names = Array.from({ length: 400 }, (_, i) => `llama-8b-on-a-long-name-${i}`)
  const figures = Object.fromEntries(names.map((name) => [name, { 'tpot-p50': 0.1234, 'ttft-p50': 0.2345 }]))
  const body = 'x'.repeat(60_000)
  const marked = addMarker(MARKER, figures, anEdition(), body)
  expect(marked.length).toBeLessThanOrEqual(65_536)
  expect(hasMarker(MARKER, marked)).toBe(true)
  expect(marked.endsWith(`\n${body}`)).toBe(true)
  const kept = readRedFigures(MARKER, marked)
  expect(Object.keys(kept).length).toBeGreaterThan(50)
  for (const [name, figure] of Object.entries(kept)) expect(figure).toEqual(figures[name])
  // With no room at all the marker stands alone.
  expect(
    addMarker(MARKER, figures, anEdition(), 'x'.repeat(70_000)).startsWith(
      `${MARKER}<!-- plateau-figures {} --><!-- plateau-edition `,
    ),
  ).toBe(true)
})

test('a comment that quotes the marker is not ours, and its figures count for nothing', () => {
  const quoted = `> ${addMarker(MARKER, { 'llama-8b': { 'tpot-p50': 9 } }, anEdition(), 'x')}`
  expect(hasMarker(MARKER, quoted)).toBe(false)
  expect(readRedFigures(MARKER, quoted)).toEqual({})
})

test('names that begin alike, and report jobs, have markers of their own', () => {
  const body = addMarker(markerOf('llama-8b-large'), {}, anEdition(), 'x')
  expect(hasMarker(MARKER, body)).toBe(false)
  expect(reportMarkerOf('gate.yml')).toBe('<!-- plateau-report:gate-yml -->')
  expect(hasMarker(reportMarkerOf('gate.yml'), body)).toBe(false)
})

test.each([
  ['{"llama-8b":{"tpot-p50":"0.18"}}', { 'llama-8b': {} }],
  [
    '{"llama-8b":{"tpot-p50":-1,"ttft-p50":1e9,"error-rate":1,"latency-p50":0.5}}',
    { 'llama-8b': { 'latency-p50': 0.5 } },
  ],
  ['{"llama-8b":{"__proto__":{"tpot-p50":1}}}', { 'llama-8b': {} }],
  ['{"__proto__":{"tpot-p50":1}}', {}],
  ['{"Not A Name":{"tpot-p50":1}}', {}],
  ['[1,2]', {}],
  ['{', {}],
  ['null', {}],
])('of the figures %s only what is exactly ours counts', (json, expected) => {
  const figures = readRedFigures(MARKER, `${MARKER}<!-- plateau-figures ${json} -->\nx`)
  expect(figures).toEqual(expected)
  expect(Object.getPrototypeOf(figures)).toBe(Object.prototype)
})

test('no body makes reading figures fail', () => {
  fc.assert(
    fc.property(fc.string(), (rest) => {
      for (const figures of Object.values(readRedFigures(MARKER, `${MARKER}<!-- plateau-figures ${rest}`))) {
        for (const figure of Object.values(figures)) expect(Number.isFinite(figure)).toBe(true)
      }
    }),
  )
})

test('of figures of two comments the first counts', () => {
  expect(mergeFigures([{ a: { 'tpot-p50': 1 } }, { a: { 'tpot-p50': 2 }, b: { 'ttft-p50': 3 } }])).toEqual({
    a: { 'tpot-p50': 1 },
    b: { 'ttft-p50': 3 },
  })
})
