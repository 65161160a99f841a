import { SettingsError, ValueError } from '../errors.ts'
import { buildRow } from '../report/history-row.ts'
import type { Looks } from '../report/looks.ts'
import { listWritten, defineSetting } from '../settings/setting.ts'
import type { SettingList } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { DECISION_SETTINGS, listDeciding, RUN_SETTINGS } from '../settings/lists/run-settings.ts'
import type { DecidingSetting } from '../settings/lists/run-settings.ts'
import { readFlags, splitArguments } from '../settings/reading/flags.ts'
import { DEFAULT_HISTORY, readBaselinePlace } from '../settings/lists/history-settings.ts'
import type { BaselinePlace } from '../settings/lists/history-settings.ts'
import { RESULT_FILES } from '../settings/lists/report-settings.ts'
import { joinParts } from '../shards/join-parts.ts'
import { PartError } from '../shards/part.ts'
import { describePart, openParts } from '../shell/measure-shards.ts'
import { redactReport, redactVerdict } from '../shell/redact-result.ts'
import { addLimits } from '../verdict/limits.ts'
import { endRun } from './deliver.ts'
import { checkFilesToWrite } from './files.ts'
import { historyPlaceOf } from './recorded/record.ts'
import { judgeReport, resolveDecision } from './judge.ts'
import type { Command, CommandPorts } from './ports.ts'

const HELP: CommandHelp = {
  summary: 'Joins the parts of a run that several shards measured into one report, and decides about it',
  words: 'PART …',
  examples: [
    'plateau merge .plateau/part-*.part',
    'plateau merge parts/*.part --baseline file:.plateau/history.json --append --report-json report.json',
  ],
}

/** The settings of `plateau merge`. Deciding settings default to those of the shards. */
export const MERGE_SETTINGS = {
  baseline: defineSetting({
    ...RUN_SETTINGS.baseline,
    help: 'History to compare with: file:<path>, or none: only limits decide',
    default: `file:${DEFAULT_HISTORY}`,
    read: readFilePlace,
  }),
  append: RUN_SETTINGS.append,
  record: RUN_SETTINGS.record,
  baselineRef: RUN_SETTINGS.baselineRef,
  historyKeep: RUN_SETTINGS.historyKeep,
  ...DECISION_SETTINGS,
  format: RUN_SETTINGS.format,
  reportJson: RUN_SETTINGS.reportJson,
  ...RESULT_FILES,
  csv: RUN_SETTINGS.csv,
  requestsCsv: RUN_SETTINGS.requestsCsv,
  records: RUN_SETTINGS.records,
} satisfies SettingList

/** Only the action can read artifacts. */
function readFilePlace(text: string): BaselinePlace {
  const place = readBaselinePlace(text)
  if (place.kind === 'file' || place.kind === 'none') return place
  throw new ValueError('must be file:<path> or none; what the action keeps is fetched with gh run download')
}

export const COMMAND: Command = { help: HELP, settings: MERGE_SETTINGS, run: mergeCommand }

/** `plateau merge`. */
async function mergeCommand(argv: readonly string[], { env, output }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(MERGE_SETTINGS, argv)
  const message = 'is required: plateau merge PART …, each a file that a shard left; all of them are needed'
  if (words.length === 0) throw new SettingsError([{ setting: 'part', given: null, message }])
  const parts = openParts(words)
  try {
    const { decidedBy } = parts[0]!.header
    const told = [...tellAgain(decidedBy, flags), ...flags]
    const settings = resolveDecision(MERGE_SETTINGS, told, env)
    const history = historyPlaceOf(settings)
    checkFilesToWrite(
      listWritten(RUN_SETTINGS, settings),
      output,
      words.map((path) => ({ setting: 'part', path })),
    )
    for (const part of parts) output.log(describePart(part))
    const joined = joinParts(parts)
    const measured = redactReport(joined.report, output.redact)
    const report = addLimits(measured, settings.limits ?? [])
    const baseline = history.store === null ? null : await history.store.load(report.series.name)
    const rows = [buildRow(report)]
    const looks: Looks = { candidates: rows, secondLook: 'none', limits: report.limits ?? [] }
    const given = { looks, decidedBy: listDeciding(readFlags(MERGE_SETTINGS, told).given) }
    const verdict = redactVerdict(judgeReport(report, baseline, settings, given), output.redact)
    const result = {
      report,
      reports: [report],
      rows,
      records: joined.records,
      verdict,
      looks,
      controls: [],
      cancelled: false,
      error: null,
    }
    return await endRun({ ...settings, endpoint: null }, result, history, { env, output })
  } catch (error) {
    if (error instanceof PartError || error instanceof ValueError)
      throw new SettingsError([{ setting: 'part', given: null, message: error.message }])
    throw error
  }
}

/** The deciding settings of the shards as flags, except those given anew. */
function tellAgain(decidedBy: readonly DecidingSetting[], flags: readonly string[]): string[] {
  const { given } = readFlags(MERGE_SETTINGS, flags)
  return decidedBy.flatMap(({ setting, value }) => (given.has(setting) ? [] : [`--${setting}=${value}`]))
}
