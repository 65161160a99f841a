import fc from 'fast-check'
import { parsers } from 'prettier/plugins/html'
import { expect, test } from 'vitest'
import { renderPage } from '../../src/render/page.ts'
import { renderChart } from '../../src/render/svg-chart.ts'
import type { Chart } from '../../src/render/view/charts.ts'
import { aLevel, aReport } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'

interface Element {
  readonly kind: string
  readonly name?: string
  readonly value?: string
  readonly attrs?: readonly { readonly name: string; readonly value: string | null }[]
  readonly children?: readonly Element[]
}

const PAGES = Object.values(SITUATIONS).flatMap(({ report, verdict }) =>
  report === null ? [] : [renderPage({ report, verdict })],
)

/** All elements of a page; the parser throws when something is not closed. */
async function elementsOf(html: string): Promise<readonly Element[]> {
  const flat = (node: Element): readonly Element[] => [node, ...(node.children ?? []).flatMap(flat)]
  const tree = (await parsers.html.parse(html, { filepath: 'page.html' } as never)) as Element
  return flat(tree).filter(({ kind }) => kind === 'element')
}

const OUR_ELEMENTS =
  'html head meta title style body main footer h1 h2 p ul li div details summary table thead tbody tr th td figure figcaption svg desc path rect circle text'.split(
    ' ',
  )

test('a page is whole, and asks nobody for anything', async () => {
  for (const page of PAGES) {
    const elements = await elementsOf(page)
    expect(elements.filter(({ name }) => !OUR_ELEMENTS.includes(name!))).toEqual([])
    const attributes = elements.flatMap(({ attrs = [] }) => attrs.map(({ name }) => name))
    expect(attributes.filter((name) => /^on|^src$|^href$|^style$/.test(name))).toEqual([])
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/url\(|@import|https?:/)
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/)
  }
})

test('a page says what the comment says', () => {
  const { report, verdict } = SITUATIONS.regressed
  const page = renderPage({ report: report!, verdict }).replaceAll('\u00a0', ' ')
  expect(page).toContain('<h1 class="fail">❌ llama-8b: TPOT +21 % (14 to 29 %)')
  for (const text of ['12.5 ms', '15.1 ms', '[+14, +29]', 'vllm 0.11.1', '3f2c1ab', 'not checked', '1 of 100']) {
    expect(page).toContain(text)
  }
})

test('on a narrow screen the answers come first: limits, then what moved and its verdict, figures behind them', () => {
  const { report, verdict } = SITUATIONS['a limit is broken']
  const page = renderPage({ report: report!, verdict }).replaceAll('\u00a0', ' ')
  expect(page.indexOf('<h2>Limits</h2>')).toBeGreaterThan(0)
  expect(page.indexOf('<h2>Limits</h2>')).toBeLessThan(page.indexOf('<h2>Against the baseline</h2>'))
  expect(page).toContain('<tr><td>ttft-p90@32 &lt;= 2s</td><td>❌ Broken</td><td class="right">4.28 s</td></tr>')
  expect(page).toContain('<tr><td>TPOT</td><td>No change seen</td><td class="right">12.5 ms</td>')
  expect(page).toMatch(/<details><summary>What this rests on<\/summary>\n<div class="wide"/)
})

test('every chart has a title and a description with its numbers', async () => {
  const { report, verdict } = SITUATIONS.regressed
  const page = renderPage({ report: report!, verdict })
  const charts = (await elementsOf(page)).filter(({ name }) => name === 'svg')
  expect(charts).toHaveLength(4)
  for (const chart of charts) {
    expect(chart.children!.map(({ name }) => name)).toEqual(expect.arrayContaining(['title', 'desc']))
  }
  expect(page).toContain('At 8: 466 (baseline 561).')
  expect(page).toMatch(/<path class="line baseline" d="M/)
  expect(page).toContain('<rect class="band"')
})

test('the same report gives the same bytes', () => {
  const { report, verdict } = SITUATIONS.regressed
  const again = JSON.parse(JSON.stringify({ report, verdict })) as { report: typeof report; verdict: typeof verdict }
  expect(renderPage({ report: again.report!, verdict: again.verdict })).toBe(renderPage({ report: report!, verdict }))
})

test('a report without a verdict, without levels or with one level is a page too', () => {
  const bare = renderPage({ report: aReport(), verdict: null })
  expect(bare).toContain('<h1>staging · meta-llama/Llama-3.1-8B-Instruct · openai-chat</h1>')
  expect(bare).toContain('No verdict was given with this stored report')
  expect(renderPage({ report: aReport({ measured: [] }), verdict: null })).toContain('No level was measured.')
  expect(renderPage({ report: aReport({ measured: [aLevel(1)] }), verdict: null })).not.toContain('<svg')
})

test('whatever others write, a page holds no element of theirs', async () => {
  const property = fc.asyncProperty(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('</title><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '<!--', ']]>', '&lt;'),
    ),
    async (text) => {
      const { verdict } = SITUATIONS['not comparable']
      const report = aReport({ measured: [aLevel(1), aLevel(2)] })
      const page = renderPage({
        report: {
          ...report,
          tool: { name: text, version: text },
          startedAt: text,
          context: { ...report.context, endpointLabel: text, servedModel: text, build: text, serverVersion: text },
          plan: { ...report.plan, cut: [text] },
          validity: { ok: false, findings: [{ code: text, message: text, remedy: text }] },
        },
        verdict: {
          ...verdict,
          name: text,
          comparisons: SITUATIONS.regressed.verdict.comparisons.map((comparison) => ({ ...comparison, note: text })),
          notComparable: { runs: 1, differences: [{ field: text, setting: text, before: text, now: text }] },
          whatElseChanged: [{ what: text, before: text, now: text }],
          limits: [{ limit: text, concurrency: 1, outcome: 'fail', value: 1, bound: null, reason: text }],
          baseline: { ...SITUATIONS.regressed.verdict.baseline, origin: text, skipped: [text] },
        },
      })
      for (const { name } of await elementsOf(page)) expect(OUR_ELEMENTS).toContain(name)
    },
  )
  await fc.assert(property, { numRuns: 25, endOnFailure: true })
})

test('coordinates stay inside the picture, on every kind of axis', () => {
  const scales = fc.constantFrom('linear' as const, 'log2' as const, 'log' as const)
  const values = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 20 })
  fc.assert(
    fc.property(scales, scales, values, (xScale, yScale, ys) => {
      const axis = (scale: Chart['x']['scale']) => ({ label: 'axis', unit: '', scale, format: String })
      const points = ys.map((y, i) => ({ x: i + 1, y, label: null }))
      const svg = renderChart({
        id: 'throughput',
        title: 'chart',
        description: 'chart',
        x: axis(xScale),
        y: axis(yScale),
        lines: [{ label: 'line', kind: 'candidate', points, strokes: [points], dots: [] }],
        band: null,
        marks: [],
        hasMoved: false,
      })
      const numbers = [...svg.matchAll(/ c([xy])="([^"]*)"/g)]
      expect(numbers).toHaveLength(2 * ys.length + 2)
      for (const [, direction, number] of numbers) {
        expect(Number(number)).toBeGreaterThanOrEqual(0)
        expect(Number(number)).toBeLessThanOrEqual(direction === 'x' ? 640 : 320)
      }
    }),
  )
})
