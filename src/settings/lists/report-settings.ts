import { defineSetting } from '../setting.ts'
import { SWITCH, readChoice, readLine, readNumber, readText } from '../values/simple.ts'

const group = 'Report'

/** A file that the command writes. */
function defineFile(name: string, help: string) {
  return defineSetting({
    name,
    group,
    help,
    placeholder: 'FILE',
    default: null,
    commandOnly: true,
    writes: true,
    read: readLine,
  })
}

/** The files about a verdict, which every command that reaches one can write. */
export const RESULT_FILES = {
  verdictJson: defineFile('verdict-json', 'File for the verdict'),
  html: defineFile('html', 'File for the report as a page'),
  markdown: defineFile('markdown', 'File for the report as Markdown, as a comment would have it'),
  gitlabNote: defineFile(
    'gitlab-note',
    'File for a note on a merge request of GitLab: Markdown as that takes it, with links to the job around it',
  ),
  junit: defineFile(
    'junit',
    'File for the verdict as JUnit XML, a case for each metric and limit, as every CI shows it',
  ),
  openmetrics: defineFile(
    'openmetrics',
    'File for figures and verdict as OpenMetrics, for a push gateway or a node exporter',
  ),
}

/** What is written to stdout. */
export const readFormat = readChoice(['text', 'json', 'markdown'])

/** Where the results go, and where settings come from. */
export const REPORT_SETTINGS = {
  githubToken: defineSetting({
    name: 'github-token',
    group,
    help: 'Token that reads the history and writes the comment',
    placeholder: 'TOKEN',
    default: null,
    derived: '`${{ github.token }}`',
    flagOnly: true,
    actionOnly: true,
    secret: true,
    read: readText,
  }),
  comment: defineSetting({
    name: 'comment',
    group,
    help: 'When the pull request gets a comment: always (green is one line), on-failure or never',
    placeholder: 'WORD',
    default: 'always',
    common: true,
    actionOnly: true,
    read: readChoice(['always', 'on-failure', 'never']),
  }),
  checkRun: defineSetting({
    name: 'check-run',
    group,
    help: 'Also write a check run of the name, Plateau: <name>, which a branch rule can require; needs checks: write',
    default: 'false',
    ...SWITCH,
    actionOnly: true,
  }),
  defer: defineSetting({
    name: 'defer',
    group,
    help: 'End green and leave verdict and comment to the report job',
    default: 'false',
    ...SWITCH,
    actionOnly: true,
  }),
  upload: defineSetting({
    name: 'upload',
    group,
    help: 'Keep the report and the history as artifacts of the workflow run',
    default: 'true',
    ...SWITCH,
    actionOnly: true,
  }),
  historyPage: defineSetting({
    name: 'history-page',
    group,
    help: 'Put a page of all recorded runs into the report artifact: each metric over months (output history-html)',
    default: 'false',
    ...SWITCH,
    actionOnly: true,
  }),
  pricePerHour: defineSetting({
    name: 'price-per-hour',
    group,
    help: 'What the server costs an hour, in any currency: the report then says what a million tokens cost',
    placeholder: '2.50',
    default: null,
    read: readNumber({ min: 0.0001, max: 1_000_000 }),
  }),
  artifactContent: defineSetting({
    name: 'artifact-content',
    group,
    help: 'full, or figures: without host, server version and provisioned capacity',
    placeholder: 'WORD',
    default: null,
    derived: '`figures` in public repositories, else `full`',
    actionOnly: true,
    read: readChoice(['full', 'figures']),
  }),
  allowFork: defineSetting({
    name: 'let-forks-use-my-key',
    group,
    help: 'Measure pull_request_target runs of forks: whoever opens a pull request decides what is measured with your key',
    default: 'false',
    ...SWITCH,
    flagOnly: true,
    actionOnly: true,
  }),
  format: defineSetting({
    name: 'format',
    group,
    help: 'What is written to stdout: text, json or markdown',
    placeholder: 'WORD',
    default: 'text',
    commandOnly: true,
    read: readFormat,
  }),
  reportJson: { ...defineFile('report-json', 'File for the report'), common: true },
  ...RESULT_FILES,
  csv: defineFile('csv', 'File for the figures of each level and pass as comma-separated values'),
  requestsCsv: defineFile('requests-csv', 'File for the facts of each request as comma-separated values'),
  records: defineFile('records', 'File for the records of all requests, one JSON object a line'),
  append: defineSetting({
    name: 'append',
    group,
    help: 'Add this run to the history in the baseline file',
    default: 'false',
    ...SWITCH,
    flagOnly: true,
    commandOnly: true,
    common: true,
  }),
  dryRun: defineSetting({
    name: 'dry-run',
    group,
    help: 'Show the plan and every setting with its source, and send nothing',
    default: 'false',
    ...SWITCH,
    flagOnly: true,
  }),
  config: defineSetting({
    name: 'config',
    group,
    help: 'YAML file with settings, or with several scenarios of them',
    placeholder: 'FILE',
    default: null,
    flagOnly: true,
    read: readLine,
  }),
  scenario: defineSetting({
    name: 'scenario',
    group,
    help: 'Which scenario of the config file to measure; all: every one, one after the other, in one run',
    placeholder: 'NAME',
    default: null,
    flagOnly: true,
    read: readLine,
  }),
}
