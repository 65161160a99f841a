import { existsSync, statSync } from 'node:fs'
import { SettingsError } from '../../errors.ts'
import { mergeHistories, HISTORY_SCHEMA } from '../../report/history.ts'
import type { History, HistoryEntry, Baseline, HistoryRow } from '../../report/history.ts'
import type { RunReport } from '../../report/run-report.ts'
import { DEFAULT_HISTORY } from '../../settings/lists/history-settings.ts'
import { listAllowed } from '../../settings/nearest.ts'
import { defineSetting } from '../../settings/setting.ts'
import { HISTORY_KIND, listJsonFiles, readStored, REPORT_KIND } from './stored.ts'
import type { Stored } from './stored.ts'
import { removeCandidate } from '../../report/attempts.ts'
import { buildRow } from '../../report/history-row.ts'
import { addSeriesKey } from '../../report/series.ts'
import { escapeForTerminal, pluralise } from '../../text.ts'
import { nameLocalRun } from './record.ts'

/** What was recorded, wherever it was kept. */
export interface Recorded {
  /** Oldest first, of all names. */
  readonly entries: readonly HistoryEntry[]
  /** Reports whose figures must not be used, and reports that stand beside a history and are not of it. */
  readonly invalid: number
  readonly beside: number
}

/**
 * Where histories are by default, for a command that names none; `orElse` is what a path may lead to instead.
 *
 * @throws SettingsError where nothing has been recorded there yet.
 */
export function findHistoryHere(setting: string, orElse: string): string {
  if (existsSync(DEFAULT_HISTORY)) return DEFAULT_HISTORY
  const message = `is not given, and there is no ${DEFAULT_HISTORY} here; "plateau run --append" records a run there, and a history elsewhere (also ${orElse}) is given by its path`
  throw new SettingsError([{ setting, given: null, message }])
}

/** The setting of a command that looks at one name of a history, or at all. */
export function defineNameSetting(group: string, help: string) {
  return defineSetting({
    name: 'name',
    group,
    help,
    placeholder: 'NAME',
    default: null,
    derived: 'every name of the history',
    common: true,
    read: (text: string) => text.trim(),
  })
}

/**
 * The names of recorded runs in the order in which they were first recorded; where one is wanted, that one alone.
 *
 * @throws SettingsError where that is not among them.
 */
export function listNames(entries: readonly HistoryEntry[], wanted: string | null): readonly string[] {
  const names = [...new Set(entries.map(({ row }) => row.series.name))]
  if (wanted === null) return names
  if (names.includes(wanted)) return [wanted]
  const there = names.length === 0 ? 'no runs' : listAllowed(wanted, names, (name) => escapeForTerminal(name))
  throw new SettingsError([{ setting: 'name', given: wanted, message: `is not in the history, which has ${there}` }])
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
  const merged = mergeHistories(histories.length > 0 ? histories : [buildHistoryOfReports(reports)], Infinity)
  return {
    entries: merged.entries,
    invalid: histories.length > 0 ? 0 : reports.filter(({ validity }) => !validity.ok).length,
    beside: histories.length > 0 ? reports.length : 0,
  }
}

function buildHistoryOfReports(reports: readonly RunReport[]): History {
  const valid = reports.filter(({ validity }) => validity.ok)
  return { schema: HISTORY_SCHEMA, entries: valid.map((report) => entryOf(report, report.series.name)) }
}

function readPlace(place: string, setting: string): Stored<Found> {
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
function readFile(path: string, setting: string): Stored<Found> {
  const history = readStored(HISTORY_KIND, path, setting)
  if (history.problem === null) return { value: { histories: [history.value], reports: [] }, problem: null }
  const report = readStored(REPORT_KIND, path, setting)
  return report.problem === null ? { value: { histories: [], reports: [report.value] }, problem: null } : history
}

/** A report and where it was read. */
export interface NamedReport {
  /** Path or address. */
  readonly from: string
  readonly report: RunReport
}

/**
 * Reports as a baseline: those of one hour count as one point, as in a history. Because they were named by hand, they
 * count as runs of the candidate's name, so that two models under two names can be compared.
 */
export function buildBaselineOfReports(reports: readonly NamedReport[], candidate: HistoryRow): Baseline {
  const valid = reports.filter(({ report }) => report.validity.ok)
  const invalid = reports.filter(({ report }) => !report.validity.ok)
  const entries = valid
    .map(({ report }) => entryOf(report, candidate.series.name))
    .sort((a, b) => Date.parse(a.row.startedAt) - Date.parse(b.row.startedAt))
  const origin =
    reports.length === 1 ? `report ${escapeForTerminal(reports[0]!.from)}` : pluralise(reports.length, 'report')
  const passedOver = invalid.map(({ from }) => `${from}: the run is not valid, so its figures must not be used`)
  return removeCandidate({ entries, origin, ancestor: null, passedOver, unreadable: null }, candidate)
}

/** The entries of a history that have the candidate's name. */
export function buildBaselineOfHistory({ entries }: History, origin: string, candidate: HistoryRow): Baseline {
  const { name } = candidate.series
  const same = entries.filter(({ row }) => row.series.name === name)
  const others = [...new Set(entries.map(({ row }) => row.series.name))].filter((other) => other !== name)
  const passedOver =
    same.length > 0 || others.length === 0
      ? []
      : [`no run is called ${name}; there are runs of ${others.map((other) => escapeForTerminal(other)).join(', ')}`]
  return removeCandidate({ entries: same, origin, ancestor: null, passedOver, unreadable: null }, candidate)
}

/** A report as a recorded run of a name. Nobody has judged it yet, and nothing is known of where it comes from. */
function entryOf(report: RunReport, name: string): HistoryEntry {
  const row = buildRow(report)
  const { key: _key, ...fields } = row.series
  return {
    row: { ...row, series: addSeriesKey({ ...fields, name }) },
    source: {
      sha: null,
      ref: null,
      runId: nameLocalRun(new Date(report.startedAt)),
      attempt: 1,
      event: 'command',
      url: null,
    },
    verdict: 'no-baseline',
    segments: {},
  }
}
