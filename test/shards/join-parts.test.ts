import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { joinShares } from '../../src/load/level/level-tally.ts'
import { judgeAlone } from '../../src/commands/judge.ts'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderText } from '../../src/render/text.ts'
import { decodeRunReport, encodeRunReport, encodeRecords } from '../../src/report/run-report-codec.ts'
import { sumUpObjectives } from '../../src/metrics/plateau/capacity.ts'
import { summariseLevels } from '../../src/run/measure.ts'
import { priceTokens } from '../../src/metrics/plateau/price.ts'
import { readObjectives } from '../../src/settings/values/objectives.ts'
import { findPlateau } from '../../src/metrics/plateau/plateau.ts'
import { pickSlowest } from '../../src/metrics/level.ts'
import { removeNotes } from '../../src/report/run-report.ts'
import { joinParts, findPartProblems, findOtherTerm, listTerms } from '../../src/shards/join-parts.ts'
import type { MeasuredPartLevel, Part, PartHeader } from '../../src/shards/part.ts'
import { seedRandom, shuffle } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { createLogHistogram } from '../../src/stats/percentile.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aFailure, aRecord, aReport, SERIES_FIELDS } from '../support/builders.ts'
import { aHeader, aPartLevel, aShare, readPart } from './parts.ts'
import { DECISION_SETTINGS, RUN_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { settingsFor } from '../support/run-settings.ts'

const OPTIONS = { task: 'chat', tolerance: 0.05 } as const

/** Requests of one level, in the order in which they ended: some before the window, some failed, some after it. */
function drawRecords(random: Random, concurrency: number, pass: number): RequestRecord[] {
  const records = Array.from({ length: 60 }, (_, i): RequestRecord => {
    const place = {
      level: concurrency,
      pass,
      worker: i % concurrency,
      requestId: `${concurrency}-${pass}-${i}`,
      startMs: random() * 11_000,
      phase: (['warmup', 'counted', 'counted', 'counted', 'tail'] as const)[i % 5]!,
    }
    if (random() < 0.05) return aFailure('http_500', { ...place, endMs: random() * 100 })
    const outputTokens = 20 + Math.floor(random() * 100)
    return aRecord({
      ...place,
      outputTokens,
      ttftMs: 40 + random() * 20,
      tpotMs: 9 + random(),
      windowTokens: random() * outputTokens,
      queueMs: random(),
      servedModel: random() < 0.9 ? 'a' : 'b',
    })
  })
  return records.sort((a, b) => a.startMs + a.endMs - (b.startMs + b.endMs))
}

/** What a thread carried: its records, the gaps in their answers, and some requests that were cancelled. */
function shareOf(records: readonly RequestRecord[], cancelled: readonly { startMs: number; endMs: number }[]) {
  const interChunk = createLogHistogram()
  for (const { tpotMs } of records) if (tpotMs !== null) interChunk.add(tpotMs)
  const opened = records.filter(({ worker }) => worker === 1).length
  return aShare(records, { interChunk, cancelled, cancelledWindowEvents: 3 * cancelled.length, opened })
}

const PLAN = [
  { concurrency: 4, pass: 1 },
  { concurrency: 8, pass: 1 },
  { concurrency: 8, pass: 2 },
  { concurrency: 4, pass: 2 },
]

describe('the parts of a run', () => {
  it('come to the figures of one process that has all their records, to the last digit, however they are dealt out', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 9 }), (seed, count) => {
        const random = seedRandom(String(seed))
        const measured = PLAN.map((level) => ({
          level,
          records: drawRecords(random, level.concurrency, level.pass),
          cancelled: Array.from({ length: 7 }, (_, i) => ({ startMs: 8_000 + random(), endMs: 9_000 + i + random() })),
        }))
        const alone = measured.map(({ level, records, cancelled }) =>
          joinShares({ ...aPartLevel([], level).frame, server: null }, [shareOf(records, cancelled)]),
        )
        const owners = shuffle(
          Array.from({ length: 60 }, (_, i) => i % count),
          random,
        )
        const parts = Array.from({ length: count }, (_, shard): Part => {
          const levels = measured.map(({ level, records, cancelled }): MeasuredPartLevel => {
            const own = records.filter((__, i) => owners[i] === shard)
            return aPartLevel(
              [
                shareOf(
                  own,
                  cancelled.filter((__, i) => i % count === shard),
                ),
              ],
              level,
            )
          })
          return readPart(aHeader({ shard: { number: shard + 1, count } }), levels)
        })
        const joined = joinParts(shuffle(parts, random))
        const levels = summariseLevels(alone, OPTIONS)
        const ofOneThread = { client: expect.objectContaining({ threads: count }) as unknown }
        expect(joined.report.levels).toEqual(
          levels.map((level) => ({
            ...removeNotes(level),
            ...ofOneThread,
            passes: level.passes.map((pass) => ({ ...pass, ...ofOneThread })),
          })),
        )
        expect(joined.report.slowest).toEqual(pickSlowest(levels))
        expect(joined.report.plateau).toEqual(findPlateau(levels))
        expect([...encodeRecords(joined.records)].join('')).toBe(
          [...encodeRecords(alone.flatMap((run) => [...run.records]))].join(''),
        )
      }),
      { numRuns: 15 },
    )
  })

  it('have no window where one of them has none, and say why it stopped', () => {
    const part = (number: number, level: MeasuredPartLevel): Part =>
      readPart(aHeader({ shard: { number, count: 2 } }), [level])
    const whole = aPartLevel([aShare([aRecord({ level: 4, startMs: 2_000 })])])
    const stopped = aPartLevel([aShare([aFailure('http_429', { level: 4, phase: 'warmup' })])], {
      window: null,
      stopped: 'rate-limited',
    })
    const { report } = joinParts([part(1, whole), part(2, stopped)])
    expect(report.levels[0]).toMatchObject({ windowSeconds: 0, state: 'limited', requests: { ok: 1, failed: 1 } })
  })

  it('say once what all of them say, and of which shard it is where they do not', () => {
    const finding = (message: string) => ({ code: 'plan-cut', message })
    const part = (number: number, messages: readonly string[]): Part =>
      readPart(
        aHeader({
          shard: { number, count: 2 },
          report: aReport({ validity: { ok: true, findings: messages.map(finding) } }),
        }),
        [aPartLevel([aShare([aRecord({ level: 4, startMs: 2_000 })])])],
      )
    const { report } = joinParts([part(1, ['of all', 'of one']), part(2, ['of all'])])
    const messages = report.validity.findings.filter(({ code }) => code === 'plan-cut').map(({ message }) => message)
    expect(messages).toEqual(['of all', 'Shard 1/2: of one'])
  })

  it('began with the first of them and took as long as the longest', () => {
    const part = (number: number, startedAt: string, durationSeconds: number): Part =>
      readPart(aHeader({ shard: { number, count: 2 }, report: aReport({ startedAt, durationSeconds }) }), [
        aPartLevel([aShare([aRecord({ level: 4, startMs: 2_000 })])]),
      ])
    const { report } = joinParts([part(1, '2026-11-22T18:00:09.000Z', 60), part(2, '2026-11-22T18:00:00.000Z', 50)])
    expect(report).toMatchObject({ startedAt: '2026-11-22T18:00:00.000Z', durationSeconds: 60 })
  })

  it('say how many there were and how far apart their clocks, in text, comment and page', () => {
    const part = (number: number, clock: { offsetMs: number; withinMs: number }): Part =>
      readPart(aHeader({ shard: { number, count: 2 }, clock }), [
        aPartLevel([aShare([aRecord({ level: 4, startMs: 2_000 })])]),
      ])
    const { report } = joinParts([part(1, { offsetMs: 0, withinMs: 0 }), part(2, { offsetMs: -120, withinMs: 8 })])
    expect(report.shards).toEqual({ count: 2, clockSpreadMs: 120, clockWithinMs: 8 })
    const stored = decodeRunReport(encodeRunReport(report))
    expect(stored.shards).toEqual(report.shards)
    const told =
      '2 shards measured it together; their clocks were up to 120 ms apart, which was corrected to within ±8.00 ms.'
    expect(renderText(stored, { verdict: null, colour: false }).replaceAll(/\s+/g, ' ')).toContain(told)
    expect(renderPage({ report: stored, verdict: judgeAlone(stored) })).toContain('2 shards measured it together')
    expect(renderComment({ report: stored, verdict: judgeAlone(stored), acceptLabel: null, subject: 'run' })).toContain(
      '2 shards measured it together',
    )
  })

  it('keep the objectives that the shards were told, over the requests of all, and cost what all of them bring', () => {
    const objectives = readObjectives('ttft <= 60ms')
    const shares = [
      aRecord({ level: 4, startMs: 2_000, endMs: 1_000 }),
      aRecord({ level: 4, startMs: 2_000, ttftMs: 70 }),
    ]
    const alone = summariseLevels([joinShares({ ...aPartLevel([]).frame, server: null }, [aShare(shares)])], {
      ...OPTIONS,
      slo: { objectives, share: 0.9 },
    })
    const slo = sumUpObjectives({ objectives, share: 0.9 }, alone, 'concurrency')!
    const price = priceTokens(2, { plateau: findPlateau(alone), capacity: slo.capacity, levels: alone })
    const ofShard = { ...aReport(), slo, price: { ...price, atPlateau: 99 } }
    const part = (number: number): Part =>
      readPart(aHeader({ shard: { number, count: 2 }, report: ofShard }), [aPartLevel([aShare([shares[number - 1]!])])])
    const { report } = joinParts([part(1), part(2)])
    expect(report.slo).toEqual(slo)
    expect(report.price).toEqual(price)
  })
})

const LEVEL = aPartLevel([aShare([aRecord({ level: 4 })])])

type Changes = Partial<Parameters<typeof aHeader>[0]>

/** Shards of one run of three. */
function shards(changes: Readonly<Record<number, Changes>> = {}, numbers = [1, 2, 3]) {
  return numbers.map((number) => {
    const header: PartHeader = readPart(aHeader({ shard: { number, count: 3 }, ...changes[number] }), [LEVEL]).header
    return { from: `part-${number}`, header }
  })
}

function problemsOf(parts: Parameters<typeof findPartProblems>[0]): string[] {
  return findPartProblems(parts).map(({ from, message }) => (from === null ? message : `${from}: ${message}`))
}

describe('parts that do not belong together', () => {
  it('are none where each shard of a run is there once, in any order', () => {
    expect(problemsOf(shards({}, [3, 1, 2]))).toEqual([])
  })

  it('name each shard that is missing', () => {
    expect(problemsOf(shards({}, [2]))).toEqual([
      'of the 3 shards 2 are missing: 1/3, 3/3; a smaller run is another run',
    ])
  })

  it('name a shard that is there twice', () => {
    expect(problemsOf(shards({}, [1, 2, 3, 2]))).toEqual(['part-2: shard 2/3 is there twice: part-2 holds it, too'])
  })

  it('name what a foreign shard was told or is', () => {
    const { tool, ...report } = aReport()
    const other = { ...report, tool: { ...tool, version: '9.9.9' } }
    const of = (changes: Changes) => problemsOf(shards({ 2: changes })).join()
    expect(of({ shard: { number: 2, count: 4 } })).toBe('part-2: shard 2/4 is one of 4 shards, and the others are of 3')
    expect(of({ report: other })).toBe('part-2: shard 2/3 was measured by Plateau 9.9.9, and the others by 0.1.0')
    expect(of({ terms: { concurrency: '1, 2', endpoint: 'f00' } })).toBe(
      'part-2: shard 2/3 was told another concurrency: 1, 2, and the others 1, 4',
    )
    expect(of({ terms: { concurrency: '1, 4', endpoint: 'f00', limits: 'error-rate <= 1%' } })).toBe(
      'part-2: shard 2/3 was told another limits: error-rate <= 1%, and the others none',
    )
    expect(of({ terms: { concurrency: '1, 4' } })).toBe(
      'part-2: shard 2/3 was told another endpoint: none, and the others f00',
    )
    expect(of({ meeting: 'xyz' })).toBe('part-2: shard 2/3 is of another run: it did not start with the others')
  })

  it('name a clock that is too far off, and one of which too little is known', () => {
    const of = (offsetMs: number, withinMs: number) =>
      problemsOf(shards({ 3: { clock: { offsetMs, withinMs } } })).join()
    expect(of(59_000, 900)).toBe('')
    expect(of(-61_000, 5)).toContain('part-3: shard 3/3 has a clock that is 61.0 s behind that of the first shard')
    expect(of(2, 1_500)).toContain('only known within 1.5 s')
  })

  it('name one that has other windows', () => {
    const [first, second, third] = shards()
    const window = { startMs: 1_001, endMs: 9_001 }
    const late = { ...third!.header, levels: third!.header.levels.map((level) => ({ ...level, window })) }
    expect(problemsOf([first!, second!, { from: 'late', header: late }])).toEqual([
      'late: shard 3/3 has other levels or windows than part-1',
    ])
    const short = { ...third!.header, levels: [] }
    expect(problemsOf([first!, second!, { from: 'short', header: short }])).toHaveLength(1)
  })
})

const ENDPOINT = 'http://127.0.0.1:8000'
const MEASURED = { series: SERIES_FIELDS, model: 'llama-8b', commit: null }

/** What a shard with these flags says of another one that has none. */
function differenceOf(...flags: readonly string[]): string | null {
  const [own, other] = [listTerms(settingsFor(ENDPOINT, flags), MEASURED), listTerms(settingsFor(ENDPOINT), MEASURED)]
  return findOtherTerm(own, other)
}

test('shards that were told the same differ in nothing', () => {
  expect(differenceOf('--max-duration', '900s', '--report-json', 'here.json')).toBeNull()
})

test.each([
  [['--slo', 'tpot <= 50ms, ttft <= 0.5s'], 'another slo: none, and this one ttft <= 500ms, tpot <= 50ms'],
  [['--slo-share', '99%', '--slo', 'ttft <= 1s'], 'another slo: none, and this one ttft <= 1000ms'],
  [['--price-per-hour', '4'], 'another price-per-hour: none, and this one 4'],
  [['--throughput-within', 'ttft-p50 <= 1s'], 'another throughput-within: none, and this one ttft-p50 <= 1000ms'],
  [['--max-duration', '20m'], 'another max-duration: 900s, and this one 1200s'],
  [['--max-requests', '100'], 'another max-requests: none, and this one 100'],
  [['--max-output-tokens', '1M'], 'another max-output-tokens: 2000000, and this one 1000000'],
  [['--request-timeout', '30s'], 'another request-timeout: 300s, and this one 30s'],
  [['--warmup-requests', '2'], 'another warmup-requests: 1, and this one 2'],
  [['--limits', 'error-rate <= 1%'], 'another limits: none, and this one error-rate <= 1%'],
])('one that was told %s is named by that setting', (flags, difference) => {
  expect(differenceOf(...flags)).toBe(`was told ${difference}`)
})

test('what is asked of each request is named by its setting, too', () => {
  const settings = settingsFor(ENDPOINT)
  const workload = { ...SERIES_FIELDS.workload, outputTokens: '256' }
  const longer = listTerms(settings, { ...MEASURED, series: { ...SERIES_FIELDS, workload } })
  expect(findOtherTerm(listTerms(settings, MEASURED), longer)).toBe(
    'was told another output-tokens: 256, and this one 128',
  )
})

test('the models of a mix are named with the model', () => {
  const settings = settingsFor(ENDPOINT)
  const part = { ...settings, name: 'law', percent: 100 }
  const mixed = (model: string) => listTerms({ ...settings, mix: [{ ...part, model }] }, MEASURED)
  expect(findOtherTerm(mixed('law-7'), mixed('law-8'))).toMatch(
    /^was told another model: .*law-8, and this one .*law-7$/,
  )
})

/** Settings that are no term. Each group says why shards may differ in them, or cannot have them. */
const NO_TERMS = {
  'how this machine reaches the endpoint and proves who it is':
    'api-key auth client-id client-secret token-url oidc-audience endpoint-label allowed-hosts ca-cert client-cert client-key insecure-tls',
  'what happens before the load, or beside it':
    'expect-version version-url ready-timeout preflight self-proof full-parse soak server-metrics client-threads github-token',
  'which process this is, and where it meets the others': 'shard rendezvous rendezvous-timeout part',
  'refused beside shard, or without use there':
    'results cross-check control control-api-key control-model control-timing candidate-command control-command redeploy-command sessions runs pause max-concurrency trace-file trace-speed',
  'seen in the hash of the prompts': 'prompts-column prompts-length prompts-sample',
  'read where the parts are merged':
    'accept accept-label confirm on-skip baseline baseline-workflow baseline-ref record history-keep',
  'where to write what':
    'comment check-run gitlab-note defer upload history-page artifact-content let-forks-use-my-key format report-json verdict-json html markdown junit csv requests-csv openmetrics records append dry-run',
  'seen in the settings that it sets': 'config scenario',
}

test('every setting is a term, or it is said here why shards may differ in it', () => {
  const talk = { turns: '4', thinkTime: 2, systemPromptTokens: 100, images: '1 x 64x64', mix: 'a 100%' }
  const workload = { ...SERIES_FIELDS.workload, ...talk }
  const series = { ...SERIES_FIELDS, workload, rates: [5], arrivals: 'poisson', maxInFlight: 8 }
  const deciding = Object.values(DECISION_SETTINGS).map(({ name }) => name)
  const terms = [...Object.keys(listTerms(settingsFor(ENDPOINT), { ...MEASURED, series })), ...deciding]
  const others = Object.values(NO_TERMS).flatMap((names) => names.split(' '))
  const all = Object.values(RUN_SETTINGS).map(({ name }) => name)
  expect(all.filter((name) => !terms.includes(name) && !others.includes(name))).toEqual([])
  expect(others.filter((name) => !all.includes(name) || (terms.includes(name) && name !== 'accept'))).toEqual([])
})
