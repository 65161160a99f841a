import { appendFileSync } from 'node:fs'
import { domainToUnicode } from 'node:url'
import * as core from '@actions/core'
import { messageOf } from '../errors.ts'
import type { ReadFile } from '../settings/reading/files.ts'
import { readTextFile } from '../shell/files.ts'
import { createInterruptSignal } from '../shell/interrupt.ts'
import { createRedactor, defuseCommands, escapeForPattern } from '../shell/redact.ts'
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

/** Hides the host of an endpoint: everybody can read the comments, summaries, logs and artifacts of a public repository. */
interface HostHider {
  /** From now on these hosts, with or without a port, are shown as `label`. */
  hide(hosts: readonly string[], label?: string | null): void
  /** The text without hosts. A text that is only a host stays: it is a field, which the caller leaves out where needed. */
  redact(text: string): string
}

/** Replaces a host without a label. */
const HIDDEN_HOST = '[host]'

/**
 * A hider without hosts. Once it knows one, it also hides the hosts of URLs that servers name (such as redirects),
 * except those in `shown`.
 */
export function createHostHider(shown: readonly string[]): HostHider {
  const names = new Set<string>()
  let label = HIDDEN_HOST
  let pattern: RegExp | null = null
  return {
    hide(hosts, given = null) {
      for (const host of hosts) for (const form of listForms(host)) names.add(form)
      if (given !== null) label = given
      const source = [...names].sort((a, b) => b.length - a.length).map(patternOf)
      // A label that contains the host is the user's permission to show it.
      const isAllowed = names.size === 0 || new RegExp(source.join('|'), 'i').test(`//${label}`)
      pattern = isAllowed ? null : new RegExp(source.join('|'), 'gi')
    },
    redact(text) {
      if (pattern === null || names.has(text.toLowerCase().replace(PORT, ''))) return text
      return text
        .replace(pattern, () => label)
        .replace(URL_HOST, (whole, scheme: string, host: string) =>
          shown.includes(host.toLowerCase()) || label.startsWith(host) ? whole : `${scheme}${label}`,
        )
    },
  }
}

/** The hosts that a text names: as URLs, or as hosts with or without a port. */
export function listHostsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).flatMap((word) => {
    const url = word.includes('://') ? word : `https://${word}`
    return word !== '' && URL.canParse(url) ? [new URL(url).hostname] : []
  })
}

const PORT = /:\d{1,5}$/
const URL_HOST = /(\bhttps?:\/\/)([^\s/?#"'`<>,;\\)]{1,300})/gi

/** A host as in a URL, and as people read it. */
function listForms(host: string): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === '' ? [] : [name, domainToUnicode(name)].filter((form) => form !== '')
}

/** A name without a dot may be any word (`vllm`, `model`), so it counts only where the text uses it as a host. */
function patternOf(name: string): string {
  const host = escapeForPattern(name)
  const bounded = String.raw`(?<![\w.-])${host}\.?(?::\d{1,5})?(?![\w-]|\.\w)`
  if (/[.:]/.test(name)) return bounded
  return String.raw`(?<=\/\/|\bENOTFOUND |\bEAI_AGAIN )${bounded}|(?<![\w.-])${host}:\d{1,5}(?![\w-])`
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
