import type { RequestRecord } from '../../src/vocabulary/request-facts.ts'
import type { Expected } from './recorded.ts'
import { completeAt } from './pieces.ts'

/** What was found in an answer; times are milliseconds after its request. */
export type Found = Pick<
  RequestRecord,
  'outcome' | 'failure' | 'inputTokens' | 'outputTokens' | 'tokenSource' | 'ttftMs' | 'ttfoMs' | 'lastTokenMs'
>

/** What is wrong with it, in words; nothing is near enough. */
export function judge(found: Found, expected: Expected): string[] {
  if (expected.outcome === 'error') {
    return found.outcome === 'failed' ? [] : ['an error inside a 200 counted as ok']
  }
  if (found.outcome !== 'ok') return [`failed as ${found.failure}`]
  const wrong: string[] = []
  const compare = (name: string, got: unknown, right: unknown): void => {
    if (got !== right) wrong.push(`${name} ${String(got)}, right ${String(right)}`)
  }
  const isCounted = expected.n_out !== null && expected.n_out > 0
  const { text_chunks: text, reasoning_chunks: reasoning, tool_chunks: tool } = expected
  compare('outputTokens', found.outputTokens, isCounted ? expected.n_out : text + reasoning + tool)
  if (isCounted === (found.tokenSource === 'chunks')) wrong.push(`tokenSource ${found.tokenSource}`)
  if (expected.usage?.prompt != null) compare('inputTokens', found.inputTokens, expected.usage.prompt)
  compare('ttftMs', found.ttftMs, timeOf(expected.first_token))
  compare('ttfoMs', found.ttfoMs, timeOf(expected.first_text))
  compare('lastTokenMs', found.lastTokenMs, timeOf(expected.last_token))
  return wrong
}

function timeOf(event: number | null): number | null {
  return event === null ? null : completeAt(event)
}
