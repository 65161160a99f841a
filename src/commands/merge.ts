import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import { rowOf } from '../report/history-row.ts'
import type { Looks } from '../report/looks.ts'
import type { RunReport } from '../report/run-report.ts'
import { listWritten, setting, ValueError } from '../settings/define.ts'
import type { SettingList, ValuesOf } from '../settings/define.ts'
import type { CommandHelp } from '../settings/help.ts'
import { DECISION_SETTINGS, listDeciding } from '../settings/lists/run-settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import { readFlags, splitArguments } from '../settings/reading/flags.ts'
import { showValue } from '../settings/reading/given.ts'
import { readBaselinePlace } from '../settings/values/baseline-place.ts'
import type { BaselinePlace } from '../settings/values/baseline-place.ts'
import { renderShard } from '../settings/values/shard.ts'
import { RUN_SETTINGS } from '../settings.ts'
import { findPartProblems } from '../shards/check-parts.ts'
import { joinParts } from '../shards/join-parts.ts'
import { openPart, PartError } from '../shards/part-codec.ts'
import type { Part, PartBytes } from '../shards/part-codec.ts'
import { redactReport, redactVerdict } from '../shell/redact-result.ts'
import { checkLimits, toReportLimits } from '../verdict/limits.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import { deliver, findJobPage } from './deliver.ts'
import { checkWritable } from './files.ts'
import { historyOf, recordRun } from './record.ts'
import { judge, resolveDecision } from './judge.ts'
import type { CommandPorts } from './ports.ts'

export const MERGE_HELP: CommandHelp = {
  name: 'merge',
  summary: 'Joins the parts of a run that several shards measured into one report, and decides about it',
  words: 'PART …',
  examples: [
    'plateau merge .plateau/part-*.part',
    'plateau merge parts/*.part --baseline file:.plateau/history.json --append --report-json report.json',
  ],
}

/** The settings of `plateau merge`. Deciding settings default to those of the shards. */
export const MERGE_SETTINGS = {
  baseline: setting({
    ...RUN_SETTINGS.baseline,
    help: 'History to compare with: file:<path>, or none: only limits decide',
    default: 'file:.plateau/history.json',
    read: readFilePlace,
  }),
  append: RUN_SETTINGS.append,
  record: RUN_SETTINGS.record,
  baselineRef: RUN_SETTINGS.baselineRef,
  historyKeep: RUN_SETTINGS.historyKeep,
  ...DECISION_SETTINGS,
  format: RUN_SETTINGS.format,
  reportJson: RUN_SETTINGS.reportJson,
  verdictJson: RUN_SETTINGS.verdictJson,
  html: RUN_SETTINGS.html,
  markdown: RUN_SETTINGS.markdown,
  gitlabNote: RUN_SETTINGS.gitlabNote,
  junit: RUN_SETTINGS.junit,
  csv: RUN_SETTINGS.csv,
  requestsCsv: RUN_SETTINGS.requestsCsv,
  openmetrics: RUN_SETTINGS.openmetrics,
  records: RUN_SETTINGS.records,
} satisfies SettingList

type MergeValues = ValuesOf<typeof MERGE_SETTINGS>

/** Only the action can read artifacts. */
function readFilePlace(text: string): BaselinePlace {
  const place = readBaselinePlace(text)
  if (place.kind === 'file' || place.kind === 'none') return place
  throw new ValueError('must be file:<path> or none; what the action keeps is fetched with gh run download')
}

/** `plateau merge`. */
export async function mergeCommand(argv: readonly string[], { env, output }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(MERGE_SETTINGS, argv)
  const parts = openParts(words)
  try {
    const { decidedBy } = parts[0]!.part.header
    const told = [...tellAgain(decidedBy, flags), ...flags]
    const settings = resolveDecision(MERGE_SETTINGS, told, env)
    const history = historyOf(settings)
    checkWritable(
      listWritten(RUN_SETTINGS, settings),
      output,
      words.map((path) => ({ setting: 'part', path })),
    )
    for (const { part } of parts) output.log(describePart(part))
    const joined = joinParts(parts.map(({ part }) => part))
    const report = checkReport(redactReport(joined.report, output.redact), settings)
    const baseline = history.store === null ? null : await history.store.load(report.series.name)
    const looks: Looks = { candidates: [rowOf(report)], secondLook: 'none', limits: report.limits ?? [] }
    const verdict = redactVerdict(
      judge(report, baseline, settings, { looks, decidedBy: listDeciding(readFlags(MERGE_SETTINGS, told).given) }),
      output.redact,
    )
    const rows = [rowOf(report)]
    const result = { report, reports: [report], rows, verdict, looks, controls: [], cancelled: false, error: null }
    const { code, written } = deliver(
      { ...settings, endpoint: null },
      { ...result, records: joined.records },
      output,
      findJobPage(env),
    )
    const recorded = await recordRun(history, result, { env, output })
    return code === EXIT.passed && !(written && recorded) ? EXIT.refused : code
  } catch (error) {
    if (error instanceof PartError || error instanceof ValueError)
      throw new SettingsError([{ setting: 'part', given: null, message: error.message }])
    throw error
  } finally {
    for (const { close } of parts) close()
  }
}

interface OpenedPart {
  readonly part: Part
  readonly close: () => void
}

/**
 * Opens every part, and reports all problems of and between them.
 *
 * @throws SettingsError
 */
function openParts(paths: readonly string[]): readonly OpenedPart[] {
  const message = 'is required: plateau merge PART …, each a file that a shard left; all of them are needed'
  if (paths.length === 0) throw new SettingsError([{ setting: 'part', given: null, message }])
  const opened: (OpenedPart & { readonly path: string })[] = []
  const problems: SettingProblem[] = []
  for (const path of paths) {
    const file = openFile(path)
    if ('problem' in file) {
      problems.push({ setting: 'part', given: showValue(path), message: file.problem })
      continue
    }
    try {
      opened.push({ path, part: openPart(file.bytes), close: file.close })
    } catch (error) {
      file.close()
      if (!(error instanceof PartError)) throw error
      problems.push({ setting: 'part', given: showValue(path), message: error.message })
    }
  }
  const among =
    problems.length > 0 ? [] : findPartProblems(opened.map(({ path, part }) => ({ from: path, header: part.header })))
  problems.push(...among.map(({ from, message: why }) => ({ setting: 'part', given: from, message: why })))
  if (problems.length === 0) return opened
  for (const { close } of opened) close()
  throw new SettingsError(problems)
}

type OpenedFile = { readonly bytes: PartBytes; readonly close: () => void } | { readonly problem: string }

function openFile(path: string): OpenedFile {
  try {
    const file = openSync(path, 'r')
    const close = (): void => closeSync(file)
    const stats = fstatSync(file)
    if (!stats.isFile()) {
      close()
      return { problem: 'is no file; name the parts' }
    }
    return { bytes: { size: stats.size, read: (offset, into) => readFully(file, offset, into) }, close }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`
    return { problem: `${why}; relative paths start in the current directory` }
  }
}

function readFully(file: number, offset: number, into: Uint8Array): void {
  for (let read = 0; read < into.length;) {
    const more = readSync(file, into, read, into.length - read, offset + read)
    if (more === 0) throw new PartError('became shorter while it was read')
    read += more
  }
}

/** The deciding settings of the shards as flags, except those given anew. */
function tellAgain(decidedBy: readonly DecidingSetting[], flags: readonly string[]): string[] {
  const { given } = readFlags(MERGE_SETTINGS, flags)
  return decidedBy.flatMap(({ setting, value }) => (given.has(setting) ? [] : [`--${setting}=${value}`]))
}

function checkReport(report: RunReport, { limits }: MergeValues): RunReport {
  const checked = checkLimits(limits ?? [], report)
  return checked.length === 0 ? report : { ...report, limits: toReportLimits(checked) }
}

/** What a shard measured, how its machine kept up, and how far off its clock was. */
function describePart({ header: { shard, clock, levels } }: Part): string {
  const shares = levels.flatMap((level) => level.shares)
  const requests = shares.reduce((sum, { records }) => sum + records, 0)
  const busiest = Math.max(0, ...shares.map(({ health }) => health?.eventLoopUtilization ?? 0))
  const ahead = `${clock.offsetMs < 0 ? '−' : '+'}${Math.abs(clock.offsetMs).toFixed(1)} ± ${clock.withinMs.toFixed(1)} ms`
  return `shard ${renderShard(shard)}: ${requests} requests, client busy for ${Math.round(100 * busiest)} % at most, clock ${ahead}`
}
