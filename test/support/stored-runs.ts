import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { encodeHistory } from '../../src/report/history-codec.ts'
import { buildRow } from '../../src/report/history-row.ts'
import { encodeRunReport } from '../../src/report/run-report-codec.ts'
import type { RunReport } from '../../src/report/run-report.ts'
import { aLevel, aReport } from './builders.ts'
import { anEntry } from './verdict-builders.ts'

/** A run of day `day` of November 2026 in which everything takes `factor` times as long; passes differ by half a percent. */
export function aStoredRun(day: number, factor = 1, overrides: Partial<RunReport> = {}): RunReport {
  const times = [0.995, 1, 1.005].map((pass) => ({ ttftMs: 50 * factor * pass, tpotMs: 10 * factor * pass }))
  const startedAt = `2026-11-${String(day).padStart(2, '0')}T04:00:00.000Z`
  return aReport({ startedAt, measured: [aLevel(1, times), aLevel(2, times), aLevel(4, times)], ...overrides })
}

/** Factors of ten runs of unchanged code: a spread of 1.5 %. */
const SPREAD = [0.985, 1.01, 1, 0.99, 1.02, 1.005, 0.98, 1.015, 0.995, 1]

let history: string | undefined

/** The JSON of a history of ten days of unchanged code; made once, as every test of some files begins with it. */
export function aStoredHistory(): string {
  history ??= encodeStoredHistory()
  return history
}

function encodeStoredHistory(): string {
  const entries = SPREAD.map((factor, i) =>
    anEntry({
      row: buildRow(aStoredRun(i + 1, factor)),
      source: { sha: null, ref: 'main', runId: String(i + 1), attempt: 1, event: 'push', url: null },
    }),
  )
  return encodeHistory({ schema: 'plateau/history@1', entries })
}

/** Writes a report and returns its path. */
export function writeReport(path: string, report: RunReport): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, encodeRunReport(report))
  return path
}
