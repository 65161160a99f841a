import * as core from '@actions/core'
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
  /** The text as it may be shown. */
  redact(text: string): string
}

const ANNOTATE = { error: core.error, warning: core.warning, notice: core.notice } as const

/** A log through the runner's commands. */
export function createActionLog(): ActionLog {
  const redactor = createRedactor()
  const { redact } = redactor
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
    hide(secret) {
      for (const form of redactor.hide(secret)) {
        if (!masked.has(form)) core.setSecret(form)
        masked.add(form)
      }
    },
  }
}
