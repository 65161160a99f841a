import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinShares } from '../../src/load/level/level-tally.ts'
import { judgeAlone } from '../../src/commands/judge.ts'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderText } from '../../src/render/text.ts'
import { decodeRunReport, encodeRunReport } from '../../src/report/run-report-codec.ts'
import { levelsOf, sumUpObjectives } from '../../src/run/side-report.ts'
import { priceTokens } from '../../src/metrics/plateau/price.ts'
import { readObjectives } from '../../src/settings/values/objectives.ts'
import { findPlateau } from '../../src/metrics/plateau/plateau.ts'
import { pickSlowest } from '../../src/metrics/level/slowest.ts'
import { removeNotes } from '../../src/report/run-report.ts'
import { joinParts } from '../../src/shards/join-parts.ts'
import type { MeasuredPartLevel, Part } from '../../src/shards/part-codec.ts'
import { seedRandom, shuffle } from '../../src/random.ts'
import type { Random } from '../../src/random.ts'
import { encodeRecords } from '../../src/report/records.ts'
import { createLogHistogram } from '../../src/stats/percentile.ts'
import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import { aFailure, aRecord, aReport } from '../support/builders.ts'
import { aHeader, aPartLevel, aShare, readPart } from './parts.ts'

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
        const levels = levelsOf(alone, OPTIONS)
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
    const alone = levelsOf([joinShares({ ...aPartLevel([]).frame, server: null }, [aShare(shares)])], {
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
