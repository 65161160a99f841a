import { escapeForTerminal, showUrl } from '../../text.ts'
import { isPlaceholder } from '../../version.ts'
import { CALL, recordsBranch } from '../workflows.ts'
import type { GateJob, GateWorkflow, GateWorkflows, Permissions } from '../workflows.ts'
import { GITLAB_PLACES } from '../init/describe.ts'
import { readJobConfig } from './job-config.ts'
import type { ReadRepositoryFile } from './job-config.ts'

/** Something that was looked at. */
export interface Remark {
  /** `missing`: the gate does not work without it; `advice`: it works, and could be better. */
  readonly state: 'fine' | 'missing' | 'advice'
  /** For example `.github/workflows/pull-request.yml, job plateau: lacks …`. */
  readonly what: string
  /** What to do; null where it is fine. */
  readonly remedy: string | null
}

const noteFine = (what: string): Remark => ({ state: 'fine', what, remedy: null })
const noteMissing = (what: string, remedy: string): Remark => ({ state: 'missing', what, remedy })
const noteAdvice = (what: string, remedy: string): Remark => ({ state: 'advice', what, remedy })

/** What the workflows of a repository lack, with the config files that they name where these can be read. */
export function diagnoseWorkflows(
  { workflows: found, unread }: GateWorkflows,
  branch: string,
  readFile: ReadRepositoryFile,
): readonly Remark[] {
  const configured = found.map((workflow) => workflow.gates.map((job) => readJobConfig(job, readFile)))
  const workflows = found.map((workflow, i) => ({ ...workflow, gates: configured[i]!.map(({ job }) => job) }))
  const broken = unread.map((file) =>
    noteMissing(`${showPath(file)} cannot be read as YAML`, 'fix it; GitHub shows the line'),
  )
  if (!workflows.some(({ gates }) => gates.length > 0)) return broken.length > 0 ? broken : [NO_GATE]
  return [
    ...broken,
    ...workflows.flatMap((workflow, i) => [
      ...configured[i]!.flatMap(({ job, faults }) =>
        diagnoseJob(workflow, job, listNeeds(workflow, job), [
          ...diagnosePlaceholders(job),
          ...diagnoseStep(workflow, job),
          ...faults.map(([what, remedy]) => noteMissing(what, remedy)),
        ]),
      ),
      ...workflow.reports.flatMap((job) => diagnoseJob(workflow, job, listReportNeeds(job), diagnosePlaceholders(job))),
    ]),
    ...diagnoseRecording(workflows, branch),
  ]
}

/** The path of a workflow: its config file may have the same name. */
const showPath = (file: string): string => `.github/workflows/${escapeForTerminal(file)}`

const NO_GATE = noteMissing(
  'no workflow in .github/workflows uses the action',
  'run plateau init --endpoint URL, which writes one, or copy one of the examples',
)

/** A permission, and what is missing without it. */
type Need = readonly [permission: string, level: 'read' | 'write', without: string]

const ACTIONS: Need = ['actions', 'read', 'recorded runs are not found in a private repository']
const CONTENTS: Need = ['contents', 'read', 'nobody can tell whether recorded runs are of this branch']
const COMMENT: Need = ['pull-requests', 'write', 'there is no comment']
const IDENTITY: Need = ['id-token', 'write', 'the job cannot ask for the identity that its auth proves']
const CHECKS: Need = ['checks', 'write', 'there is no check run, and a rule that requires it waits']
const RESULTS: Need = ['actions', 'read', 'the report job finds no results']

function listReportNeeds({ inputs }: GateJob): readonly Need[] {
  return [RESULTS, ...(inputs.get('comment') === 'never' ? [] : [COMMENT]), ...listCheckNeeds(inputs)]
}

const listCheckNeeds = (inputs: GateJob['inputs']): readonly Need[] =>
  inputs.get('check-run') === 'true' ? [CHECKS] : []

function listNeeds({ events }: GateWorkflow, { inputs, choosesEvents }: GateJob): readonly Need[] {
  const baseline = inputs.get('baseline') ?? 'artifact'
  const isOfPullRequests = !choosesEvents && events.some((event) => event.startsWith('pull_request'))
  const comments = isOfPullRequests && inputs.get('comment') !== 'never' && !isDeferred(inputs)
  return [
    ...(baseline === 'artifact' ? [ACTIONS, CONTENTS] : []),
    ...(comments ? [COMMENT] : []),
    ...(isDeferred(inputs) ? [] : listCheckNeeds(inputs)),
    ...(inputs.get('auth')?.endsWith('-oidc') === true ? [IDENTITY] : []),
  ]
}

const isDeferred = (inputs: GateJob['inputs']): boolean => inputs.get('defer') === 'true'

function diagnoseJob(
  workflow: GateWorkflow,
  job: GateJob,
  needs: readonly Need[],
  others: readonly Remark[],
): readonly Remark[] {
  const place = `${showPath(workflow.file)}, job ${escapeForTerminal(job.name)}`
  const found = [...diagnosePermissions(job.permissions, needs), ...others].map((each) => ({
    ...each,
    what: `${place}: ${each.what}`,
  }))
  if (found.some(({ state }) => state === 'missing')) return found
  return [noteFine(`${place}: has what it needs`), ...found]
}

function diagnosePermissions(permissions: Permissions | null, needs: readonly Need[]): readonly Remark[] {
  const stated = needs.map(([name, level]) => `${name}: ${level}`).join(', ')
  if (permissions === null) {
    if (needs.length === 0) return []
    const what = 'states no permissions, so its token may do what is the default of the repository'
    return [noteAdvice(what, `write ${stated} under permissions of the job`)]
  }
  return needs
    .filter(([name, level]) => !permits(permissions, name, level))
    .map(([name, level, without]) =>
      noteMissing(`lacks ${name}: ${level}; ${without}`, 'add it under permissions of the job'),
    )
}

function permits(permissions: Permissions, name: string, level: 'read' | 'write'): boolean {
  if (permissions === 'write-all') return true
  if (permissions === 'read-all') return level === 'read'
  const given = permissions.get(name)
  return given === 'write' || given === level
}

/** What examples have in place of what is the reader's own. */
function diagnosePlaceholders({ owner, inputs, matrix }: GateJob): readonly Remark[] {
  return [
    ...(isPlaceholder(owner) ? [lackOwner(owner)] : []),
    ...['endpoint', 'control'].flatMap((name) =>
      fillFromMatrix(inputs.get(name) ?? '', matrix)
        .filter(isOfExamples)
        .map((url) =>
          noteMissing(
            `has ${name === 'endpoint' ? 'an' : 'a'} ${name} that is only an example, ${showUrl(url)}`,
            `write the address of yours`,
          ),
        ),
    ),
  ]
}

/** What an input comes to in the legs of its job, as far as one name of the matrix decides it; what else only GitHub knows is an `x`. */
function fillFromMatrix(text: string, matrix: GateJob['matrix']): readonly string[] {
  const reference = /\$\{\{\s*matrix\.([\w.-]+)\s*\}\}/.exec(text)
  const values = reference === null ? [''] : [...new Set(matrix.get(reference[1]!))]
  return values.map((value) => text.replace(reference?.[0] ?? '', () => value).replaceAll(/\$\{\{.*?\}\}/g, 'x'))
}

const lackOwner = (owner: string): Remark =>
  noteMissing(
    `uses ${owner}/plateau, which stands for your copy of the action`,
    `write who owns that copy in place of ${owner}; it needs the tag v1`,
  )

/** Hosts that nobody has: those kept for documents (RFC 2606), and those with a number that only counts up. */
function isOfExamples(url: string): boolean {
  return URL.canParse(url) && /(?:^|\.)example\.(?:com|net|org)$|1234567890/.test(new URL(url).hostname)
}

/** Runners with one core, on which the load and the network take turns. */
const ONE_CORE = new Set(['ubuntu-slim'])

function diagnoseStep({ reports }: GateWorkflow, job: GateJob): readonly Remark[] {
  const { inputs, variables, runsOn, hasTimeout, hasConcurrency } = job
  const key = inputs.get('api-key') ?? ''
  // What a load tool has measured needs neither endpoint nor key. A config file may name such results, too.
  const hasResults = inputs.has('results') || (inputs.has('config') && !inputs.has('endpoint'))
  const needsKey = !inputs.has('auth') && !hasResults && !variables.has('PLATEAU_API_KEY')
  const found: (Remark | false)[] = [
    !inputs.has('endpoint') && !hasResults && noteMissing('has no endpoint', 'give endpoint: https://… under with'),
    key !== '' &&
      !key.includes('${{') &&
      noteMissing(
        'has a key in the file, which whoever may read the repository has, too',
        'revoke it, and give ${{ secrets.NAME }}',
      ),
    key === '' &&
      needsKey &&
      noteMissing('has no key', 'give api-key: ${{ secrets.NAME }}, or auth: none where the endpoint wants none'),
    inputs.get('upload') === 'false' &&
      (inputs.get('baseline') ?? 'artifact') === 'artifact' &&
      noteMissing(
        'uploads nothing, so the history that it would record as an artifact is lost',
        'leave out upload: false, or keep the history elsewhere (baseline)',
      ),
    isDeferred(inputs) &&
      reports.length === 0 &&
      noteMissing(
        'leaves its verdict to a report job, and the workflow has none',
        'add a job with …/plateau/report@… that needs this one',
      ),
    runsOn !== null &&
      ONE_CORE.has(runsOn) &&
      noteMissing(
        `runs on ${runsOn}, which has one core: too little to send load and time it`,
        'choose ubuntu-latest, or a runner with more cores',
      ),
    !hasTimeout && noteAdvice('has no timeout-minutes, and GitHub waits six hours', 'write timeout-minutes: 30'),
    !hasConcurrency &&
      noteAdvice(
        'has no concurrency group: two runs at once measure each other',
        'write concurrency: with a group for the endpoint',
      ),
  ]
  return found.filter((each) => each !== false)
}

/** Whether what pull requests are compared with is ever recorded. */
function diagnoseRecording(workflows: readonly GateWorkflow[], branch: string): readonly Remark[] {
  const shown = escapeForTerminal(branch)
  const recording = workflows.filter((workflow) => workflow.gates.length > 0 && recordsBranch(workflow, branch))
  if (recording.length === 0) {
    if (workflows.every(({ gates }) => gates.every(needsNoHistory))) return [NO_HISTORY_NEEDED]
    const isCalled = workflows.some(({ events }) => events.includes(CALL))
    return [
      isCalled
        ? noteAdvice(
            `no workflow here records runs of ${shown}; whether one of another repository that calls these does is not seen`,
            'look into the repository that calls them',
          )
        : noteMissing(
            `no workflow records runs of ${shown}, so there will never be anything to compare with`,
            `start one on: push with branches: [${shown}], or on: schedule`,
          ),
    ]
  }
  const lost = workflows.flatMap((workflow) => (recording.includes(workflow) ? [] : findLost(workflow, recording)))
  if (lost.length > 0) return lost
  const files = recording.map(({ file }) => showPath(file)).join(', ')
  return [noteFine(`runs of ${shown} are recorded by ${files}`)]
}

/** Beside a control, or by limits alone, a run is judged without recorded ones. */
function needsNoHistory({ inputs }: GateJob): boolean {
  return inputs.has('control') || inputs.has('control-command') || inputs.get('baseline') === 'none'
}

const NO_HISTORY_NEEDED = noteFine('no recorded runs are needed: every job has a control, or baseline: none')

/** A workflow for pull requests that looks for recorded runs where there are none. */
function findLost(workflow: GateWorkflow, recording: readonly GateWorkflow[]): readonly Remark[] {
  if (!workflow.events.some((event) => event.startsWith('pull_request'))) return []
  return workflow.gates.flatMap((job) => {
    const { inputs } = job
    if (needsNoHistory(job) || (inputs.get('baseline') ?? 'artifact') !== 'artifact' || inputs.has('config')) return []
    const files = (inputs.get('baseline-workflow') ?? '').split(/[\s,]+/).filter((file) => file !== '')
    if (recording.some(({ file }) => files.includes(file))) return []
    const where = joinFiles(recording.map(({ file }) => file))
    return [
      noteMissing(
        `${showPath(workflow.file)} compares with runs of ${files.length === 0 ? 'itself' : joinFiles(files)}, and only ${where} records`,
        `give it baseline-workflow: ${where}, and both the same name`,
      ),
    ]
  })
}

const joinFiles = (files: readonly string[]): string => files.map((file) => escapeForTerminal(file)).join(', ')

const PIPELINE = '.gitlab-ci.yml'
/** An include with a pattern may hold any file. */
const INCLUDES_PATTERN = /\blocal:.*\*/

/** What the pipeline of a repository on GitLab lacks for a gate. What its job needs stands with GitLab and is not looked at. */
export function diagnosePipeline(readFile: ReadRepositoryFile): readonly Remark[] {
  const unowned = [GITLAB_PLACES.ci, PIPELINE].flatMap((path) => {
    const copies = [...(readFile(path) ?? '').matchAll(/[/:]([\w.-]+)\/plateau\b/g)]
    const nobody = copies.map(([, owner]) => owner!).find(isPlaceholder)
    return nobody === undefined ? [] : [nameFile(path, lackOwner(nobody))]
  })
  const gate = findPipelineGate(readFile)
  return gate.state === 'fine' && unowned.length > 0 ? unowned : [...unowned, gate]
}

const nameFile = (path: string, remark: Remark): Remark => ({ ...remark, what: `${path}: ${remark.what}` })

/** Whether the pipeline runs a gate. */
function findPipelineGate(readFile: ReadRepositoryFile): Remark {
  const pipeline = readFile(PIPELINE) ?? ''
  const { ci } = GITLAB_PLACES
  if (readFile(ci) === null) {
    if (/plateau/i.test(pipeline)) return noteRunsGate(`${PIPELINE} speaks of plateau`)
    return noteMissing(
      `there is no ${ci}, and ${PIPELINE} does not speak of plateau`,
      'run plateau init --endpoint URL, which writes the job, or copy examples/gitlab-ci.yml',
    )
  }
  if (pipeline.includes(ci) || INCLUDES_PATTERN.test(pipeline)) return noteRunsGate(`${PIPELINE} includes ${ci}`)
  return noteMissing(
    `${PIPELINE} does not include ${ci}, so the job never runs`,
    `write "include: [{ local: ${ci} }]" into it, beside what is included there`,
  )
}

const noteRunsGate = (sign: string): Remark => noteFine(`${sign}; whether its variables are there is not looked at`)

/** What this machine lacks to measure. */
export function diagnoseMachine(cores: number): Remark {
  if (cores >= 2) return noteFine(`this machine has ${cores} cores`)
  return noteMissing(
    'this machine has one core: too little to send load and time it',
    'measure from one with two or more',
  )
}
