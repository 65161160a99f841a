import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import { buildRow } from '../report/history-row.ts'
import { wrap } from '../words/terminal.ts'
import { renderVerdictText } from '../render/text.ts'
import type { Baseline, HistoryRow } from '../report/history.ts'
import type { Verdict } from '../report/verdict.ts'
import { encodeVerdict } from '../report/verdict-codec.ts'
import { RESULT_FILES } from '../settings/lists/report-settings.ts'
import { DECISION_SETTINGS, listDeciding, RUN_SETTINGS } from '../settings/lists/run-settings.ts'
import { defineSetting, listWritten } from '../settings/setting.ts'
import { readLine } from '../settings/values/simple.ts'
import type { ValuesOf } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { readFlags, splitArguments } from '../settings/reading/flags.ts'
import { escapeForTerminal } from '../text.ts'
import { exitCodeOf } from '../verdict/conclude.ts'
import { buildBaselineOfHistory, buildBaselineOfReports } from './recorded/recorded.ts'
import type { NamedReport } from './recorded/recorded.ts'
import { resolveDecision, judgeReport } from './judge.ts'
import { renderMarkdown, writeResult } from './deliver.ts'
import { checkFilesToWrite } from './files.ts'
import { GITHUB_SETTINGS } from './recorded/github-api.ts'
import { redactReport, redactVerdict } from '../shell/redact-result.ts'
import { EXIT } from '../vocabulary/exit-codes.ts'
import type { Command, CommandPorts } from './ports.ts'
import { fetchRun, listMissingForRun, isRunNamed, RUN_TO_FETCH } from './recorded/run-artifact.ts'
import type { FetchedRun } from './recorded/run-artifact.ts'
import { HISTORY_KIND, readStored, REPORT_KIND } from './recorded/stored.ts'
import type { Stored } from './recorded/stored.ts'

const HELP: CommandHelp = {
  summary: 'Compares a stored report with others, with a history, or with a workflow run',
  words: '[CANDIDATE] [BASELINE …]',
  examples: [
    'plateau compare candidate.json --history .plateau/history.json',
    'plateau compare candidate.json monday.json tuesday.json wednesday.json',
    'plateau compare candidate.json before.json --expected-spread 2%',
    'plateau compare candidate.json --run 1234567890 --repository owner/name',
  ],
}

/** The settings of `plateau compare`; reports are given without a flag. */
export const COMPARE_SETTINGS = {
  history: defineSetting({
    name: 'history',
    group: RUN_TO_FETCH.group,
    help: 'History file to compare with, for example .plateau/history.json',
    placeholder: 'FILE',
    default: null,
    common: true,
    read: readLine,
  }),
  run: RUN_TO_FETCH,
  name: defineSetting({
    name: 'name',
    group: RUN_TO_FETCH.group,
    help: 'Which name of the workflow run to fetch, where it measured several',
    placeholder: 'NAME',
    default: null,
    read: RUN_SETTINGS.name.read,
  }),
  ...DECISION_SETTINGS,
  ...GITHUB_SETTINGS,
  format: RUN_SETTINGS.format,
  ...RESULT_FILES,
}

type CompareValues = ValuesOf<typeof COMPARE_SETTINGS>

export const COMMAND: Command = { help: HELP, settings: COMPARE_SETTINGS, run: compareCommand }

/** `plateau compare`. */
async function compareCommand(argv: readonly string[], { env, output, signal }: CommandPorts): Promise<number> {
  const { words, flags } = splitArguments(COMPARE_SETTINGS, argv)
  const settings = resolveDecision(COMPARE_SETTINGS, flags, isRunNamed(flags) ? env : {})
  checkSides(words, settings)
  checkFilesToWrite(listWritten(RUN_SETTINGS, settings), output, [
    { setting: 'history', path: settings.history },
    ...words.map((path, i) => ({ setting: i === 0 ? 'candidate' : 'baseline', path })),
  ])
  const { reports, history } = readFiles(words, settings.history)
  const run =
    settings.run === null ? null : await fetchRun(settings, { run: settings.run, name: settings.name }, signal)
  if (settings.run !== null && run === null) return EXIT.interrupted
  const [first, ...others] = reports
  const candidate = redactReport(first?.report ?? run!.report, output.redact)
  const row = buildRow(candidate)
  const baseline =
    history !== null
      ? buildBaselineOfHistory(history.value, `file ${history.from}`, row)
      : others.length > 0
        ? useReports(others, row)
        : buildBaselineOfRun(run!, first === undefined, row)
  // A report that was given is not the run that is fetched.
  const looks = first === undefined ? run!.looks : null
  const decidedBy = listDeciding(readFlags(COMPARE_SETTINGS, flags).given)
  const verdict = redactVerdict(judgeReport(candidate, baseline, settings, { looks, decidedBy }), output.redact)

  if (settings.format === 'json') output.json(`${encodeVerdict(verdict)}\n`)
  else if (settings.format === 'markdown') output.out(renderMarkdown(candidate, verdict))
  else output.out(renderVerdictText(verdict, { colour: output.colours.out, report: candidate }))
  for (const line of listHints(verdict, settings).flatMap((hint) => wrap(hint))) output.log(line)
  const written = writeResult(settings, { report: candidate, verdict }, output)
  const code = exitCodeOf(verdict)
  return code === 0 && !written ? EXIT.refused : code
}

/** There must be one candidate, and one kind of baseline. */
function checkSides(words: readonly string[], { history, run, repository, githubToken }: CompareValues): void {
  const problems: SettingProblem[] = []
  const addProblem = (setting: string, message: string): void => void problems.push({ setting, given: null, message })
  if (words.length === 0 && run === null) {
    addProblem(
      'candidate',
      'is required: plateau compare CANDIDATE BASELINE, where both are files that --report-json wrote',
    )
  } else if (words.length === 1 && history === null && run === null) {
    // What is no report cannot be compared with anything: that comes first.
    const { problem } = readStored(REPORT_KIND, words[0]!, 'candidate')
    if (problem !== null) problems.push(problem)
    else
      addProblem(
        'baseline',
        'is required: name baseline reports after the candidate, or give --history FILE or --run ID',
      )
  }
  if (words.length > 1 && history !== null)
    addProblem('history', 'and baseline reports are both given; compare with one of them')
  if (words.length > 0 && history !== null && run !== null)
    addProblem('run', 'and history are both given; compare with one of them')
  if (words.length > 1 && run !== null)
    addProblem('run', 'and baseline reports are both given; compare with one of them')
  if (run !== null) problems.push(...listMissingForRun({ repository, githubToken }))
  if (problems.length > 0) throw new SettingsError(problems)
}

/** Reads every file, and reports all problems. */
function readFiles(words: readonly string[], historyPath: string | null) {
  const reports = words.map((path, i) => ({
    path,
    stored: readStored(REPORT_KIND, path, i === 0 ? 'candidate' : 'baseline'),
  }))
  const history = historyPath === null ? null : readStored(HISTORY_KIND, historyPath, 'history')
  const all: Stored<unknown>[] = [...reports.map(({ stored }) => stored), ...(history === null ? [] : [history])]
  const problems = all.flatMap(({ problem }) => problem ?? [])
  if (problems.length > 0) throw new SettingsError(problems)
  return {
    reports: reports.map(({ path, stored }): NamedReport => ({ from: path, report: stored.value! })),
    history: history === null ? null : { from: historyPath!, value: history.value! },
  }
}

/** The history that a run recorded; if none, the run itself serves as the baseline of a report. */
function buildBaselineOfRun({ from, report, history }: FetchedRun, isCandidate: boolean, row: HistoryRow): Baseline {
  if (history !== null) return buildBaselineOfHistory(history, `the history of ${from}`, row)
  if (!isCandidate) return useReports([{ from, report }], row)
  throw new SettingsError([
    {
      setting: 'history',
      given: null,
      message: `is required: ${from} has recorded no history to compare its report with; give --history FILE, or a report beside --run`,
    },
  ])
}

/** Uses named reports as the baseline. Refuses when none is usable, because comparing nothing must not look like a pass. */
function useReports(reports: readonly NamedReport[], row: HistoryRow): Baseline {
  const baseline = buildBaselineOfReports(reports, row)
  if (baseline.entries.length > 0) return baseline
  const why = baseline.passedOver.map((sentence) => escapeForTerminal(sentence, Infinity)).join('; ')
  const message = `holds nothing to compare with (${why}); name a report of a run that is valid`
  throw new SettingsError([{ setting: 'baseline', given: null, message }])
}

/** What one recorded point can and cannot show, and what would help. */
function listHints({ baseline, comparisons, verdict }: Verdict, { expectedSpread }: CompareValues): string[] {
  if (baseline.groups === 0 || baseline.groups > 2 || expectedSpread !== 'auto' || verdict === 'not-measured') return []
  if (comparisons.length === 0) return []
  return [
    `${baseline.groups === 1 ? 'One point says' : 'Two points say'} little about how much runs differ, so only large changes are seen (column "finds").`,
    'More runs help, or a spread that you know: --expected-spread 2%, which is then an assumption.',
  ]
}
