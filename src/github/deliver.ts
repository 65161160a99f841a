import { STEP_EXIT } from '../vocabulary/exit-codes.ts'
import { BaselineError, EndpointError, messageOf, SettingsError } from '../errors.ts'
import { renderWarnings } from '../render/comment.ts'
import type { Verdict } from '../report/verdict.ts'
import type { Settings } from '../settings.ts'
import { escapeForMarkdown, pluralise } from '../text.ts'
import { GithubError } from './api/client.ts'
import type { GithubClient } from './api/client.ts'
import { describeCommentFailure, writeComment } from './pull-request/comment.ts'
import { readRedFigures, addMarker } from './pull-request/marker.ts'
import type { Edition, WorseFigures } from './pull-request/marker.ts'
import type { ActionLog, StepSummary } from './step.ts'
import type { OutputName, OutputValues } from './outputs.ts'

/** Where results are delivered to. */
export interface DeliveryPorts {
  readonly log: ActionLog
  readonly summary: StepSummary
  readonly setOutput: (name: OutputName, value: string) => void
}

/** The comment that a run or a report job wants to write. */
export interface CommentOrder {
  readonly client: GithubClient
  readonly pullNumber: number
  readonly marker: string
  readonly edition: Edition
  /** What attempts measured, as `encodeHiddenAttempts` writes it; nothing by default. */
  readonly hidden?: string
  readonly body: string
  /** `on-failure` creates no comment for a green run, but updates a red one that is there. */
  readonly policy: Settings['comment']
  readonly isFailure: boolean
  /** The figures for the comment, given those that it carried before. */
  readonly figures: (before: WorseFigures) => WorseFigures
}

/** Writes the comment; returns its URL (null when there is none) and a warning. Never fails. */
export async function deliverComment(
  order: CommentOrder,
): Promise<{ readonly url: string | null; readonly warning: string | null }> {
  const { client, pullNumber, marker, edition, hidden, body, policy, isFailure } = order
  if (policy === 'never') return { url: null, warning: null }
  try {
    const written = await writeComment(client, {
      pullNumber,
      marker,
      edition,
      compose: (before) =>
        addMarker(marker, order.figures(before === null ? {} : readRedFigures(marker, before)), edition, body, hidden),
      mayCreate: policy === 'always' || isFailure,
    })
    return { url: written?.url ?? null, warning: written?.isLeft === true ? LEFT : null }
  } catch (error) {
    return { url: null, warning: describeCommentFailure(error) }
  }
}

const LEFT = 'the comment is left as it is: a newer run, or one of a newer commit, wrote it'

/** Writes the summary: the text of the comment, or only its title if that does not fit. */
export function deliverSummary(markdown: string, title: string, { summary, log }: DeliveryPorts): void {
  tryTo('the summary was not written', log, () => summary.write(log.redact(markdown), log.redact(title)))
}

/**
 * Sets each output, even if others fail. Secrets were hidden earlier: hiding them here could break a word, a path or
 * JSON.
 */
export function deliverOutputs(values: OutputValues, { setOutput, log }: DeliveryPorts): void {
  for (const [name, value] of Object.entries(values)) {
    tryTo(`the output ${name} was not set`, log, () => setOutput(name as OutputName, value))
  }
}

/** Writes warnings to the log and to the end of the summary. */
export function deliverWarnings(warnings: readonly string[], { log, summary }: DeliveryPorts): void {
  for (const warning of warnings) log.warning(warning)
  if (warnings.length === 0) return
  const shown = renderWarnings(warnings.map((warning) => log.redact(warning)))
  tryTo('the summary was not completed', log, () => summary.append(shown))
}

function tryTo(what: string, log: ActionLog, deliver: () => void): void {
  try {
    deliver()
  } catch (error) {
    log.warning(`${what}: ${messageOf(error)}`)
  }
}

const LEVELS = { fail: 'error', warn: 'warning', pass: 'notice' } as const

/** Writes the one annotation of a run: its title, and where to find the rest. A deferred job is not red. */
export function annotateVerdict(
  verdict: Verdict,
  log: ActionLog,
  { defer, title }: { readonly defer: boolean; readonly title: string },
): void {
  const level = defer ? 'notice' : LEVELS[verdict.check]
  log.annotate(level, title, describePlace(verdict))
}

function describePlace({ baseline, check, verdict }: Verdict): string {
  const compared =
    baseline.runs === 0 ? 'Compared with nothing' : `Compared with ${pluralise(baseline.runs, 'recorded run')}`
  if (verdict === 'skipped') return 'Nothing was sent to the endpoint. The summary of this run says why.'
  return check === 'fail'
    ? `${compared}. The summary of this run says what moved, what else changed, and what to do.`
    : `${compared}. The summary of this run has the figures.`
}

/** Says that the job was cancelled before it had a result. Returns the exit code. */
export function tellInterrupted({ log, summary, setOutput }: DeliveryPorts): number {
  const [title, text] = ['Plateau: interrupted', 'The job was cancelled before there was a result. Run it again.']
  log.annotate('error', title, text)
  deliverOutputs({ verdict: 'cancelled', reasons: 'cancelled' }, { log, summary, setOutput })
  tryTo('the summary was not written', log, () => summary.write(`### ❌ ${title}\n\n${text}\n`, `### ❌ ${title}\n`))
  return STEP_EXIT.interrupted
}

/** Says why nothing could be measured, in one annotation and the summary. Returns the exit code. */
export function tellFailure(error: unknown, { log, summary }: Pick<DeliveryPorts, 'log' | 'summary'>): number {
  const { title, text } = describeError(error)
  log.annotate('error', title, text)
  const lines = text.split('\n').map((line) => `- ${escapeForMarkdown(log.redact(line), 1000)}`)
  try {
    summary.write(`### ❌ ${title}\n\n${lines.join('\n')}\n`, `### ❌ ${title}\n`)
  } catch {
    // The log has the text.
  }
  if (error instanceof Error) log.debug(error.stack ?? '')
  return error instanceof SettingsError ? STEP_EXIT.refused : STEP_EXIT.failed
}

function describeError(error: unknown): { readonly title: string; readonly text: string } {
  const text = messageOf(error)
  if (error instanceof SettingsError) return { title: 'Plateau: the settings cannot be used', text }
  if (error instanceof BaselineError) return { title: 'Plateau: the history cannot be used', text }
  if (error instanceof EndpointError) return { title: 'Plateau: the endpoint could not be measured', text }
  if (error instanceof GithubError) return { title: 'Plateau: GitHub did not give the results', text }
  return { title: 'Plateau: unexpected error', text: `${text} (debug logging shows where)` }
}

/** A job whose result is lost must not end green: the report job would not notice. */
export function tellLost({ log }: Pick<DeliveryPorts, 'log'>): number {
  log.annotate(
    'error',
    'The report job gets nothing from this job',
    'Its artifact could not be uploaded; run it again.',
  )
  return STEP_EXIT.failed
}
