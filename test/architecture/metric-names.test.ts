import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METRICS } from '../../src/vocabulary/metrics.ts'
import { findComparisons, findLooksIntoNames, findPatternsOfNames, hideNames } from './metric-names.ts'
import { compile, lookThrough, readSources, writeSources } from './sources.ts'
import type { Complaint } from './sources.ts'
import { addTtfb } from './ttfb.ts'

const sources = readSources()

/** Ways to look into the name of a metric. */
const LOOKS: readonly string[] = [
  "metric.startsWith('ttft-')",
  "metric.endsWith('-p50')",
  'metric.length > 3',
  "metric === 'tpot-p50' || metric === 'inter-chunk-p50'",
  "metric !== 'plateau-throughput'",
  "(['ttft-p50', 'ttfo-p50'] as const).includes(metric)",
  '/^(ttft|ttfo)-/.test(metric)',
  'isNamedLike(metric)',
]

/** Ways to compare what a row is known by, in a function of it, and comparisons of other things. */
const COMPARISONS: readonly string[] = [
  "row.family === 'ttft'",
  "'interChunkMs' !== row.field",
  "row.family == 'tpot'",
  "row.label === 'TTFT'",
  "['TTFT', 'Latency p99'].includes(row.label)",
  '/^.{4}$/.test(row.family)',
  '/^[t]{2}f/.exec(row.name) !== null',
  "row.field.replace(/ms$/i, '')",
  "(row as { readonly field: string }).field === 'within'",
  "row.name.slice(0, 7) === 'latency'",
  "row.family.split('-')[0] === 'inter-chunk'",
  "(['ttft', 'tpot'] as const).some((time) => time === 'ttft')",
  "['ttft-p50', 'tpot-p50'].includes(row.name)",
  "new Set<string>(['attainment', 'goodput']).has(row.field)",
  "new Map<string, number>([['attainment', 0]]).get(row.field)",
  "row.name in { 'tpot-p50': 1, 'ttft-p50': 2 }",
  '({ ttft: 0.15, latency: 0.1 } as Record<string, number>)[row.family]',
  "(() => { switch (row.field) { case 'capacity': return 1; default: return 0 } })()",
]
const OF_OTHER_THINGS: readonly string[] = [
  "row.quantity === 'requests-per-second'",
  "row.needs === 'throughput-within'",
  "(row.unit as unknown) === 'throughput'",
  "row.percentile === 'p50'",
  "/tok/.test(row.unit ?? '')",
  'row.family === other.family',
  "['ttft', 'else'].includes(row.name)",
  '({ ttft: 1, else: 2 } as Record<string, number>)[row.family]',
]

/** Comparisons that are about one figure by nature. */
const RIGHTFUL: ReadonlyMap<string, string> = new Map([
  ['render/comment.ts', 'a comment shows few charts, which it picks by their ids'],
  ['render/text.ts', 'a terminal shows one chart, which it picks by its id'],
])

/** Patterns and texts with the words of a metric that are of something else. */
const OF_OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['imports/aiperf.ts: /^"?Request Latency \\(/m', 'a heading of another tool'],
  ["render/view/compared/answers.ts: 'error-rate", 'a reason of a verdict'],
])

/** What stands beside the sources with that metric: a limit, a stored report, a history and a verdict of it, and a report that a tool's results make, which lack it. */
const TTFB_AT_WORK = `
import { decodeRunReport, encodeRunReport } from './src/report/run-report-codec.ts'
import { decodeHistory, encodeHistory } from './src/report/history-codec.ts'
import { buildRow } from './src/report/history-row.ts'
import { importRun } from './src/imports/import-run.ts'
import { joinResults } from './src/imports/join-results.ts'
import { readLimits } from './src/settings/values/limits.ts'
import { checkLimits } from './src/verdict/limits.ts'
import { aLevel, aReport } from './test/support/builders.ts'
import { judged, recorded } from './test/verdict/recorded.ts'
import { aGuidellm, aResultFile } from './test/imports/results.ts'

const measure = (ttfbMs) =>
  decodeRunReport(encodeRunReport(aReport({ measured: [1, 2, 4].map((level) => aLevel(level, [{ ttfbMs }, { ttfbMs }])) })))
const entries = recorded([5, 5.1, 4.9, 5].map((ttfbMs) => buildRow(measure(ttfbMs))))
const stored = decodeHistory(encodeHistory({ schema: 'plateau/history@1', entries }))
const { comparisons } = judged(buildRow(measure(10)), stored.entries, { policy: { metrics: ['ttfb-p50', 'ttfb-p90'] } })
const limits = checkLimits(readLimits('ttfb-p50@1 <= 6ms, ttfb-p90@4 <= 6ms'), measure(5))
const joined = joinResults([aResultFile(aGuidellm())], { concurrency: 'auto', rate: null })
const imported = importRun(joined, { name: 'nightly', endpointLabel: 'staging', model: null, throughputWithin: null, pricePerHour: null })
const { ttfbMs } = decodeRunReport(encodeRunReport(imported)).levels[0]
console.log(JSON.stringify({ comparisons, limits, imported: { before: imported.levels[0].ttfbMs, after: ttfbMs } }))
`

let folder: string
let ofHidden: readonly Complaint[]
let compared: ReadonlyMap<string, readonly string[]>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plateau-metric-names-'))
  const planted = LOOKS.map((look, i): [string, string] => [
    `verdict/look-${i}.ts`,
    `import type { GatedMetric } from '../vocabulary/metrics.ts'
export const look = (metric: GatedMetric) => ${look}
const isNamedLike = (name: string) => name.length > 3
export const others = isNamedLike`,
  ])
  ;({ hidden: ofHidden } = await compile(folder, { hidden: hideNames(new Map([...sources, ...planted])) }))
  compared = compareSources([...COMPARISONS, ...OF_OTHER_THINGS])
})

/** The comparisons in each source that has any, with these planted. */
function compareSources(comparisons: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const words = new Set(METRICS.flatMap(({ name, family, field, label }) => [name, family, field, label]))
  const planted = comparisons.map((comparison): [string, string] => [
    `planted/${comparison.replaceAll(/[^\w.]/g, '_')}.ts`,
    `import type { Metric } from '../vocabulary/metrics.ts'
export const compare = (row: Metric, other: Metric) => [other, ${comparison}]`,
  ])
  const found = lookThrough(join(folder, 'compared'), new Map([...sources, ...planted]), (file, checker, path) =>
    findComparisons(file, checker, words).map((comparison) => ({ path, comparison })),
  )
  return new Map(
    [...Map.groupBy(found, ({ path }) => path)].map(([path, own]) => [path, own.map(({ comparison }) => comparison)]),
  )
}

afterAll(() => rmSync(folder, { recursive: true }))

describe('what is known of a metric stands in its row: nobody looks into its name', () => {
  test('by its type', () => {
    expect(findLooksIntoNames(ofHidden).filter(({ path }) => !path.startsWith('verdict/look-'))).toEqual([])
  })

  test.each(LOOKS.map((look, i) => [look, `verdict/look-${i}.ts`]))('%s is found', (_look, path) => {
    expect(findLooksIntoNames(ofHidden).map((complaint) => complaint.path)).toContain(path)
  })

  test('nor compares it, its family, its field or its label with one of them', () => {
    const elsewhere = [...compared.keys()].filter((path) => !/^(planted|vocabulary)\//.test(path))
    expect(elsewhere.toSorted()).toEqual([...RIGHTFUL.keys()])
  })

  test.each(COMPARISONS)('%s is found, as a comparison', (comparison) => {
    const found = [...compared].filter(([path]) => path.startsWith('planted/')).flatMap(([, own]) => own)
    expect(found.some((one) => comparison.includes(one))).toBe(true)
  })

  test('and nothing else is: what may be another word is of another vocabulary', () => {
    const found = [...compared].flatMap(([path, own]) => (path.startsWith('planted/') ? own : []))
    expect(OF_OTHER_THINGS.filter((comparison) => found.includes(comparison))).toEqual([])
    expect(found).toHaveLength(COMPARISONS.length)
  })

  test('by a pattern', () => {
    // A slowdown of the simulator is one of TTFT, TPOT or both, whatever metrics there are.
    const found = [...sources].filter(([path]) => !path.startsWith('simulator/'))
    const patterns = found.flatMap(([path, text]) => findPatternsOfNames(text).map((what) => `${path}: ${what}`))
    expect(patterns.toSorted()).toEqual([...OF_OTHER_WORDS.keys()])
  })

  test.each([
    ['return /^(ttft|ttfo|latency)-/.test(metric) ? 0.15 : 0.1', '/^(ttft|ttfo|latency)-/'],
    ['map(({ metric }) => /-(p50|p90|p95|p99)$/.exec(metric)?.[1])', '/-(p50|p90|p95|p99)$/'],
    ["metric.startsWith('tpot-')", "'tpot-"],
    ["name === 'throughput' && metric.includes('-throughput')", "'-throughput"],
    [
      'const STREAMED = /^(ttft|ttfo)-/\nexport const isStreamed = (name: string) => STREAMED.test(name)',
      '/^(ttft|ttfo)-/',
    ],
    ['const STREAMED = [/^tpot/]', '/^tpot/'],
    ["new RegExp('^ttft-').test(name)", "'^ttft-"],
    ["name.startsWith('goodput')", "'goodput"],
    ["row.label.startsWith('TTFT')", "'TTFT"],
    ["labelOf(row).startsWith('Latency')", "'Latency"],
    ['if (/^Chunk gap/.test(labelOf(row)))', '/^Chunk gap/'],
    ['return /^latency/.test(name)', '/^latency/'],
    ["name.startsWith('error-')", "'error-"],
    ["name.endsWith('-within')", "'-within"],
    ['return /^input-/.test(name)', '/^input-/'],
    ["return label.replace(/^throughput | throughput$/i, '')", '/^throughput | throughput$/i'],
  ])('%s is found', (text, what) => {
    expect(findPatternsOfNames(text)).toEqual([what])
  })
})

// That its types ask for nothing else is seen beside the idle names.
test('a time that the records hold becomes a metric by one row and its figure: it is limited, stored and compared', () => {
  const project = join(folder, 'ttfb')
  writeSources(project, addTtfb(sources))
  for (const path of ['support/builders.ts', 'verdict/recorded.ts', 'imports/results.ts']) {
    cpSync(join(import.meta.dirname, '..', path), join(project, 'test', path))
  }
  writeFileSync(join(project, 'at-work.ts'), TTFB_AT_WORK)
  const output = execFileSync(process.execPath, ['at-work.ts'], { cwd: project, encoding: 'utf8' })
  expect(JSON.parse(output)).toMatchObject({
    comparisons: [
      { metric: 'ttfb-p50', verdict: 'regressed', better: 'lower', levels: [1, 2, 4] },
      { metric: 'ttfb-p90', verdict: 'regressed', better: 'lower' },
    ],
    limits: [
      { outcome: 'pass', value: 5 },
      { outcome: 'pass', value: 5 },
    ],
    imported: { before: null, after: null },
  })
})
