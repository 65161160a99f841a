import { OWNER } from '../../version.ts'
import { quoteYaml } from './yaml.ts'

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

/** Without a config file, as examples/pull-request.yml and the README show it. */
export const SHORTEST_GATE: GithubGate = {
  branch: 'main',
  owner: OWNER,
  group: 'staging-endpoint',
  runner: 'ubuntu-latest',
  notes: [],
  inputs: [
    ['endpoint', 'https://staging.example.com/v1'],
    ['api-key', '${{ secrets.STAGING_API_KEY }}'],
    ['limits', 'error-rate <= 1%'],
  ],
  variables: [],
}
