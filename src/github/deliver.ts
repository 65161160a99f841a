import { prose } from '../render/markdown.ts'
import { renderTitle } from '../render/view/title.ts'
import { commentWarning, findComment, writeComment } from './pull-request/comment.ts'
import type { GithubClient } from './api/client.ts'
import { figuresIn, withMarker } from './pull-request/marker.ts'
import type { RedFigures } from './pull-request/marker.ts'
import type { ActionLog } from './step/log.ts'
import type { OutputName, OutputValues } from './step/outputs.ts'
import type { Summary } from './step/summary.ts'
import type { Settings } from '../settings.ts'
import type { Verdict } from '../report/verdict.ts'

/** Where results go. */
export interface DeliveryPorts {
  readonly log: ActionLog
  readonly summary: Summary
  readonly setOutput: (name: OutputName, value: string) => void
}

/** The comment of a run, or of a report job. */
export interface CommentOrder {
  readonly client: GithubClient
  readonly pullNumber: number
  readonly marker: string
  readonly body: string
  /** `on-failure` writes none for a green run, but a red one that is there does not stay red. */
  readonly policy: Settings['comment']
  readonly isFailure: boolean
  /** The figures that the comment carries, from those that it carried before. */
  readonly figures: (before: RedFigures) => RedFigures
}

/** Writes the comment; returns its URL, or null when there is none, and what to say about it. Never fails. */
export async function deliverComment(
  order: CommentOrder,
): Promise<{ readonly url: string | null; readonly warning: string | null }> {
  const { client, pullNumber, marker, body, policy, isFailure } = order
  if (policy === 'never') return { url: null, warning: null }
  try {
    const existing = await findComment(client, { pullNumber, markers: [marker] })
    if (existing === null && policy === 'on-failure' && !isFailure) return { url: null, warning: null }
    const figures = order.figures(existing === null ? {} : figuresIn(marker, existing.body))
    return {
      url: await writeComment(client, { pullNumber, existing, body: withMarker(marker, figures, body) }),
      warning: null,
    }
  } catch (error) {
    return { url: null, warning: commentWarning(error) }
  }
}

/** The summary: what the comment says, or only its first line where that would not fit. */
export function deliverSummary(markdown: string, verdict: Verdict, { summary, log }: DeliveryPorts): void {
  attempt('the summary was not written', log, () =>
    summary.write(log.redact(markdown), log.redact(renderTitle(verdict))),
  )
}

/**
 * Outputs, each set whatever happens to the others. Secrets were hidden where they are made: to hide them here could break a
 * word, a path or JSON.
 */
export function deliverOutputs(values: OutputValues, { setOutput, log }: DeliveryPorts): void {
  for (const [name, value] of Object.entries(values)) {
    attempt(`the output ${name} was not set`, log, () => setOutput(name as OutputName, value))
  }
}

/** What could not be delivered or read, at the end of the summary and in the log. */
export function deliverWarnings(warnings: readonly string[], { log, summary }: DeliveryPorts): void {
  for (const warning of warnings) log.warning(warning)
  if (warnings.length === 0) return
  const list = warnings.map((warning) => `- ⚠️ ${prose(log.redact(warning))}`).join('\n')
  attempt('the summary was not completed', log, () => summary.append(`**Not delivered, or not read**\n\n${list}`))
}

function attempt(what: string, log: ActionLog, deliver: () => void): void {
  try {
    deliver()
  } catch (error) {
    log.warning(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
