import { z } from 'zod'
import { SettingsError } from '../errors.ts'
import { takeEntriesUpTo } from '../baseline/store.ts'
import { buildRow } from '../report/history-row.ts'
import type { History, HistoryEntry, HistoryRow, Release } from '../report/history.ts'
import { defineSetting } from '../settings/setting.ts'
import type { ValuesOf } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { readChoice, readLine } from '../settings/values/simple.ts'
import { auditHistory, placeRuns } from '../verdict/audit.ts'
import type { Audit, PullRuns } from '../verdict/audit.ts'
import { splitArguments, takeOneWord } from '../settings/reading/flags.ts'
import { renderAudit, renderPullRuns } from '../render/audit.ts'
import { DECISION_SETTINGS } from '../settings/lists/run-settings.ts'
import { resolveDecision } from './judge.ts'
import type { Command, CommandPorts } from './ports.ts'
import { defineNameSetting, findHistoryHere, listNames } from './recorded/recorded.ts'
import { readReportFolder, HISTORY_KIND, readStored } from './recorded/stored.ts'

const HELP: CommandHelp = {
  summary: 'Judges a gate by its own history: alarms, spread, and what would make smaller changes visible',
  words: '[HISTORY]',
  examples: [
    'plateau audit',
    'plateau audit .plateau/history.json --name llama-8b --tolerance 10%',
    'plateau audit --runs artifacts/',
  ],
}

const { gate, tolerance, metrics, falseAlarmRate, expectedSpread, decision } = DECISION_SETTINGS

/** The settings of `plateau audit`. */
const AUDIT_SETTINGS = {
  name: defineNameSetting('History', 'The name to audit'),
  since: defineSetting({
    name: 'since',
    group: 'History',
    help: 'Tells the slow drift since this day (2026-11-01), or since the newest run of this branch, tag or commit',
    placeholder: 'REF|DATE',
    default: null,
    read: readLine,
  }),
  runs: defineSetting({
    name: 'runs',
    group: 'History',
    help: 'Shows how the runs in this folder (reports of pull requests, artifacts as downloaded) sit against the recorded ones; decides nothing',
    placeholder: 'FOLDER',
    default: null,
    read: readLine,
  }),
  gate,
  tolerance,
  metrics,
  falseAlarmRate,
  expectedSpread,
  decision,
  format: defineSetting({
    name: 'format',
    group: 'Report',
    help: 'What is written to stdout: text or json',
    placeholder: 'WORD',
    default: 'text',
    read: readChoice(['text', 'json']),
  }),
}

export const COMMAND: Command = { help: HELP, settings: AUDIT_SETTINGS, run: auditCommand }

/** `plateau audit`: exit code 0 whatever the history shows. */
async function auditCommand(argv: readonly string[], { env, output }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(AUDIT_SETTINGS, argv)
  const settings = resolveDecision(AUDIT_SETTINGS, flags, env)
  const path =
    takeOneWord(words, 'history', 'history') ?? findHistoryHere('history', 'one from the artifact of a workflow run')
  const { value: history, problem } = readStored(HISTORY_KIND, path, 'history')
  if (history === null) throw new SettingsError([problem])
  if (settings.since !== null) checkSince(history, settings.since)
  const rows = settings.runs === null ? null : readReportFolder(settings.runs, 'runs').map((report) => buildRow(report))
  const audits = listNames(history.entries, settings.name).flatMap(
    (name) => auditName(history, name, settings, rows) ?? [],
  )
  if (settings.format === 'json') output.json(`${JSON.stringify({ schema: 'plateau/audit@1', audits }, null, 2)}\n`)
  else
    output.out(
      audits.length === 0
        ? 'The history holds no runs yet; "plateau run --append" adds one.\n'
        : audits.map((each) => renderNamed(each, output.colours.out)).join('\n'),
    )
  return 0
}

function renderNamed({ pullRuns, ...audit }: NamedAudit, colour: boolean): string {
  const text = renderAudit(audit, { colour })
  return pullRuns === undefined ? text : `${text}\n${renderPullRuns(pullRuns, { colour })}`
}

/** An audit, with the runs of pull requests if asked for. */
type NamedAudit = Audit & { readonly pullRuns?: PullRuns }

function auditName(
  { entries }: History,
  name: string,
  settings: ValuesOf<typeof AUDIT_SETTINGS>,
  rows: readonly HistoryRow[] | null,
): NamedAudit | null {
  const own = entries.filter(({ row }) => row.series.name === name)
  // An audit has no check.
  const policy = { ...settings, onNotComparable: 'pass', onUnmeasured: 'pass', onSkip: 'pass' } as const
  const audit = auditHistory(own, policy, settings.since === null ? null : findRelease(own, settings.since))
  if (audit === null || rows === null) return audit
  return { ...audit, pullRuns: placeRuns(rows, own, policy) }
}

/** A day, or the newest run of a branch, tag or commit; null when there is no such run. */
function findRelease(entries: readonly HistoryEntry[], since: string): Release | null {
  const until = z.iso.date().safeParse(since).success ? since : takeEntriesUpTo(entries, since)?.at(-1)?.row.startedAt
  return until === undefined ? null : { name: since, until }
}

function checkSince({ entries }: History, since: string): void {
  if (entries.length === 0 || findRelease(entries, since) !== null) return
  const message = 'is not a day (2026-11-01), nor a branch, tag or commit of a recorded run'
  throw new SettingsError([{ setting: 'since', given: since, message }])
}
