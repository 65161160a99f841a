import { renderObjectives } from '../../settings/values/objectives.ts'
import type { Objective } from '../../settings/values/objectives.ts'

/** What a workflow with the action is made from. */
export interface GithubGate {
  /** The branch whose runs are recorded. */
  readonly branch: string
  /** Who owns the copy of the action. */
  readonly owner: string
  /** Two runs of one group wait for each other. */
  readonly group: string
  /** `self-hosted` where only a runner of the endpoint's own network reaches it. */
  readonly runner: 'ubuntu-latest' | 'self-hosted'
  /** What a reader of the file must know, a line each. */
  readonly notes: readonly string[]
  /** Inputs of the action, in their order; a secret is an expression. */
  readonly inputs: readonly NamedText[]
  /** Variables of the step. */
  readonly variables: readonly NamedText[]
}

export type NamedText = readonly [name: string, text: string]

/** By its commit, because a tag can be moved. */
const CHECKOUT = 'actions/checkout@fbc6f3992d24b796d5a048ff273f7fcc4a7b6c09 # v5.1.0'

/**
 * The workflow of the shortest gate: of `plateau init`, of examples/pull-request.yml and of the README. A config file is
 * checked out for it.
 */
export function renderWorkflow(gate: GithubGate): string {
  const { branch, owner, group, runner, notes, inputs, variables } = gate
  const readsFile = inputs.some(([name]) => name === 'config')
  return [
    '# Every push to the default branch is recorded, every pull request is compared with what was recorded.',
    ...notes.map((note) => `# ${note}`),
    'name: performance',
    '',
    'on:',
    '  push:',
    `    branches: [${quoteYaml(escapePattern(branch))}] # records a run`,
    '  pull_request: # compares with the recorded runs, records nothing',
    '    types: [opened, synchronize, reopened, labeled, unlabeled] # a label that accepts is judged without measuring again',
    '',
    'permissions: {}',
    '',
    '# Two runs at once on one endpoint would measure each other.',
    'concurrency:',
    `  group: ${quoteYaml(group)}`,
    '  queue: max # waiting runs must not cancel each other',
    '',
    'jobs:',
    '  plateau:',
    `    runs-on: ${runner}`,
    '    timeout-minutes: 30',
    '    permissions:',
    `      contents: read # ${readsFile ? 'the checkout, and ' : ''}whether recorded runs are of the default branch`,
    '      actions: read # finds the recorded runs and reads them',
    '      pull-requests: write # the comment; without it there is a summary only',
    '    steps:',
    ...(readsFile ? [`      - uses: ${CHECKOUT}`, '        with:', '          persist-credentials: false'] : []),
    `      - uses: ${owner}/plateau@v1`,
    ...listBelow('env', variables),
    ...listBelow('with', inputs),
    '',
  ].join('\n')
}

/** Signs that GitHub reads as a pattern in the name of a branch. */
function escapePattern(branch: string): string {
  return branch.replaceAll(/[*?+[\]!\\]/g, (sign) => `\\${sign}`)
}

function listBelow(key: string, texts: readonly NamedText[]): string[] {
  if (texts.length === 0) return []
  return [`        ${key}:`, ...texts.map(([name, text]) => `          ${name}: ${quoteYaml(text)}`)]
}

/** What a job of GitLab CI with the command is made from. */
export interface GitlabGate {
  /** What it is for, and what it needs, a line each. */
  readonly notes: readonly string[]
  /** Who owns the copy of the repository on GitHub that it clones. */
  readonly owner: string
  /** Two jobs of one group wait for each other. */
  readonly group: string
  /** Marks its note, so that the next push writes over it. */
  readonly name: string
  /** Settings of the command, as the shell reads them. */
  readonly flags: string
}

const PURPOSE = [
  "GitLab CI: a job of merge requests that compares and of the default branch that records, with the history in GitLab's cache. The merge request",
  'shows the verdict as its test report and as one note, which each push brings up to date.',
]

const FILES = '--junit junit.xml --gitlab-note note.md --html report.html --report-json report.json'

/** The job of `plateau init` in a repository of GitLab, and of examples/gitlab-ci.yml. */
export function renderGitlabJob({ notes, owner, group, name, flags }: GitlabGate): string {
  const run = `node /opt/plateau/dist/cli.js run ${flags} $RECORD ${FILES}`
  return `${[...PURPOSE, ...notes].map((note) => `# ${note}`).join('\n')}
performance:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  resource_group: ${quoteYaml(group)} # two runs at once on one endpoint would measure each other
  timeout: 30 minutes
  cache:
    key: plateau-history
    paths: [.plateau/]
    policy: pull-push
    when: always # a red run of the default branch is recorded, too
    unprotect: true # merge requests read what the protected branch has recorded
  script:
    - git clone --depth 1 --branch v1 https://github.com/${owner}/plateau /opt/plateau
    - test "$CI_COMMIT_BRANCH" != "$CI_DEFAULT_BRANCH" || RECORD=--append
    - ${isPlain(run) ? run : quoteYaml(run)}
  after_script:
    - |
      test -n "$CI_MERGE_REQUEST_IID" && test -f note.md || exit 0
      set -e
      MARK='<!-- plateau ${name} -->' # hidden; by it the note of the push before is found and written over
      { echo "$MARK"; echo; cat note.md; } > body.md
      NOTES="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
      ask() { curl --fail --silent --show-error --header "PRIVATE-TOKEN: $NOTE_TOKEN" "$@"; }
      ask "$CI_API_V4_URL/user" > me.json
      PAGE=1 OLD=further
      while test "$OLD" = further; do
        ask "$NOTES?order_by=updated_at&sort=desc&per_page=100&page=$PAGE" > notes.json
        OLD=$(node -p '
          const [me, notes] = ["me.json", "notes.json"].map((file) => JSON.parse(fs.readFileSync(file)))
          const old = notes.find((note) => note.author.id === me.id && note.body.startsWith(process.argv[1]))
          old?.id ?? (notes.length === 100 ? "further" : "")' "$MARK")
        PAGE=$((PAGE + 1))
      done
      if test -n "$OLD"; then ask --request PUT --data-urlencode body@body.md "$NOTES/$OLD" > note.json
      else ask --data-urlencode body@body.md "$NOTES" > note.json; fi
  artifacts:
    when: always
    paths: [report.html, report.json]
    reports:
      junit: junit.xml
`
}

/** Whether every parser of YAML reads a command as it stands: those of YAML 1.1, as GitLab's is, end a line at signs beyond ASCII, too. */
const isPlain = (run: string): boolean => /^[\x20-\x7e]+$/.test(run) && !run.includes(': ') && !run.includes(' #')

/** Words that YAML takes for something else than text, in this version of it or an older one. */
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i

/** Names and paths, addresses, numbers, bounds such as `ttft <= 500ms`, and expressions of GitHub. */
const PLAIN = [
  /^\.?[A-Za-z][\w.-]*(?:\/[\w.-]+)*$/,
  /^https?:\/\/[\w.:/%~@-]*[\w/]$/,
  /^[1-9]\d{0,8}$/,
  /^[a-z][a-z\d@-]* [<>]= \d+(?:\.\d+)?[a-z%/]*$/,
  /^\$\{\{ [\w.]+ \}\}$/,
]

/** A text as a scalar of YAML on one line, which every parser reads back as that text, whoever wrote it. */
export function quoteYaml(text: string): string {
  if (PLAIN.some((form) => form.test(text)) && !WORDS.test(text)) return text
  if (/^[\x20-\x26\x28-\x5b\x5d-\x7e]+$/.test(text)) return `'${text}'`
  // Every escape of JSON is one of YAML, too; what else would not stand in a line is written as one.
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What a config file is made from. */
export interface GateConfig {
  /** Settings, in their order. */
  readonly settings: readonly NamedText[]
  /** Null where none could be read off the first run. */
  readonly slo: ChosenObjectives | null
}

/** The config file of `plateau init`: what was found, and the objectives with how they came about. */
export function renderConfig({ settings, slo }: GateConfig, beside: keyof typeof WHERE_KEYS_STAND): string {
  return [
    ...WHERE_KEYS_STAND[beside],
    ...settings.map(([name, text]) => `${name}: ${quoteYaml(text)}`),
    '',
    ...(slo === null ? NO_OBJECTIVES : listObjectives(slo)),
    '',
    'limits:',
    '  - error-rate <= 1%',
    '',
  ].join('\n')
}

/** The first lines, by the kind of CI file that stands beside it. */
const WHERE_KEYS_STAND = {
  workflow: [
    '# What the gate measures and decides by. In a pull request the file of its base commit counts. Endpoint and key stand in the',
    '# workflow: a file that others can change must not say where a key goes.',
  ],
  job: ['# What the gate measures and decides by. Endpoint and credentials stand in the job.'],
}

const NO_OBJECTIVES = [
  '# Objectives for every request; the first run gave no figures to choose them from:',
  '# slo: ttft <= 500ms, tpot <= 50ms',
]

function listObjectives({ objectives, reasons }: ChosenObjectives): string[] {
  return [
    '# Objectives for every request: the report says how many keep them, and up to how many in flight (capacity).',
    ...reasons.map((reason) => `# ${reason}`),
    'slo:',
    ...objectives.map((objective) => `  - ${quoteYaml(renderObjectives([objective]))}`),
  ]
}

/** Objectives that were read off a run, and how. */
export interface ChosenObjectives {
  readonly objectives: readonly Objective[]
  /** How they came about, a sentence each. */
  readonly reasons: readonly string[]
}
