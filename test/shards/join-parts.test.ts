import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinShares } from '../../src/load/join-shares.ts'
import { levelsOf } from '../../src/run/side-report.ts'
import { findPlateau } from '../../src/metrics/plateau.ts'
import { removeNotes } from '../../src/report/assemble.ts'
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
})
