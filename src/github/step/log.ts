import * as core from '@actions/core'
import { createHostHider } from '../../shell/hide-hosts.ts'
import { createRedactor, defuseCommands } from '../../shell/redact.ts'
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

const ANNOTATE = { error: core.error, warning: core.warning, notice: core.notice } as const

/** Writes the log through the runner's commands. */
export function createActionLog(): ActionLog {
  const redactor = createRedactor()
  const hosts = createHostHider(SHOWN_HOSTS)
  const redact = (text: string): string => hosts.redact(redactor.redact(text))
  /** Neither the log nor an annotation shows code spans. */
  const write = (text: string): string => dropCodeMarks(redact(text))
  const masked = new Set<string>()
  let isOpen = false
  const endPhase = (): void => {
    if (isOpen) core.endGroup()
    isOpen = false
  }
  return {
    redact,
    endPhase,
    info: (line) => core.info(defuseCommands(write(line))),
    debug(lines) {
      if (core.isDebug()) core.info(defuseCommands(redact(lines)))
    },
    warning: (message) => core.warning(write(message)),
    annotate(level, title, message) {
      endPhase()
      ANNOTATE[level](write(message), { title: write(title) })
    },
    phase(heading) {
      endPhase()
      core.startGroup(redact(heading))
      isOpen = true
    },
    hideHosts: hosts.hide,
    hide(secret) {
      for (const form of redactor.hide(secret)) {
        if (!masked.has(form)) core.setSecret(form)
        masked.add(form)
      }
    },
  }
}
