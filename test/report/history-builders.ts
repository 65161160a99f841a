import fc from 'fast-check'
import { drawNormal, seedRandom } from '../../src/random.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { HISTORY_SCHEMA } from '../../src/report/history.ts'
import { CLUES } from '../../src/report/clues.ts'
import type { History, HistoryEntry, HistoryRow, RowLevel, RowPass, RunSource } from '../../src/report/history.ts'
import { addSeriesKey } from '../../src/report/series.ts'
import { VERDICT_WORDS } from '../../src/report/verdict.ts'
import { GATED_METRICS } from '../../src/vocabulary/metrics.ts'
import { aLevel, aReport, SERIES_FIELDS } from '../support/builders.ts'
import { GRAPHEME } from '../support/text-units.ts'

const DAY_MS = 86_400_000
const ROW = buildRow(aReport({ measured: [aLevel(1)] }))

export interface EntryOverrides {
  readonly name?: string
  readonly row?: Partial<HistoryRow>
  readonly source?: Partial<RunSource>
}

/** The recorded run of the `day`th day: workflow run `day`, commit `day` in hex, forty times. */
export function anEntry(day: number, { name = 'llama-8b', row = {}, source = {} }: EntryOverrides = {}): HistoryEntry {
  return {
    row: {
      ...ROW,
      startedAt: new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString(),
      series: addSeriesKey({ ...SERIES_FIELDS, name }),
      levels: levelsOf(day),
      ...row,
    },
    source: {
      sha: shaOf(day),
      ref: 'refs/heads/main',
      runId: String(day),
      attempt: 1,
      event: 'push',
      url: null,
      ...source,
    },
    verdict: 'no-change-seen',
    segments: {},
  }
}

/** Figures as they are measured: no two days alike. */
function levelsOf(day: number): readonly RowLevel[] {
  const random = seedRandom(`day ${day}`)
  const noisy = ([figure, value]: [string, number]) => [figure, Number((value * (1 + 0.05 * random())).toPrecision(5))]
  return ROW.levels.map((level) => ({
    ...level,
    passes: level.passes.map((pass) => ({
      ...pass,
      figures: Object.fromEntries(Object.entries(pass.figures).map(noisy)) as RowPass['figures'],
    })),
  }))
}

/** Forty hex digits that stand for a commit. */
export function shaOf(day: number): string {
  return day.toString(16).padStart(40, '0')
}

export function historyOf(entries: readonly HistoryEntry[]): History {
  return { schema: HISTORY_SCHEMA, entries }
}

/** Recorded runs as they come: every figure of each level and pass there is, every one with noise of its own. */
export function realisticEntries(runs: number, levels: readonly number[], passes: number): HistoryEntry[] {
  const random = seedRandom('realistic history')
  const noisy = (value: number) => Number((value * Math.exp(0.03 * drawNormal(random))).toPrecision(5))
  const figures = { 'ttft-p50': 52, 'ttfo-p50': 52, 'tpot-p50': 10, 'inter-chunk-p50': 10, 'latency-p50': 1300 }
  const tails = Object.entries(figures).flatMap(([metric, value]) =>
    ['p90', 'p95', 'p99'].map((percentile) => [metric.replace('p50', percentile), 1.4 * value] as const),
  )
  const shaken = (entries: readonly (readonly [string, number])[]) =>
    Object.fromEntries(entries.map(([metric, value]) => [metric, noisy(value)]))
  return Array.from({ length: runs }, (_, day) =>
    anEntry(day, {
      source: {
        sha: `${day}${Math.floor(random() * 1e15)}`.padEnd(40, 'a'),
        url: `https://github.com/o/r/actions/runs/${day}`,
      },
      row: {
        levels: levels.map((concurrency) => ({
          concurrency,
          valid: true,
          state: 'ok',
          tails: shaken(tails),
          clues: Object.fromEntries(CLUES.map((clue) => [clue, Number(noisy(12).toPrecision(3))])),
          passes: Array.from({ length: passes }, () => ({
            ok: Math.floor(40 * concurrency * (1 + 0.1 * random())),
            failed: 0,
            figures: { ...shaken(Object.entries(figures)), throughput: noisy(90 * concurrency) },
          })),
        })),
      },
    }),
  )
}

const figure = fc.double({ min: 1e-9, max: 1e12, noNaN: true })
const word = fc.string({ maxLength: 20, unit: GRAPHEME })

const level = fc.record({
  valid: fc.boolean(),
  state: fc.constantFrom('ok' as const, 'limited' as const, 'lost' as const),
  tails: fc.record({ 'ttft-p90': figure, 'latency-p99': figure }, { requiredKeys: [] }),
  passes: fc.array(
    fc.record({
      ok: fc.nat(),
      failed: fc.nat(),
      figures: fc.record({ 'ttft-p50': figure, 'tpot-p50': figure, throughput: figure }, { requiredKeys: [] }),
    }),
    { maxLength: 3 },
  ),
})

/** Any entry; few names, runs and days, so that some are the same run. */
export const anyEntry: fc.Arbitrary<HistoryEntry> = fc
  .record({
    day: fc.nat(3),
    name: fc.constantFrom('a', 'b'),
    levels: fc.array(level, { maxLength: 3 }),
    source: fc.record({
      sha: fc.option(word),
      ref: fc.option(word),
      runId: fc.constantFrom('1', '2', 'laptop'),
      attempt: fc.integer({ min: 1, max: 2 }),
      event: word,
    }),
    within: fc.option(fc.record({ limit: word, value: figure })),
    verdict: fc.constantFrom(...VERDICT_WORDS),
    segments: fc.dictionary(fc.constantFrom(...GATED_METRICS), fc.constantFrom('opens' as const, 'accepted' as const)),
    servedModel: fc.option(word),
    paired: fc.boolean(),
  })
  .map(({ day, name, levels, source, within, verdict, segments, servedModel, paired }) => ({
    ...anEntry(day, {
      name,
      source,
      row: {
        levels: levels.map((level, i) => ({ ...level, concurrency: 2 ** i })),
        within,
        context: { ...ROW.context, servedModel },
      },
    }),
    ...(paired && { control: { ...ROW, levels: levels.map((level, i) => ({ ...level, concurrency: 3 ** i })) } }),
    verdict,
    segments: { ...segments },
  }))
