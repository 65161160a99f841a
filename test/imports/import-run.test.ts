import { describe, expect, it, test } from 'vitest'
import { importRun } from '../../src/imports/import-run.ts'
import { joinResults } from '../../src/imports/join-results.ts'
import type { ResultFile } from '../../src/imports/join-results.ts'
import { encodeLevelsCsv } from '../../src/exports/csv.ts'
import { encodeJunit } from '../../src/exports/junit.ts'
import { encodeOpenMetrics } from '../../src/exports/open-metrics.ts'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderText } from '../../src/render/text.ts'
import { checkLimits } from '../../src/verdict/limits.ts'
import { readLimits } from '../../src/settings/values/limits.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { findSeriesDifferences } from '../../src/report/series.ts'
import { TOOL_NAMES } from '../../src/vocabulary/tools.ts'
import { buildBaselineOfReports } from '../../src/commands/recorded/recorded.ts'
import { judgeReport, judgeAlone } from '../../src/commands/judge.ts'
import { resolveFlags } from '../../src/settings/reading/flags.ts'
import { DECISION_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { isCommand, readHtml, readMarkdown } from '../fuzz/markup.ts'
import { aReport } from '../support/builders.ts'
import { anEntry, aVerdict } from '../support/verdict-builders.ts'
import { pickPast } from '../../src/verdict/history/past.ts'
import {
  aGuidellm,
  aGuidellmBenchmark,
  anAiperf,
  anAiperfRecord,
  anMlcommonsEndpoints,
  aResultFile,
  aVllmBenchServe,
  ONE_OF_EACH,
} from './results.ts'

const SETTINGS = { name: 'nightly', endpointLabel: 'staging', model: null, throughputWithin: null, pricePerHour: null }

/** The report of these files. */
function imported(files: readonly ResultFile[], concurrency: 'auto' | readonly number[] = 'auto'): RunReport {
  const joined = joinResults(files, { concurrency, rate: null })
  if (!('levels' in joined)) throw new Error(JSON.stringify(joined))
  return importRun(joined, SETTINGS)
}

/** All that people and programs are shown of a report. */
function showAll(report: RunReport): string[] {
  const verdict = judgeAlone(report)
  return [
    renderText(report, { verdict }),
    renderComment({ report, verdict }),
    renderPage({ report, verdict }),
    encodeJunit(report, verdict),
    encodeOpenMetrics(report, verdict),
    [...encodeLevelsCsv(report)].join(''),
  ]
}

describe('the report of an imported run', () => {
  it('of every form is whole, can be written and read back, and names its tool', () => {
    for (const [name, { text, concurrency }] of Object.entries(ONE_OF_EACH)) {
      const report = imported([aResultFile(text)], concurrency)
      expect(decodeRunReport(encodeRunReport(report)), name).toEqual(report)
      expect(report.validity.ok, name).toBe(true)
      expect(TOOL_NAMES).toContain(report.imported!.tool)
      expect(report.series.source!.tool).toBe(report.imported!.tool)
      expect(report.levels[0]!.latencyMs?.p50 ?? 0, name).toBeGreaterThan(0)
    }
  })

  it('has what the tool states and no percentile that its requests are too few for', () => {
    const [level] = imported([aResultFile(aGuidellm())]).levels
    expect(level).toMatchObject({
      concurrency: 4,
      valid: true,
      state: 'ok',
      requests: { ok: 200, failed: 1 },
      ttftMs: { n: 200, p50: 56, p90: 60, p95: 61, p99: null },
      interChunkMs: { p99: 16.9 },
      client: null,
      connectionShare: null,
    })
  })

  it('says whose figures they are and how they are defined, and nothing that only who measured could know', () => {
    for (const { text, concurrency } of Object.values(ONE_OF_EACH)) {
      const report = imported([aResultFile(text)], concurrency)
      const [terminal, comment, page] = showAll(report)
      for (const shown of [
        terminal!.replaceAll(/\s+/g, ' '),
        comment!.replaceAll('\\', ''),
        page!.replaceAll(/<style>[^]*?<\/style>/g, ''),
      ]) {
        expect(shown).toMatch(new RegExp(`Measured by ${report.imported!.tool}.*, not by Plateau`))
        expect(shown).toMatch(/TTFT is from (sending|handing) the request/)
        expect(shown).not.toMatch(
          /Build (not )?checked|expect-version|This machine|Node<|0 CPUs|control|client|window/i,
        )
      }
    }
  })

  it('says so where the form was newer, and leads to the tool for more levels', () => {
    const report = imported([aResultFile(aGuidellm(undefined, { version: 7 }))])
    const [text] = showAll(report)
    expect(text!.replaceAll(/\s+/g, ' ')).toMatch(/newer than 2: it is read as far as that is known\./)
    expect(text).toMatch(/Let\s+the\s+tool\s+that\s+measured\s+it\s+measure\s+higher\s+levels/)
    expect(text).not.toMatch(/to concurrency\./)
  })

  it('has passes where a level was measured twice: counts add up, rates weigh by time, medians are averaged as logs', () => {
    const files = [
      aResultFile(aVllmBenchServe({ median_ttft_ms: 50, output_throughput: 300, duration: 10 }), 'a.json'),
      aResultFile(aVllmBenchServe({ median_ttft_ms: 72, output_throughput: 400, duration: 30 }), 'b.json'),
    ]
    const { levels, series, plateau } = imported(files)
    expect(levels).toHaveLength(1)
    expect(levels[0]!.passes.map(({ ttftMs }) => ttftMs!.p50)).toEqual([50, 72])
    expect(levels[0]!.ttftMs!.p50).toBeCloseTo(60, 9)
    expect(levels[0]).toMatchObject({ requests: { ok: 398, failed: 2 }, outputTokensPerSecond: 375 })
    expect(series.passes).toBe(2)
    expect(plateau.outputTokensPerSecond!.low).not.toBeNull()
  })

  it('prices tokens, and finds the throughput within latencies', () => {
    const joined = joinResults([aResultFile(aGuidellm([aGuidellmBenchmark(1), aGuidellmBenchmark(4)]))], {
      concurrency: 'auto',
      rate: null,
    })
    if (!('levels' in joined)) throw new Error('not joined')
    const { throughputWithin } = resolveFlags({ throughputWithin: RUN_SETTINGS.throughputWithin }, [
      '--throughput-within',
      'ttft-p50 <= 54ms',
    ])
    const report = importRun(joined, { ...SETTINGS, throughputWithin, pricePerHour: 3.6 })
    expect(report.within!.concurrency).toBeGreaterThan(1)
    expect(report.price!.atPlateau).toBeCloseTo(1000 / 1440.1, 9)
  })
})

test('what would prove a release names nothing that only a measurement of ours has', () => {
  const report = imported([aResultFile(aGuidellm())])
  const verdict = aVerdict({ verdict: 'no-change-seen', check: 'fail', reasons: ['not-proven'] })
  expect(renderComment({ report: aReport(), verdict })).toMatch(/more `runs` in one go, or a wider/)
  expect(renderComment({ report, verdict })).toMatch(/recorded runs, or a wider `tolerance`/)
})

describe('a level of an imported run', () => {
  const codesOf = (result: object): string[] =>
    imported([aResultFile(result)]).validity.findings.map(({ code }) => code)

  it('is no good where clearly more than 1 % failed, where nothing succeeded, or where there are too few requests', () => {
    expect(codesOf(aVllmBenchServe({ completed: 180, failed: 20 }))).toEqual(['errors'])
    expect(codesOf(aVllmBenchServe({ completed: 0, failed: 200, median_ttft_ms: 0 }))).toEqual(['no-success'])
    expect(codesOf(aVllmBenchServe({ completed: 3, failed: 0, num_prompts: 3 }))).toEqual(['too-few-requests'])
    expect(codesOf(aVllmBenchServe())).toEqual([])
  })

  it('is no good where the tool was cancelled or is not done', () => {
    expect(codesOf(anAiperf({ was_cancelled: true }))).toEqual(['cancelled'])
    expect(codesOf(anMlcommonsEndpoints({ complete: false }))).toEqual(['cancelled'])
  })

  it('without TTFT is compared by its latency, and says that the results state none', () => {
    const { median_ttft_ms: _ttft, median_tpot_ms: _tpot, ...whole } = aVllmBenchServe()
    const report = imported([aResultFile(whole)])
    expect(report.levels[0]).toMatchObject({ valid: true, state: 'buffered' })
    expect(buildRow(report).traits.buffered).toBe(true)
    expect(showAll(report)[0]!.replaceAll(/\s+/g, ' ')).toMatch(/no TTFT and TPOT: the results state none/)
  })
})

describe('figures of two tools', () => {
  const settings = resolveFlags(DECISION_SETTINGS, [])

  it('are never compared, nor with ours: the source is part of the mark of the series', () => {
    const reports = [
      imported([aResultFile(aVllmBenchServe())]),
      imported([aResultFile(aGuidellm())]),
      { ...aReport(), series: { ...aReport().series, name: 'nightly' } },
    ]
    expect(new Set(reports.map(({ series }) => series.key)).size).toBe(3)
    const [serve, guidellm, ours] = reports
    const { comparisons, verdict } = judgeReport(
      serve!,
      buildBaselineOfReports([{ from: 'a', report: guidellm! }], buildRow(serve!)),
      settings,
    )
    expect([comparisons, verdict]).toEqual([[], 'not-comparable'])
    expect(
      findSeriesDifferences(ours!.series, serve!.series).map(({ field, before, now }) => [field, before, now]),
    ).toContainEqual(['tool that measured', 'Plateau', 'vllm bench serve (TTFT event-after-send, TPOT after-first)'])
  })

  it('of the same tool are, whatever its version, which is said among what else changed', () => {
    const before = imported([aResultFile(aGuidellm(undefined, { guidellm_version: '0.8.0' }))])
    const now = { ...imported([aResultFile(aGuidellm())]), startedAt: '2026-11-29T10:00:00.000Z' }
    const verdict = judgeReport(now, buildBaselineOfReports([{ from: 'a', report: before }], buildRow(now)), settings)
    expect(verdict.comparisons.map(({ metric }) => metric)).toEqual(['ttft-p50', 'tpot-p50', 'plateau-throughput'])
    expect(verdict.whatElseChanged).toEqual([{ what: 'load tool', before: 'guidellm 0.8.0', now: 'guidellm 0.8.1' }])
  })

  it('show another workload where a tool does not say which was asked for', () => {
    const before = imported([aResultFile(aVllmBenchServe())])
    const longer = aVllmBenchServe({ total_input_tokens: 67_000, date: '20261129-031730' })
    const now = imported([aResultFile(longer)])
    const verdict = judgeReport(now, buildBaselineOfReports([{ from: 'a', report: before }], buildRow(now)), settings)
    expect(verdict.whatElseChanged).toEqual([
      { what: 'tokens of a request', before: '34 in, 65 out', now: '340 in, 65 out' },
    ])
  })
})

/** Stands where a text is planted. */
const MARK = 'planted-7'

const TRICKS = [
  '</sub></details><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1)) ![y](https://evil.example/y.png) @octocat',
  '\n::error file=a.ts,line=1::x\n##[error]z',
  '\u001b[31mred\u202eevil',
  '| a | b |\n| - | - |\n```\n<!-- plateau:nightly -->',
]

/** A copy of a JSON with this text in the place of every text in it, one place at a time; a few places of each kind suffice. */
function* plant(value: unknown, text: string): Generator {
  if (typeof value === 'string') yield text
  else if (Array.isArray(value)) {
    for (const [i, each] of value.slice(0, 2).entries())
      for (const planted of plant(each, text)) yield value.map((old: unknown, k) => (k === i ? planted : old))
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      for (const planted of plant(each, text)) yield { ...value, [key]: planted }
    }
  }
}

/** Nothing of a text of others acts where it is shown. */
function expectHarmless(report: RunReport): void {
  const [terminal, comment, page, junit] = showAll(report)
  for (const line of terminal!.split('\n')) {
    expect(isCommand(line)).toBe(false)
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  }
  expect(
    readMarkdown(comment!).active.filter((active) => /script|img|evil|octocat|javascript/.test(JSON.stringify(active))),
  ).toEqual([])
  // In GitLab a line that begins so is a command.
  expect(comment).not.toMatch(/^\/\w/m)
  for (const shown of [page!, junit!]) expect(shown).not.toMatch(/<(script>alert|img src=x)|\p{Cf}/u)
  expect(readHtml(page!)).toBeDefined()
}

/** A result with `MARK` in the place of each text in it, one at a time: of a JSON, of the first line of JSONs, of each kind of cell. */
function listPlanted(text: string): readonly string[] {
  const [first = '', ...others] = text.split('\n')
  if (first.startsWith('{')) {
    return [...plant(JSON.parse(first), MARK)].map((document) => [JSON.stringify(document), ...others].join('\n'))
  }
  const cells = text.split(/[,\n]/)
  const kinds = cells.filter((cell, i) => cell !== '' && !cell.includes('"') && (/[a-z]/i.test(cell) || i < 40))
  return [...new Set(kinds)].map((cell) => text.replace(cell, MARK))
}

test.each(Object.entries(ONE_OF_EACH))(
  'a hostile text in any field of %s shows harmlessly',
  (_, { text, concurrency }) => {
    const read = (planted: string, trick: string, path: string) => {
      const written = planted.startsWith('{') ? JSON.stringify(trick).slice(1, -1) : trick.replaceAll(/["\n]/g, '')
      const joined = joinResults([aResultFile(planted.replaceAll(MARK, written), path)], { concurrency, rate: null })
      return 'levels' in joined ? importRun(joined, SETTINGS) : joined
    }
    for (const planted of listPlanted(text)) {
      // What reaches neither a report nor a message is shown nowhere.
      const isShown = JSON.stringify(read(planted, MARK, 'r.json'))
        .toLowerCase()
        .includes(MARK)
      for (const trick of isShown ? TRICKS : []) {
        const found = read(planted, trick, `r/${trick}.json`)
        if ('levels' in found) expectHarmless(found)
        else for (const { given, message } of found) expect(`${given} ${message}`).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }
    }
    // Wherever they come from, paths are shown, too.
    const trick = TRICKS.join('')
    const named = read(text, '', `r/${trick}.json`)
    if ('levels' in named) expectHarmless(named)
  },
)

test('of the forms that state a text, one reaches what is shown', () => {
  const found = imported([aResultFile(JSON.stringify(aVllmBenchServe({ model_id: MARK })))])
  expect(JSON.stringify(found)).toContain(MARK)
})

test('a figure that can be none is none: negative, absurd, of another kind', () => {
  for (const value of [-1, 1e300, '12', null, {}, [], true]) {
    const report = imported([aResultFile(aVllmBenchServe({ mean_ttft_ms: value, output_throughput: value }))])
    expect(report.levels[0]!.ttftMs!.mean).toBeNull()
    expect(decodeRunReport(encodeRunReport(report))).toEqual(report)
  }
  const record = anAiperfRecord(0, 50)
  expect(
    imported([aResultFile(`${JSON.stringify(record)}\n${JSON.stringify(anAiperfRecord(1, -5))}\n`)], [1]).levels[0]!
      .ttftMs!.n,
  ).toBe(2)
})

describe('a run at rates', () => {
  const at = (request_rate: number, more: object = {}) =>
    aVllmBenchServe({ request_rate, max_concurrency: null, completed: 3, failed: 0, num_prompts: 3, ...more })
  const report = imported([aResultFile(at(40), 'a.json'), aResultFile(at(20), 'b.json')])

  it('has its rates as levels, and a series of its own', () => {
    expect(report.series).toMatchObject({ concurrency: [], rates: [20, 40], arrivals: 'poisson' })
    expect(report.series).not.toHaveProperty('maxInFlight')
    expect(report.levels.map(({ concurrency, valid }) => [concurrency, valid])).toEqual([
      [20, true],
      [40, true],
    ])
    const closed = imported([aResultFile(aVllmBenchServe())])
    const bounded = imported([aResultFile(at(20, { max_concurrency: 8 }), 'b.json')])
    expect(bounded.series.maxInFlight).toBe(8)
    expect(new Set([report, closed, bounded].map(({ series }) => series.key)).size).toBe(3)
    expect(findSeriesDifferences(closed.series, report.series).map(({ field }) => field)).toContain('rate')
  })

  it('can be written and read back, is shown with its rates, and compared with its like', () => {
    expect(decodeRunReport(encodeRunReport(report))).toEqual(report)
    for (const text of showAll(report)) expect(text).not.toMatch(/concurrency (20|40)\b/)
    expect(renderText(report, { verdict: judgeAlone(report) })).toMatch(/^ *20\/s /m)
    expect(buildRow(report).levels.map(({ concurrency }) => concurrency)).toEqual([20, 40])
  })

  it('has a highest throughput and no plateau, however flat it is, and nobody says that the server kept up', () => {
    const text = renderText(report, { verdict: judgeAlone(report) })
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /Highest throughput: .* Whether the server kept up is not in the results\./,
    )
    expect(text).not.toMatch(/Plateau throughput|Plateau not reached|^Plateau:/m)
    expect(pickPast([anEntry({ row: buildRow(report) })], report.series)!.knee).toBeNull()
  })

  it('has limits at rates, and none at a concurrency', () => {
    const check = (limits: string) =>
      checkLimits(readLimits(limits), report).map(({ outcome, reason }) => outcome + (reason ?? ''))
    expect(check('ttft-p50@20/s <= 100ms')).toEqual(['pass'])
    expect(check('ttft-p50@20 <= 100ms')).toEqual(['not-measuredthe levels are rates'])
  })
})

test('a tool of any name in a stored report shows harmlessly', () => {
  const report = imported([aResultFile(aGuidellm())])
  const planted = { ...report, imported: { ...report.imported!, tool: '<img src=x onerror=alert(1)>' } }
  expectHarmless(planted)
  expect(renderPage({ report: planted, verdict: judgeAlone(planted) })).not.toContain('<img src=x')
})
