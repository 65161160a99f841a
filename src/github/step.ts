import { appendFileSync } from 'node:fs'
import * as core from '@actions/core'
import { messageOf } from '../errors.ts'
import type { ReadFile } from '../settings/reading/files.ts'
import { readTextFile } from '../shell/files.ts'
import { createInterruptSignal } from '../shell/interrupt.ts'
import { createHostHider, createRedactor, defuseCommands } from '../shell/redact.ts'
import { SUMMARY_ROOM } from '../render/markdown.ts'
import { dropCodeMarks } from '../text.ts'
import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import type { OutputName } from './outputs.ts'

/** What the runner shows of a step, and takes from it: log, summary and exit code. */

/** The log of the job. It shows no secrets. */
export interface ActionLog {
  /** One line. */
  info(line: string): void
  /** Lines that only debug logging shows. */
  debug(lines: string): void
  /** Something is wrong, but the verdict stands. */
  warning(message: string): void
  /** The one annotation of a run: `title` is the verdict. */
  annotate(level: 'error' | 'warning' | 'notice', title: string, message: string): void
  /** Folds the lines that follow under a heading, until the next one. */
  phase(heading: string): void
  /** Ends the last heading. */
  endPhase(): void
  /** From now on this text and its usual encodings are hidden. */
  hide(secret: string): void
  /** From now on these hosts are hidden, too; `label`, if given, replaces them. */
  hideHosts(hosts: readonly string[], label?: string | null): void
  /** The text as it may be shown. */
  redact(text: string): string
}

/** GitHub's own hosts, and that of this repository. */
export const SHOWN_HOSTS: readonly string[] = [
  'github.com',
  'docs.github.com',
  ...[process.env['GITHUB_SERVER_URL'], process.env['GITHUB_API_URL']].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).host] : [],
  ),
]

/** The commands to the runner that a log is made of. */
export type RunnerCommands = Pick<
  typeof core,
  'info' | 'error' | 'warning' | 'notice' | 'startGroup' | 'endGroup' | 'setSecret' | 'isDebug'
>

/** Writes the log through the runner's commands. */
export function createActionLog(runner: RunnerCommands = core): ActionLog {
  const redactor = createRedactor()
  const hosts = createHostHider(SHOWN_HOSTS)
  const redact = (text: string): string => hosts.redact(redactor.redact(text))
  /** Neither the log nor an annotation shows code spans. */
  const write = (text: string): string => dropCodeMarks(redact(text))
  const masked = new Set<string>()
  let isOpen = false
  const endPhase = (): void => {
    if (isOpen) runner.endGroup()
    isOpen = false
  }
  return {
    redact,
    endPhase,
    info: (line) => runner.info(defuseCommands(write(line))),
    debug(lines) {
      if (runner.isDebug()) runner.info(defuseCommands(redact(lines)))
    },
    warning: (message) => runner.warning(write(message)),
    annotate(level, title, message) {
      endPhase()
      runner[level](write(message), { title: write(title) })
    },
    phase(heading) {
      endPhase()
      runner.startGroup(redact(heading))
      isOpen = true
    },
    hideHosts: hosts.hide,
    hide(secret) {
      for (const form of redactor.hide(secret)) {
        if (!masked.has(form)) runner.setSecret(form)
        masked.add(form)
      }
    },
  }
}

/** The summary of a step: a file that the runner reads when the step has ended. */
interface StepSummary {
  /** Writes `full`, or `short` when that would not fit. */
  write(full: string, short: string): void
  /** Adds a section. */
  append(text: string): void
}

/** The summary in this file; writes nothing when the runner gives no file. */
export function openSummary(path: string | undefined): StepSummary {
  const add = (text: string): void => {
    if (path !== undefined && path !== '') appendFileSync(path, `${text}\n`)
  }
  return {
    write: (full, short) => add(fits(full) ? full : short),
    append: (text) => add(`\n${text}`),
  }
}

function fits(text: string): boolean {
  return SUMMARY_ROOM.sizeOf(text) <= SUMMARY_ROOM.most
}

/** What a step of ours has of its runner and its machine. */
export interface StepPorts {
  readonly env: NodeJS.ProcessEnv
  readonly log: ActionLog
  readonly summary: StepSummary
  readonly setOutput: (name: OutputName, value: string) => void
  readonly readFile: ReadFile
  readonly signal: AbortSignal
  readonly wallClock: () => Date
  /** How long one second of a pause lasts for the client of GitHub. */
  readonly githubPauseMs: number
}

/** Runs a step in this process, with its environment, and ends the process with the exit code. */
export function startStep(run: (ports: StepPorts) => Promise<number>, githubPauseMs = 1_000): void {
  const { env } = process
  const log = createActionLog()
  const ports = {
    env,
    log,
    summary: openSummary(env['GITHUB_STEP_SUMMARY']),
    setOutput: core.setOutput,
    readFile: readTextFile,
    signal: createInterruptSignal(),
    wallClock: () => new Date(),
    githubPauseMs,
  }
  setExitCode(run(ports), log)
}

/** How long open connections may keep a finished process alive. */
const GRACE_MS = 5000

/**
 * Ends the process with the exit code of the work: on its own when nothing is left open, else after a short while. An
 * unhandled error ends it at once, because what still runs can no longer be trusted.
 */
function setExitCode(work: Promise<number>, log: ActionLog): void {
  const fail = (error: unknown): never => {
    log.annotate('error', 'Plateau: unexpected error', messageOf(error))
    return process.exit(STEP_EXIT.failed)
  }
  // Until the result is known: a process that runs out of work before that must not pass.
  process.exitCode = STEP_EXIT.failed
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  void work.then((code) => {
    process.exitCode = code
    setTimeout(() => process.exit(), GRACE_MS).unref()
  })
}
