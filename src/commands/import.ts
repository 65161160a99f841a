import { readFormat, RESULT_FILES } from '../settings/lists/report-settings.ts'
import { SettingsError, ValueError } from '../errors.ts'
import { defineSetting } from '../settings/setting.ts'
import type { Setting, SettingList } from '../settings/setting.ts'
import type { CommandHelp } from './help.ts'
import { DECISION_SETTINGS, RUN_SETTINGS } from '../settings/lists/run-settings.ts'
import { findNearest } from '../settings/nearest.ts'
import { splitArguments } from '../settings/reading/flags.ts'
import { TOOL_NAMES } from '../vocabulary/tools.ts'
import { offerWords } from '../settings/values/simple.ts'
import type { Command, MeasuringPorts } from './ports.ts'
import { runCommand } from './run.ts'
import type { RunForm } from './run.ts'
import { DEFAULT_HISTORY } from '../settings/lists/history-settings.ts'

const HELP: CommandHelp = {
  summary:
    'Judges what another load tool measured: guidellm, vllm bench serve, vllm-bench, aiperf, inference-perf, mlcommons endpoints',
  words: 'RESULT …',
  examples: [
    'plateau import benchmarks.json --name nightly --append',
    "plateau import 'results/*.json' --limits 'ttft-p50@8 <= 300ms'",
    'plateau import profile_export_aiperf.csv --concurrency 8',
    'plateau import profile_export_aiperf.csv --rate 5',
  ],
}

/** What is written to stdout. Who gives the form of the results is told that nobody has to. */
const readFormatOrExplain = offerWords(readFormat.words, (text) => {
  try {
    return readFormat(text)
  } catch (error) {
    const tool = findNearest(text, TOOL_NAMES)
    if (!(error instanceof ValueError) || tool === null) throw error
    throw new ValueError(
      `${error.message}, for what is written to stdout; results of ${tool} are recognised by their content: leave --format out`,
    )
  }
})

/** The settings of `plateau import`, by the keys of those of a run. */
const IMPORT_SETTINGS = {
  name: RUN_SETTINGS.name,
  baseline: RUN_SETTINGS.baseline,
  append: RUN_SETTINGS.append,
  concurrency: defineSetting({
    ...RUN_SETTINGS.concurrency,
    help: 'The levels of results that do not say theirs, in their order, such as 8 or 1, 8',
    derived: 'as the results say',
  }),
  rate: defineSetting({
    ...RUN_SETTINGS.rate,
    help: 'The levels of results that do not say theirs and were sent at a rate, in requests a second and in their order, such as 5 or 5, 10',
    derived: 'as the results say',
  }),
  ...DECISION_SETTINGS,
  throughputWithin: RUN_SETTINGS.throughputWithin,
  pricePerHour: RUN_SETTINGS.pricePerHour,
  model: defineSetting({ ...RUN_SETTINGS.model, help: 'The model that was measured, where the results do not say it' }),
  endpointLabel: RUN_SETTINGS.endpointLabel,
  record: RUN_SETTINGS.record,
  baselineRef: RUN_SETTINGS.baselineRef,
  historyKeep: RUN_SETTINGS.historyKeep,
  config: RUN_SETTINGS.config,
  scenario: RUN_SETTINGS.scenario,
  dryRun: RUN_SETTINGS.dryRun,
  format: defineSetting({ ...RUN_SETTINGS.format, read: readFormatOrExplain }),
  reportJson: RUN_SETTINGS.reportJson,
  ...RESULT_FILES,
  csv: RUN_SETTINGS.csv,
} satisfies Partial<Record<keyof typeof RUN_SETTINGS, Setting<unknown>>>

/** Results stand without a flag; inside a run they are the setting of that name. */
const FORM_SETTINGS: SettingList = { results: RUN_SETTINGS.results, ...IMPORT_SETTINGS }

const IMPORT: RunForm = {
  list: FORM_SETTINGS,
  defaults: { baseline: { kind: 'file', path: DEFAULT_HISTORY }, name: null },
}

export const COMMAND: Command = { help: HELP, settings: IMPORT_SETTINGS, run: importCommand }

/** `plateau import`. */
async function importCommand(argv: readonly string[], ports: MeasuringPorts): Promise<number> {
  const { words, flags } = splitArguments(FORM_SETTINGS, argv)
  const isGiven = flags.some((flag) => /^--results(=|$)/.test(flag))
  if (words.length === 0 && !isGiven) {
    const message =
      'is required: plateau import RESULT …, each a file that a load tool wrote, or a pattern such as results/*.json'
    throw new SettingsError([{ setting: 'results', given: null, message }])
  }
  return runCommand(words.length === 0 ? flags : [...flags, `--results=${words.join('\n')}`], ports, IMPORT)
}
