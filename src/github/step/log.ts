import * as core from '@actions/core'
import { createHostHider } from '../../shell/hide-hosts.ts'
import { createRedactor, defuseCommands } from '../../shell/redact.ts'
import { dropCodeMarks } from '../../text.ts'

/** What is said in the log of the job. No secret passes. */
export interface ActionLog {
  /** One line. */
  info(line: string): void
  /** Lines for whoever has switched debug logging on; nothing for all others. */
  debug(lines: string): void
  /** Something is not as it should be, and the verdict stands. */
  warning(message: string): void
  /** The one annotation of a run: `title` is the verdict. */
  annotate(level: 'error' | 'warning' | 'notice', title: string, message: string): void
  /** Folds what follows under a heading, until the next one. */
  phase(heading: string): void
  /** Ends the last heading. */
  endPhase(): void
  /** From now on this text and its usual forms show nowhere. */
  hide(secret: string): void
  /** From now on these hosts show nowhere either; in their place stands `label`, where one is given. */
  hideHosts(hosts: readonly string[], label?: string | null): void
  /** The text as it may be shown. */
  redact(text: string): string
}

/** GitHub's own, and where this repository is. */
export const SHOWN_HOSTS: readonly string[] = [
  'github.com',
  'docs.github.com',
  ...[process.env['GITHUB_SERVER_URL'], process.env['GITHUB_API_URL']].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).host] : [],
  ),
]

const ANNOTATE = { error: core.error, warning: core.warning, notice: core.notice } as const

/** A log through the runner's commands. */
export function createActionLog(): ActionLog {
  const redactor = createRedactor()
  const hosts = createHostHider(SHOWN_HOSTS)
  const redact = (text: string): string => hosts.redact(redactor.redact(text))
  /** Neither the log nor an annotation sets anything as code. */
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
