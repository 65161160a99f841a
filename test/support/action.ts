import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { decodeHistory } from '../../src/report/history-codec.ts'
import type { HistoryEntry } from '../../src/report/history.ts'
import { atEnd, createLimit } from './cleanup.ts'
import { startFakeGithub } from './fake-github/server.ts'
import type { FakeGithub } from './fake-github/server.ts'
import type { Comment, Repository, Run } from './fake-github/state.ts'
import type { GithubEvent } from './github-payloads.ts'
import { leash, suiteName } from './leash.ts'
import { virtualServerAt } from './virtual/servers.ts'

/** One step of a workflow that uses the action. */
export interface ActionStep {
  readonly github: FakeGithub
  readonly event: GithubEvent
  /** What the workflow writes under `with:`. */
  readonly inputs?: Readonly<Record<string, string>>
  /** `.`, or the folder of another action of this repository. */
  readonly action?: '.' | 'report' | 'simulate'
  /** Id of the job. */
  readonly job?: string
  readonly matrix?: Readonly<Record<string, unknown>> | null
  /** Jobs of the matrix; default: one. */
  readonly jobTotal?: number
  /** The workflow run; by default a new one of this event. */
  readonly run?: Run
  /** File in .github/workflows. */
  readonly workflow?: string
  /** `github.token`; by default one with the documented permissions. */
  readonly token?: string
  /** Files of the checkout. */
  readonly files?: Readonly<Record<string, string>>
  /** The checkout of another step of the same job. */
  readonly workspace?: string
  readonly env?: Readonly<Record<string, string>>
}

/** How a step ended, and everything that it left. */
export interface StepEnded {
  readonly code: number | null
  /** What it wrote, commands to the runner included. */
  readonly log: string
  /** As people read it. */
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
  /** What the step after the job finds as `STATE_…`. */
  readonly state: Readonly<Record<string, string>>
  readonly run: Run
  readonly workspace: string
  /** `RUNNER_TEMP`. */
  readonly temporary: string
}

/** A step that runs. */
export interface RunningStep {
  readonly child: ChildProcess
  readonly ended: Promise<StepEnded>
  /** Resolves when what it wrote so far matches; rejects when it ends before. */
  wrote(pattern: RegExp): Promise<void>
}

/** The bundle as it is committed. */
const DIST = resolve(process.env['PLATEAU_DIST'] ?? 'dist')
const VIRTUAL_ACTION = join(import.meta.dirname, 'virtual', 'action.ts')
const REPOSITORY = resolve(import.meta.dirname, '..', '..')

/** More processes at a time only wait for each other on two cores. */
const limited = createLimit(4)

/**
 * A checkout of the action as a runner has it: what is committed, and no node_modules anywhere above. One for the whole suite, among
 * its temporary files: whoever needs it first makes it.
 */
function actionCheckout(): string {
  const folder = join(tmpdir(), `plateau-action-${suiteName()}`)
  if (existsSync(folder)) return folder
  const made = mkdtempSync(`${folder}-`)
  writeFileSync(join(made, 'package.json'), '{"type":"module"}')
  cpSync(DIST, join(made, 'dist'), { recursive: true })
  for (const manifest of ['action.yml', 'report/action.yml', 'simulate/action.yml']) {
    mkdirSync(dirname(join(made, manifest)), { recursive: true })
    cpSync(join(REPOSITORY, manifest), join(made, manifest))
  }
  try {
    renameSync(made, folder)
  } catch {
    // Another worker has made it meanwhile.
    rmSync(made, { recursive: true })
  }
  return folder
}

/** GitHub with a private repository of one commit; it is closed at the end. */
export async function fakeGithub(repository: Partial<Repository> = {}): Promise<FakeGithub> {
  const github = await startFakeGithub(repository)
  atEnd(async () => github.close())
  return github
}

/** Runs a step to its end. */
export async function runAction(step: ActionStep): Promise<StepEnded> {
  return limited(async () => startAction(step).ended)
}

/**
 * Starts a step with the environment that a runner gives, and nothing else. Where its endpoint is a virtual server the same
 * built action runs on a system in virtual time.
 */
export function startAction(step: ActionStep): RunningStep {
  const { run, files, env, main } = prepareStep(step)
  const child = spawn(process.execPath, programOf(join(actionCheckout(), main), step), {
    cwd: files.workspace,
    env: {
      ...leash(),
      ...env,
      ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
      ...step.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return followed(child, (code, log) => readEnd(code, log, run, files))
}

/** A step that is about to run. */
export interface PreparedStep {
  readonly run: Run
  readonly files: RunnerFiles
  /** What a runner gives to the step. */
  readonly env: Readonly<Record<string, string>>
  /** The program of its manifest, in the checkout of the action. */
  readonly main: string
}

/** Prepares what a runner gives to a step: its files, and its environment. */
export function prepareStep(step: ActionStep): PreparedStep {
  const { github, action = '.' } = step
  const run = step.run ?? runOf(step)
  const root = mkdtempSync(join(tmpdir(), 'plateau-runner-'))
  atEnd(() => rmSync(root, { recursive: true, force: true }))
  const files = runnerFiles(root, step)
  const manifest = readManifest(action)
  const inputs = inputEnvironment(manifest.inputs ?? {}, step, step.token ?? github.token())
  return {
    run,
    files,
    env: { ...runnerEnvironment(step, run, files), ...inputs },
    main: join(action, manifest.runs.main),
  }
}

/** What a step left in the files that a runner gave it. */
export function readEnd(code: number | null, log: string, run: Run, files: RunnerFiles): StepEnded {
  return {
    code,
    log,
    summary: shown(readFileSync(files.summary, 'utf8')),
    outputs: readOutputs(readFileSync(files.output, 'utf8')),
    state: readOutputs(readFileSync(files.state, 'utf8')),
    run,
    workspace: files.workspace,
    temporary: files.temporary,
  }
}

function programOf(main: string, { inputs = {} }: ActionStep): string[] {
  const server = virtualServerAt(inputs['endpoint'] ?? '', inputs['control'])
  return server === null ? [main] : [VIRTUAL_ACTION, dirname(main), JSON.stringify(server)]
}

/** The text of every file that a step left, by its path. */
export function filesLeft({ temporary, workspace }: StepEnded): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const folder of [temporary, workspace]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) texts[path] = readFileSync(path, 'utf8')
    }
  }
  return texts
}

/** The run that GitHub would start for this event. */
function runOf({ github, event, workflow = 'plateau.yml', job = 'measure' }: ActionStep): Run {
  const { branch, sha, headRepository } = event.run
  const { name, actor } = event
  return github.addRun({
    workflow,
    event: name,
    branch,
    sha,
    headRepository,
    actor,
    status: 'in_progress',
    jobs: [job],
  })
}

/** Where a runner keeps what a step reads and writes. */
interface RunnerFiles {
  readonly workspace: string
  readonly temporary: string
  readonly event: string
  readonly output: string
  readonly summary: string
  readonly state: string
}

function runnerFiles(root: string, { event, files = {}, workspace }: ActionStep): RunnerFiles {
  const commands = join(root, '_temp', '_runner_file_commands')
  mkdirSync(commands, { recursive: true })
  const checkedOut = workspace ?? join(root, 'serving', 'serving')
  mkdirSync(checkedOut, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(checkedOut, path)), { recursive: true })
    writeFileSync(join(checkedOut, path), text)
  }
  const file = (name: string, text = ''): string => {
    const path = join(commands, name)
    writeFileSync(path, text)
    return path
  }
  return {
    workspace: checkedOut,
    temporary: join(root, '_temp'),
    event: file('event.json', JSON.stringify(event.payload)),
    output: file('set_output'),
    summary: file('step_summary'),
    state: file('save_state'),
  }
}

function runnerEnvironment(step: ActionStep, run: Run, files: RunnerFiles): Record<string, string> {
  const { github, event, job = 'measure' } = step
  const { repository } = github.state
  const [owner = ''] = repository.fullName.split('/')
  return {
    CI: 'true',
    HOME: files.temporary,
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__self',
    GITHUB_ACTOR: event.actor,
    GITHUB_TRIGGERING_ACTOR: event.actor,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: `${github.apiUrl}/graphql`,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_BASE_REF: event.baseRef,
    GITHUB_HEAD_REF: event.headRef,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: files.event,
    GITHUB_JOB: job,
    GITHUB_OUTPUT: files.output,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_REF: event.ref,
    GITHUB_REF_NAME: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_TYPE: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: repository.fullName,
    GITHUB_REPOSITORY_ID: String(repository.id),
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: String(run.attempt),
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.number),
    GITHUB_SHA: event.sha,
    GITHUB_WORKFLOW: 'Plateau',
    GITHUB_WORKFLOW_REF: `${repository.fullName}/${run.path.replace(/@.*/, '')}@${event.ref}`,
    GITHUB_WORKFLOW_SHA: event.sha,
    GITHUB_WORKSPACE: files.workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: files.temporary,
    RUNNER_TOOL_CACHE: join(files.temporary, 'tools'),
    ACTIONS_RESULTS_URL: github.resultsUrl,
    ACTIONS_RUNTIME_URL: github.resultsUrl,
    ACTIONS_RUNTIME_TOKEN: github.runtimeToken({ runId: run.id, job }),
  }
}

interface Manifest {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown }>>
  readonly runs: { readonly main: string }
}

function readManifest(action: string): Manifest {
  return parse(readFileSync(join(REPOSITORY, action, 'action.yml'), 'utf8')) as Manifest
}

/** `INPUT_…` of every declared input; one that is neither given nor has a default is there and empty. */
function inputEnvironment(
  declared: NonNullable<Manifest['inputs']>,
  { inputs = {}, matrix = null, jobTotal = 1 }: ActionStep,
  token: string,
): Record<string, string> {
  const unknown = Object.keys(inputs).find((name) => !(name in declared))
  if (unknown !== undefined) throw new Error(`action.yml has no input "${unknown}"`)
  const expressions: Readonly<Record<string, string>> = {
    '${{ github.token }}': token,
    '${{ toJSON(matrix) }}': JSON.stringify(matrix, null, 2),
    '${{ strategy.job-total }}': String(jobTotal),
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, { default: byDefault }]) => {
      const text = typeof byDefault === 'string' ? byDefault : ''
      const value = inputs[name] ?? expressions[text] ?? text
      if (value.includes('${{'))
        throw new Error(`the default of "${name}" is an expression that this runner does not know`)
      return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]
    }),
  )
}

/** The file of `GITHUB_OUTPUT` or `GITHUB_STATE`: `name<<delimiter`, lines, `delimiter`; or `name=value`. */
function readOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {}
  const lines = text.split(/\r?\n/)
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(line) ?? []
    if (name === undefined || delimiter === undefined) {
      const [, simple, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
      if (simple !== undefined) outputs[simple] = value!
      continue
    }
    const end = lines.indexOf(delimiter)
    outputs[name] = lines.splice(0, end).join('\n')
    lines.shift()
  }
  return outputs
}

/** Collects what a process writes until it ends. */
function followed(child: ChildProcess, toEnded: (code: number | null, log: string) => StepEnded): RunningStep {
  let log = ''
  let over = false
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
      waiting.forEach((look) => look())
    })
  }
  const ended = new Promise<StepEnded>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => {
      over = true
      waiting.forEach((look) => look())
      done(toEnded(code, log))
    })
  })
  atEnd(async () => {
    if (!over) child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    ended,
    async wrote(pattern) {
      return new Promise((done, fail) => {
        const look = (): void => {
          if (pattern.test(log)) done()
          else if (over) fail(new Error(`it ended without writing ${pattern}:\n${log}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

/** The annotations of a step: each is a command to the runner. */
export function annotationsOf({
  log,
}: StepEnded): readonly { readonly level: string; readonly title: string | null; readonly message: string }[] {
  return [...log.matchAll(/^::(error|warning|notice)(?: title=([^:\n]*?))?::(.*)$/gm)].map(
    ([, level, title, message]) => ({
      level: level!,
      title: title === undefined ? null : decoded(title),
      message: decoded(message!),
    }),
  )
}

/** What a job leaves in the artifact of the run under this name. */
export function artifactOf(github: FakeGithub, { run }: StepEnded, name: string): Readonly<Record<string, string>> {
  const artifacts = github.artifactsOf(run)
  const found = artifacts.find((stored) => stored.name === name)
  if (found === undefined) throw new Error(`no artifact ${name} among: ${artifacts.map(({ name }) => name).join(', ')}`)
  return found.files
}

/** The recorded runs that a job leaves. */
export function entriesOf(github: FakeGithub, ended: StepEnded, name = 'plateau-llama-8b-history'): HistoryEntry[] {
  const { 'history.json': text, ...others } = artifactOf(github, ended, name)
  if (text === undefined || Object.keys(others).length > 0) throw new Error(`${name} is more or less than a history`)
  return [...decodeHistory(text).entries]
}

/** The bodies of comments as people read them. */
export function bodiesOf(comments: readonly Comment[]): readonly string[] {
  return comments.map(({ body }) => shown(body))
}

/** Markdown without the escapes that keep text from being markup. */
export function shown(markdown: string): string {
  return markdown.replace(/\\(?=[!-/:-@[-`{-~])/g, '')
}

/** As the runner reads what a command escapes. */
function decoded(text: string): string {
  return text.replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%')
}
