import * as core from '@actions/core'
import { createHostHider, createRedactor, defuseCommands } from '../../shell/redact.ts'
import { dropCodeMarks } from '../../text.ts'

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
