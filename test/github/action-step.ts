import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GateResult } from '../../src/gate.ts'
import { runAction } from '../../src/github/action.ts'
import { SHOWN_HOSTS, createHostHider, openSummary } from '../../src/github/step.ts'
import type { ActionLog } from '../../src/github/step.ts'
import type { ActionPorts } from '../../src/github/outcome.ts'
import { createRedactor } from '../../src/shell/redact.ts'
import { buildRow } from '../../src/report/history-row.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { aReport } from '../support/builders.ts'
import { atEnd } from '../support/cleanup.ts'
import type { FakeGithub } from '../support/fake-github/server.ts'
import type { GithubEvent } from '../support/github-payloads.ts'
import { looksAt } from '../support/verdict-builders.ts'
import { RUNNER_ENV } from './contexts.ts'

/** One run of the action in this process: its measurement is given, all else is as it is. */
export interface Step {
  readonly github: FakeGithub
  readonly event: GithubEvent
  readonly measure: ActionPorts['measure']
  /** What a shard that is not the first measures. */
  readonly measureForFirst?: ActionPorts['measureForFirst']
  /** What the workflow writes under `with:`, beside an endpoint with its key. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Files of the workspace, by their names. */
  readonly files?: Readonly<Record<string, string>>
  /** `RUNNER_TEMP`, where it is that of another step of the same job; else one of its own. */
  readonly temporary?: string
  /** Which attempt at the job it is; default: the first. */
  readonly attempt?: number
  /** Id of the workflow run; default: that of every step here. */
  readonly runId?: number
  /** What the runner says besides. */
  readonly env?: Readonly<Record<string, string>>
  /** Asks the job to stop. */
  readonly signal?: AbortSignal
}

/** What it left. */
export interface StepEnded {
  readonly code: number
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly warnings: readonly string[]
  /** Titles of the annotations that are no warnings. */
  readonly annotations: readonly string[]
  /** What it wrote into the log beside them. */
  readonly lines: readonly string[]
  /** Names of the artifacts that it uploaded. */
  readonly uploads: readonly string[]
}

/** Runs the action as its entry does, with a runner's environment in a folder of its own. */
export async function runStep({
  github,
  event,
  measure,
  measureForFirst = async () => {},
  inputs = {},
  files = {},
  temporary,
  attempt = 1,
  runId,
  env = {},
  signal,
}: Step): Promise<StepEnded> {
  const root = mkdtempSync(join(tmpdir(), 'plateau-step-'))
  atEnd(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'event.json'), JSON.stringify(event.payload))
  writeFileSync(join(root, 'summary.md'), '')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  const outputs: Record<string, string> = {}
  const uploads: string[] = []
  const { log, warnings, annotations, lines } = recordingLog()
  const code = await runAction({
    env: {
      ...RUNNER_ENV,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: join(root, 'event.json'),
      GITHUB_REF: event.ref,
      GITHUB_SHA: event.sha,
      GITHUB_ACTOR: event.actor,
      GITHUB_WORKSPACE: root,
      GITHUB_RUN_ATTEMPT: String(attempt),
      ...(runId !== undefined && { GITHUB_RUN_ID: String(runId) }),
      ...env,
      RUNNER_TEMP: temporary ?? root,
      INPUT_ENDPOINT: 'http://127.0.0.1:9/v1/chat/completions',
      'INPUT_API-KEY': 'sk-test-0123456789',
      'INPUT_GITHUB-TOKEN': github.token(),
      INPUT_NAME: 'llama-8b',
      ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
    },
    measure,
    measureForFirst,
    log,
    signal: signal ?? new AbortController().signal,
    readFile: (path) => readFileSync(path, 'utf8'),
    readBytes: (path) => readFileSync(path),
    wallClock: () => new Date('2026-11-22T18:00:00.000Z'),
    githubPauseMs: 1,
    summary: openSummary(join(root, 'summary.md')),
    setOutput: (name, value) => void (outputs[name] = value),
    async upload(name) {
      uploads.push(name)
      return uploads.length
    },
  })
  return {
    code,
    outputs,
    summary: readFileSync(join(root, 'summary.md'), 'utf8'),
    warnings,
    annotations,
    lines,
    uploads,
  }
}

/** A measurement that came to this verdict. */
export function measuredAs(verdict: Verdict): GateResult {
  const report = aReport()
  return {
    report,
    reports: [report],
    controls: [],
    rows: [buildRow(report)],
    records: [],
    verdict,
    looks: looksAt(report),
    baseline: null,
    error: null,
    cancelled: verdict.verdict === 'cancelled',
  }
}

/** A log that nobody reads but the test. */
function recordingLog(): { log: ActionLog; warnings: string[]; annotations: string[]; lines: string[] } {
  const { redact: redactSecrets, hide } = createRedactor()
  const hosts = createHostHider(SHOWN_HOSTS)
  const redact = (text: string): string => hosts.redact(redactSecrets(text))
  const warnings: string[] = []
  const annotations: string[] = []
  const lines: string[] = []
  const log: ActionLog = {
    redact,
    hide: (secret) => void hide(secret),
    hideHosts: hosts.hide,
    info: (line) => void lines.push(redact(line)),
    phase: (heading) => void lines.push(redact(heading)),
    debug: (line) => void lines.push(redact(line)),
    endPhase() {},
    warning: (message) => void warnings.push(redact(message)),
    annotate(level, title, message) {
      annotations.push(`${level}: ${redact(title)}`)
      lines.push(redact(message))
    },
  }
  return { log, warnings, annotations, lines }
}
