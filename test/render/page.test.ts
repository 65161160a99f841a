import fc from 'fast-check'
import { parsers } from 'prettier/plugins/html'
import { expect, test } from 'vitest'
import { findCapacity } from '../../src/metrics/plateau/capacity.ts'
import { renderCurve, renderPage } from '../../src/render/page.ts'
import { CHART_COLOURS, drawNames, renderChart, renderChartFile } from '../../src/render/svg-chart.ts'
import type { NamePlace } from '../../src/render/svg-chart.ts'
import { viewReport } from '../../src/render/view.ts'
import type { Chart } from '../../src/render/view/chart.ts'
import { aLevel, aReport } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'
import { CODE_POINT } from '../support/text-units.ts'

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

test('the sign of a verdict stays on the line of its word', () => {
  const { report, verdict } = SITUATIONS['a limit is broken']
  expect(renderPage({ report: report!, verdict })).toContain('<td>❌\u00a0Broken</td>')
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
  expect(charts).toHaveLength(6)
  for (const chart of charts) {
    expect(chart.children!.map(({ name }) => name)).toEqual(expect.arrayContaining(['title', 'desc']))
  }
  expect(page).toContain('At 8: 466 (baseline 561).')
  expect(page).toMatch(/<path class="line baseline" d="M/)
  expect(page).toContain('<rect class="area plateau"')
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
      fc.string({ unit: CODE_POINT, maxLength: 80 }),
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
          slowest: [{ ...SITUATIONS['red, and the server says why'].report!.slowest![0]!, id: text }],
          slo: {
            objectives: `latency <= 1${text}ms, ${text}`,
            share: 0.95,
            capacity: findCapacity([], 'concurrency'),
            attainment: null,
            goodput: null,
          },
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
      expect((await elementsOf(page)).filter(({ name }) => !OUR_ELEMENTS.includes(name!))).toEqual([])
    },
  )
  await fc.assert(property, { numRuns: 25, endOnFailure: true })
})

test('whatever stands at a point, an axis or an area, a chart shows it as text', async () => {
  const { report, verdict } = SITUATIONS['beside a control and with objectives']
  for (const text of ['</text><script>alert(1)</script>', '"><image href="x"/>', ']]>', '<!--', '</desc><b>']) {
    const axis = { label: text, unit: text, scale: 'linear' as const, format: () => text }
    for (const chart of viewReport(report!, verdict).charts) {
      const hostile: Chart = {
        ...chart,
        title: text,
        description: text,
        x: axis,
        y: axis,
        areas: chart.areas.map((area) => ({ ...area, label: text })),
        marks: chart.marks.map((mark) => ({ ...mark, label: text })),
        lines: chart.lines.map((line) => ({
          ...line,
          label: text,
          points: line.points.map((point) => ({ ...point, label: text })),
        })),
      }
      for (const svg of [renderChart(hostile), renderChartFile(hostile)]) {
        const names = (await elementsOf(`<main>${svg}</main>`)).map(({ name }) => name!)
        expect(names.filter((name) => !OUR_ELEMENTS.includes(name))).toEqual([])
        expect(svg).not.toContain(text)
      }
    }
  }
})

test('the curve is a file of its own: whole, light and dark, and it asks nobody for anything', async () => {
  const { report, verdict } = SITUATIONS.regressed
  const svg = renderCurve({ report: report!, verdict })!
  const parsed = await elementsOf(svg)
  expect(parsed[0]).toMatchObject({ name: 'svg' })
  expect(svg).toContain('prefers-color-scheme: dark')
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/url\(|@import|https?:|href|undefined|NaN/)
  expect(renderCurve({ report: aReport({ measured: [aLevel(1)] }), verdict: null })).toBeNull()
})

test('on a page the curve comes before all else, and behind every chart is a table', () => {
  const { report, verdict } = SITUATIONS.regressed
  const page = renderPage({ report: report!, verdict })
  expect(page.indexOf('<h2>The curve</h2>')).toBeLessThan(page.indexOf('<h2>Against the baseline</h2>'))
  expect(page.match(/<summary>Figures<\/summary>\n<div class="wide" role="region"/g)).toHaveLength(6)
  expect(page.match(/<figure/g)).toHaveLength(6)
})

test('every colour of a chart has contrast on its background, light and dark', () => {
  for (const colours of Object.values(CHART_COLOURS)) {
    const [back, ...others] = ['back', 'text', 'soft', 'blue', 'grey', 'amber', 'green'].map(
      (name) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(colours)![1]!,
    )
    for (const colour of others) {
      const [darker, lighter] = [luminanceOf(colour), luminanceOf(back!)].sort((a, b) => a - b)
      expect((lighter! + 0.05) / (darker! + 0.05), colour).toBeGreaterThan(4.5)
    }
  }
})

/** Relative luminance as WCAG 2 has it. */
function luminanceOf(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

test('where the sides lie on each other, a level of the curve is named once, and where they do not, at each of them', () => {
  const { report, verdict } = SITUATIONS['red, and the server says why']
  const names = (sides: typeof verdict.sides) =>
    renderPage({ report: report!, verdict: { ...verdict, sides: sides! } }).match(
      /<text class="name [a-z]+"[^>]*>1<\/text>/g,
    )
  expect(names(verdict.sides)).toHaveLength(1)
  const far = verdict.sides!.control!.levels.map((level) => ({
    ...level,
    figures: { ...level.figures, throughput: { value: 400 } },
  }))
  expect(names({ control: { runs: 1, levels: far } })).toHaveLength(2)
})

test('names beside places never cover each other: what has no place is left out, or stands where it is best', () => {
  const frame = { left: 0, right: 200, top: 0, bottom: 100 }
  const at = (x: number, y: number) => ({ x, y, anchor: 'start' as const })
  const name = (text: string, places: NamePlace[], isOptional = true) => ({
    text,
    kind: 'candidate',
    places,
    isOptional,
  })
  const drawn = drawNames(
    [
      name('first', [at(10, 50)], false),
      name('second', [at(20, 52), at(20, 80)]),
      name('third', [at(12, 50)]),
      name('outside', [at(190, 50)]),
      name('needed', [at(10, 50)], false),
    ],
    { taken: [], spared: [], frame },
  )
  expect(drawn.map((text) => />(.*)</.exec(text)![1])).toEqual(['first', 'second', 'needed'])
  expect(drawn[1]).toContain('y="80"')
  const line = { left: 0, right: 200, top: 48, bottom: 50 }
  const beside = drawNames([name('beside', [at(10, 50), at(10, 80)]), name('upon', [at(99, 50)])], {
    taken: [],
    spared: [line],
    frame,
  })
  expect(beside.map((text) => /y="(.*?)"/.exec(text)![1])).toEqual(['80', '50'])
})

test('no concurrency of the curve stands on a line where another place beside its point is free', () => {
  const { report, verdict } = SITUATIONS.regressed
  const curve = renderCurve({ report: report!, verdict })!
  const strokes = [...curve.matchAll(/class="line \w+" d="(M[^"]*L[^"]*)"/g)].map(([, d]) =>
    [...d!.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const),
  )
  expect(strokes).toHaveLength(2)
  const names = [
    ...curve.matchAll(/class="name (?:baseline|candidate)" x="(.*?)" y="(.*?)" text-anchor="(.*?)">(\d+)</g),
  ]
  expect(names.length).toBeGreaterThan(8)
  for (const [, x, y, anchor, text] of names) {
    const width = 7 * text!.length
    const left = Number(x) - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2)
    for (const points of strokes)
      for (const [i, [toX, toY]] of points.slice(1).entries()) {
        const [fromX, fromY] = points[i]!
        for (let share = 0; share <= 1; share += 0.01) {
          const [atX, atY] = [fromX + share * (toX - fromX), fromY + share * (toY - fromY)]
          const isOn = atX > left && atX < left + width && atY > Number(y) - 9 && atY < Number(y)
          expect(isOn, `${text} at ${x}, ${y}`).toBe(false)
        }
      }
  }
})

test('coordinates stay inside the picture, on every kind of axis', () => {
  const scales = fc.constantFrom('linear' as const, 'log2' as const, 'log' as const)
  const values = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 20 })
  fc.assert(
    fc.property(scales, scales, values, (xScale, yScale, ys) => {
      const axis = (scale: Chart['x']['scale']) => ({ label: 'axis', unit: '', scale, format: String })
      const points = ys.map((y, i) => ({ x: i + 1, y, label: 'a level', range: { low: y, high: y }, ticks: [y] }))
      const svg = renderChart({
        id: 'throughput',
        title: 'chart',
        description: 'chart',
        x: axis(xScale),
        y: axis(yScale),
        lines: [{ label: 'line', kind: 'candidate', points, strokes: [points], unusable: [] }],
        areas: [{ kind: 'objective', from: null, to: 1e9, low: null, high: 1e9, label: 'area' }],
        marks: [{ side: 'candidate', x: 1e9, y: 1e9, label: 'mark' }],
        words: [],
        isApart: false,
        table: { columns: [], rows: [] },
        note: null,
        hasMoved: false,
      })
      const numbers = [...svg.matchAll(/ c([xy])="([^"]*)"/g)]
      expect(numbers).toHaveLength(2 * ys.length + 4)
      for (const [, direction, number] of numbers) {
        expect(Number(number)).toBeGreaterThanOrEqual(0)
        expect(Number(number)).toBeLessThanOrEqual(direction === 'x' ? 640 : 360)
      }
    }),
  )
})
