/**
 * Whatever others wrote, in whichever field of a report, a verdict, a recorded run or a request: each format that we write is read by a
 * reader of that format, and holds no more than it does with harmless words.
 */
import * as fc from 'fast-check'
import { XMLValidator } from 'fast-xml-parser'
import { parsers as htmlParsers } from 'prettier/plugins/html'
import { parsers as markdownParsers } from 'prettier/plugins/markdown'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { encodeLevelsCsv, encodeRequestsCsv } from '../../src/exports/csv.ts'
import { encodeJunit } from '../../src/exports/junit.ts'
import { encodeOpenMetrics } from '../../src/exports/open-metrics.ts'
import { deliverCheckRuns } from '../../src/github/deliver.ts'
import type { GithubClient } from '../../src/github/api/client.ts'
import { renderComment, renderReportJobComment } from '../../src/render/comment.ts'
import { SUMMARY_ROOM } from '../../src/render/markdown.ts'
import { renderCurve, renderPage } from '../../src/render/page.ts'
import { renderText, renderTitle } from '../../src/render/text.ts'
import { describeBadge, drawBadge, encodeShield } from '../../src/render/timeline/badge.ts'
import { renderTimelineIndex, renderTimelinePage } from '../../src/render/timeline/page.ts'
import { renderTimeline, renderTimelineMarkdown } from '../../src/render/timeline/timeline.ts'
import { historyEntrySchema } from '../../src/report/history-codec.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { runReportSchema } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { verdictSchema } from '../../src/report/verdict-codec.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { defuseCommands } from '../../src/shell/redact.ts'
import { tellTimeline } from '../../src/verdict/timeline.ts'
import { FACTS_IN_ORDER } from '../../src/vocabulary/request-facts.ts'
import { activeMarkdown, isCommand } from '../fuzz/markup.ts'
import { aContext } from '../github/contexts.ts'
import { aRecord } from '../support/builders.ts'
import { fullHistory, fullReport, fullVerdict } from '../support/full-results.ts'
import { setText, textsIn } from '../support/planted.ts'
import { aSweep } from '../support/situations.ts'
import { POLICY } from '../verdict/recorded.ts'

const HARMLESS = 'word'

/** Each short enough to be shown whole: markup and formulas, control characters, and what commands a runner, GitLab, a chart or a scraper. */
const HOSTILE = [
  `=cmd|' /C calc'!A0"<script>alert(1)</script><img src=x onerror=alert(1)> ]]>-->&#60;`,
  '\n::set-output name=a::b\n##[error]c\r\n@octocat #12 !3 $4 &5 ~l :+1: www.evil.example',
  '\t+1,2"\u001b[31mred\u001b]8;;https://e.example\u0007\u0000\b\u009b\u202Egnp\u2066\u200F\uFEFF\u00AD\uFFFE\uDC00',
  '# heading\n- list\n| a | b |\n|---|---|\n[a](https://evil.example) ![b](x.png) <https://e.example>',
  '/close `\\"} 1\n# EOF\nplateau_check_failed{series="other"} 0 {}\\',
  '-1"; end\n  x-axis [1]\n%% "] }\n```mermaid\nclick A "x"\n```\n',
  '@SUM(1+1),"x"',
  ' ',
]

const REPORT: RunReport = withCurve(fullReport())
const VERDICT = fullVerdict()
const RUNS: readonly HistoryEntry[] = Array.from({ length: 4 }, (_, i) => {
  const [entry] = fullHistory().entries
  const startedAt = `2026-11-0${i + 1}T04:00:00.000Z`
  return { ...entry!, row: { ...entry!.row, startedAt }, source: { ...entry!.source, runId: String(i) } }
})
const TEXT_FACTS = FACTS_IN_ORDER.filter(({ kind }) => kind === 'id' || kind === 'name').map(({ name }) => name)

/** A part of a mix and enough levels for a curve, beside all the rest. */
function withCurve(report: RunReport): RunReport {
  const [first, ...others] = aSweep()
  const chat = {
    name: 'chat',
    requests: { ok: 30, failed: 10 },
    inputTokens: 5_000,
    outputTokens: 900,
    ttftMs: { p50: 41, p95: 77 },
    tpotMs: { p50: 12, p95: null },
    latencyMs: { p50: 900, p95: 1_200 },
  }
  const { invalidReasons, tokenSources = [], failures, server } = report.levels[0]!
  const told = { invalidReasons, tokenSources, failures, ...(server !== undefined && { server }) }
  return {
    ...report,
    levels: [{ ...first!, ...told, parts: [chat, { ...chat, name: 'rag' }] }, ...others],
  }
}

/** What we write, by its format. */
interface Written {
  readonly xml: readonly string[]
  readonly csv: readonly string[]
  readonly openMetrics: readonly string[]
  readonly markdown: readonly string[]
  readonly html: readonly string[]
  readonly terminal: readonly string[]
}

const NOTHING: Written = { xml: [], csv: [], openMetrics: [], markdown: [], html: [], terminal: [] }

/** Of a run; `beside` is what is no field of it: a warning, a commit. */
function writeRun(report: RunReport, verdict: Verdict, beside = HARMLESS): Written {
  const input = { report, verdict, notes: [beside], settingsNote: beside, commits: { head: beside, base: beside } }
  return {
    xml: [encodeJunit(report, verdict), renderCurve({ report, verdict })!],
    csv: [[...encodeLevelsCsv(report)].join('')],
    openMetrics: [encodeOpenMetrics(report, verdict)],
    // Comment and note of GitLab are the same with less room for rows and charts.
    markdown: [renderComment(input, SUMMARY_ROOM)],
    html: [renderPage({ report, verdict })],
    // As both leave a log.
    terminal: [renderText(report, { verdict }), renderTitle(verdict, report)].map(defuseCommands),
  }
}

/** Of a workflow run of two names. */
function writeReportJob(report: RunReport, verdict: Verdict): Written {
  const input = { report, verdict }
  return { ...NOTHING, markdown: [renderReportJobComment([input, { ...input, report: null }])] }
}

/** Of the recorded runs; `beside` is the name of a release. */
function writeRuns(runs: readonly HistoryEntry[], beside = HARMLESS): Written {
  const timeline = tellTimeline(runs, POLICY, [{ name: beside, at: '2026-11-02T00:00:00Z', sha: null }])!
  const badge = describeBadge([timeline, timeline])
  return {
    ...NOTHING,
    xml: [drawBadge(badge)],
    markdown: [renderTimelineMarkdown(timeline)],
    html: [renderTimelinePage(timeline), renderTimelineIndex([{ timeline, file: 'a.html' }])],
    terminal: [renderTimeline(timeline), encodeShield(badge)].map(defuseCommands),
  }
}

function writeRequest(text: string): Written {
  const record = aRecord(Object.fromEntries(TEXT_FACTS.map((name) => [name, text])))
  return { ...NOTHING, csv: [[...encodeRequestsCsv([record])].join('')] }
}

/** Where a format takes a text of others; of things of a kind the first stands for all. */
function listPlaces(value: unknown, schema: z.ZodType): string[] {
  return textsIn(value)
    .map(({ path }) => path)
    .filter((path) => !/levels\[[1-9]|slowest\[[1-9]/.test(path))
    .filter((path) => schema.safeParse(setText(value, path, HARMLESS)).success)
}

const PLACES = {
  report: listPlaces(REPORT, runReportSchema),
  verdict: listPlaces(VERDICT, verdictSchema),
  run: listPlaces(RUNS[0], historyEntrySchema),
}

const plant = <T>(value: T, places: readonly string[], text: string): T =>
  places.reduce((planted, path) => setText(planted, path, text) as T, value)

/** The same with a name of the series that its identity does not vouch for, as a hand may have written it. */
const rename = <T extends Pick<RunReport, 'series'>>(of: T, name: string): T => ({
  ...of,
  series: { ...of.series, name },
})

function plantRun(run: HistoryEntry, text: string): HistoryEntry {
  const planted = plant(run, PLACES.run, text)
  return { ...planted, row: rename(planted.row, text) }
}

function writeEverywhere(text: string): Written {
  const report = rename(plant(REPORT, PLACES.report, text), text)
  const verdict = plant(VERDICT, PLACES.verdict, text)
  const runs = RUNS.map((run) => plantRun(run, text))
  const all = [
    writeRun(report, verdict, text),
    writeReportJob(report, verdict),
    writeRuns(runs, text),
    writeRequest(text),
  ]
  const join = (format: keyof Written) => all.flatMap((written) => written[format])
  return {
    xml: join('xml'),
    csv: join('csv'),
    openMetrics: join('openMetrics'),
    markdown: join('markdown'),
    html: join('html'),
    terminal: join('terminal'),
  }
}

interface Node {
  readonly type?: string
  readonly kind?: string
  readonly name?: string
  readonly url?: string
  readonly lang?: string | null
  readonly value?: string
  readonly attrs?: readonly { readonly name: string; readonly value: string | null }[]
  readonly children?: readonly Node[]
}

const listNodes = (node: Node): readonly Node[] => [node, ...(node.children ?? []).flatMap(listNodes)]

/** What is more than words in each text: it may not become more by what was planted. */
async function listActive({ xml, markdown, html }: Written) {
  const tags = (texts: readonly string[]) => texts.flatMap((text) => text.match(/<\/?[a-zA-Z][\w-]*/g) ?? [])
  const trees = await Promise.all(
    markdown.map(async (text) => listNodes((await markdownParsers.markdown.parse(text, {} as never)) as Node)),
  )
  const pages = await Promise.all(
    html.map(async (text) =>
      listNodes((await htmlParsers.html.parse(text, { filepath: 'page.html' } as never)) as Node),
    ),
  )
  return {
    tags: tags(xml),
    blocks: trees
      .flat()
      .filter(({ type }) => !['text', 'sentence', 'word', 'whitespace', 'inlineCode'].includes(type!))
      .flatMap(({ type, url = '', value = '' }) => [
        `${type} ${url.replace(/(?<=[a-z]\/).*/, '…')}`,
        // Code that holds a backtick is written as HTML.
        ...(type === 'html' ? value.match(/<[^>]*>?/g)!.filter((tag) => !/^<\/?code>$/.test(tag)) : []),
      ]),
    charts: trees.flat().flatMap(({ lang, value = '' }) => (lang === 'mermaid' ? [value] : [])),
    // The line of a summary is HTML, in which Markdown marks nothing.
    marks: markdown.flatMap((text) => activeMarkdown(text.replaceAll(/<summary>[\p{L}\p{S}\w .…-]*<\/summary>/gu, ''))),
    elements: pages
      .flat()
      .filter(({ kind }) => kind === 'element')
      .map(({ name, attrs = [] }) => `${name} ${attrs.map((one) => one.name).join(' ')}`),
    links: pages
      .flat()
      .flatMap(({ attrs = [] }) => attrs.filter(({ name }) => ['href', 'src', 'style'].includes(name)))
      .map(({ name, value }) => `${name} ${value!.replace(/^(#r)\d+$|(?<=^https?:\/\/[^/]+\/).*/, '$1')}`),
  }
}

/** Throws where a reader of the format would stumble over the text, or would do something. */
function readAll({ xml, csv, openMetrics, markdown, html, terminal }: Written): void {
  for (const text of xml) {
    expect(XMLValidator.validate(text)).toBe(true)
    expect(text).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u)
  }
  for (const text of csv) {
    const [head, ...rows] = readCsv(text)
    for (const row of rows) expect(row).toHaveLength(head!.length)
    for (const cell of rows.flat()) if (Number.isNaN(Number(cell))) expect(cell).not.toMatch(/^\s*[=+\-@]/)
  }
  for (const text of openMetrics) {
    expect(text).toMatch(/\n# EOF\n$/)
    const lines = text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(OPEN_METRICS_LINE)
    const samples = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/\} \S+$/, ''))
    expect(samples.filter((sample, i) => samples.indexOf(sample) !== i)).toEqual([])
  }
  // In Markdown an invisible space keeps GitHub and GitLab from linking what was escaped.
  for (const text of [...xml, ...csv, ...openMetrics, ...html, ...terminal, ...markdown.map(dropInvisibleSpace)]) {
    expect(text).not.toMatch(/(?![\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u)
  }
  for (const line of [...terminal, ...csv].flatMap((text) => text.split('\n'))) expect(isCommand(line)).toBe(false)
  for (const line of markdown.flatMap((text) => text.split('\n'))) expect(line).not.toMatch(/^\s*\/\w/)
}

const dropInvisibleSpace = (text: string): string => text.replaceAll('\u200b', '')

const OPEN_METRICS_LINE =
  /^(?:# (?:TYPE|UNIT|HELP) [a-z_]+ (?:[^\\]|\\[\\"n])+|[a-z_]+\{[a-z]+="(?:[^"\\]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\]|\\[\\"n])*")*\} -?\d[\d.e+-]*)$/

/** The rows of RFC 4180, cell by cell; throws for a quote where none may stand. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  let rest = text
  while (rest !== '') {
    const [whole, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? []
    if (whole === undefined) throw new Error(`no cell: ${rest.slice(0, 80)}`)
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end !== ',') rows.push([])
    rest = rest.slice(whole.length)
  }
  return rows.slice(0, -1)
}

const left = (found: readonly string[], allowed: readonly string[]): string[] => {
  const known = new Set(allowed)
  return [...new Set(found.filter((one) => !known.has(one)))]
}

const usual = listActive(writeEverywhere(HARMLESS))

test.each(HOSTILE)('in all fields of all formats %j is words', async (text) => {
  const written = writeEverywhere(text)
  readAll(written)
  const [active, allowed] = [await listActive(written), await usual]
  for (const kind of ['tags', 'blocks', 'charts', 'marks', 'elements', 'links'] as const) {
    expect(left(active[kind], allowed[kind]), kind).toEqual([])
  }
})

test('and a chart of Mermaid has none of them at all', async () => {
  const { charts } = await usual
  expect(charts.length).toBeGreaterThan(1)
  for (const chart of charts) expect(chart).toMatch(/^---\nconfig:[^]*\nxychart-beta\n/)
  expect(charts.join('\n')).not.toContain(HARMLESS)
})

test.each(HOSTILE)('nor does %j in a check run, whose name and title GitHub shows as they are', async (text) => {
  const asked: { readonly name: string; readonly output: { readonly title: string; readonly summary: string } }[] = []
  const create = async (order: (typeof asked)[number]) => asked.push(order)
  const client = { repo: { owner: 'acme', repo: 'inference' }, octokit: { rest: { checks: { create } } } }
  const context = aContext('push', {}, { GITHUB_SHA: 'a'.repeat(40) })
  const report = rename(plant(REPORT, PLACES.report, text), text)
  const verdict = { ...plant(VERDICT, PLACES.verdict, text), name: text }
  const markdown = renderComment({ report, verdict })
  const place = { client: client as unknown as GithubClient, context, pull: null }
  expect(await deliverCheckRuns([{ verdict, report, markdown }], place, String)).toEqual([])
  const { name, output } = asked[0]!
  expect(name).toMatch(/^Plateau: ?/)
  for (const line of [name, output.title]) {
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u)
    expect(isCommand(line)).toBe(false)
  }
  expect(Array.from(output.title).length).toBeLessThanOrEqual(255)
  expect(output.summary).toBe(markdown)
})

/** Each run writes what `text` makes of it where it stands alone. */
const ALONE: readonly (readonly [place: string, write: (text: string) => Written])[] = [
  ...PLACES.report.map(
    (place) =>
      [`report.${place}`, (text: string) => writeRun(setText(REPORT, place, text) as RunReport, VERDICT)] as const,
  ),
  ...PLACES.verdict.map(
    (place) =>
      [`verdict.${place}`, (text: string) => writeRun(REPORT, setText(VERDICT, place, text) as Verdict)] as const,
  ),
  ...PLACES.run.map(
    (place) =>
      [
        `run.${place}`,
        (text: string) => writeRuns([...RUNS.slice(0, -1), setText(RUNS.at(-1), place, text) as HistoryEntry]),
      ] as const,
  ),
]

test('in any field alone it leaves every format readable', () => {
  expect(ALONE.length).toBeGreaterThan(80)
  fc.assert(
    fc.property(fc.constantFrom(...ALONE), fc.constantFrom(...HOSTILE), ([, write], text) => readAll(write(text))),
    { numRuns: 25 },
  )
})
