import * as core from '@actions/core'
import { createRedactor, withoutCommands } from '../../shell/redact.ts'

/** What is said in the log of the job. No secret passes. */
export interface ActionLog {
  /** One line. */
  info(line: string): void
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
  redact(text: string): string
  /** The same value without secrets in its texts. */
  cleaned<T extends object>(value: T): T
  /** A text of a result without secrets; JSON stays JSON. */
  redactResult(text: string): string
}

const ANNOTATE = { error: core.error, warning: core.warning, notice: core.notice } as const

/** A log through the runner's commands. */
export function createActionLog(): ActionLog {
  const redactor = createRedactor()
  const { redact, redactResult } = redactor
  const masked = new Set<string>()
  let isOpen = false
  const endPhase = (): void => {
    if (isOpen) core.endGroup()
    isOpen = false
  }
  return {
    redact,
    redactResult,
    endPhase,
    cleaned: (value) => JSON.parse(redactResult(JSON.stringify(value))) as typeof value,
    info: (line) => core.info(withoutCommands(redact(line))),
    warning: (message) => core.warning(redact(message)),
    annotate(level, title, message) {
      endPhase()
      ANNOTATE[level](redact(message), { title: redact(title) })
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
