import { statSync } from 'node:fs'
import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import { mergeHistories, HISTORY_SCHEMA } from '../../report/history.ts'
import type { History, HistoryEntry } from '../../report/history.ts'
import type { RunReport } from '../../report/run-report.ts'
import { DEFAULT_HISTORY } from '../../settings/values/baseline-place.ts'
import { entryOf } from './baseline-of.ts'
import { HISTORY_KIND, listJsonFiles, readStored, REPORT_KIND } from './stored.ts'

/** What was recorded, wherever it was kept. */
export interface Recorded {
  /** Oldest first, of all names. */
  readonly entries: readonly HistoryEntry[]
  /** Reports whose figures must not be used, and reports that stand beside a history and are not of it. */
  readonly invalid: number
  readonly beside: number
}

/** Says that nothing has been recorded yet where histories are by default, which nobody named, and what a path may lead to instead. */
export function explainNoHistory(setting: string, orElse: string): SettingProblem {
  const message = `is not given, and there is no ${DEFAULT_HISTORY} here; "plateau run --append" records a run there, and a history elsewhere (also ${orElse}) is given by its path`
  return { setting, given: null, message }
}

/** A history or reports. */
interface Found {
  readonly histories: readonly History[]
  readonly reports: readonly RunReport[]
}

/**
 * The runs in these places: histories, reports, and folders with these, as artifacts are when they were downloaded. Where a history is
 * among them it alone says what was recorded: reports beside it may be of pull requests.
 *
 * @throws SettingsError that says what is wrong with all places.
 */
export function readRecorded(places: readonly string[], setting: string): Recorded {
  const found = places.map((place) => readPlace(place, setting))
  const problems = found.flatMap(({ problem }) => problem ?? [])
  if (problems.length > 0) throw new SettingsError(problems)
  const histories = found.flatMap(({ value }) => value!.histories)
  const reports = found.flatMap(({ value }) => value!.reports)
  const merged = mergeHistories(histories.length > 0 ? histories : [historyOfReports(reports)], Infinity)
  return {
    entries: merged.entries,
    invalid: histories.length > 0 ? 0 : reports.filter(({ validity }) => !validity.ok).length,
    beside: histories.length > 0 ? reports.length : 0,
  }
}

function historyOfReports(reports: readonly RunReport[]): History {
  const valid = reports.filter(({ validity }) => validity.ok)
  return { schema: HISTORY_SCHEMA, entries: valid.map((report) => entryOf(report, report.series.name)) }
}

type ReadPlace =
  { readonly value: Found; readonly problem: null } | { readonly value: null; readonly problem: SettingProblem }

function readPlace(place: string, setting: string): ReadPlace {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return readFile(place, setting)
  const all = listJsonFiles(place, setting).flatMap((path) => readFile(path, setting).value ?? [])
  if (all.length === 0) {
    const message =
      'holds no history and no run report; "plateau run --append" writes the one, --report-json the other, and "gh run download" fetches both from artifacts'
    return { value: null, problem: { setting, given: place, message } }
  }
  return {
    value: {
      histories: all.flatMap(({ histories }) => histories),
      reports: all.flatMap(({ reports }) => reports),
    },
    problem: null,
  }
}

/** A file that is neither is refused as a bad history, because a history is what people have. */
function readFile(path: string, setting: string): ReadPlace {
  const history = readStored(HISTORY_KIND, path, setting)
  if (history.problem === null) return { value: { histories: [history.value], reports: [] }, problem: null }
  const report = readStored(REPORT_KIND, path, setting)
  return report.problem === null ? { value: { histories: [], reports: [report.value] }, problem: null } : history
}
