/** Answers with one result for each text that was sent: embeddings, documents ranked, pairs scored. */

import { generatesTokens, nameItem } from '../../vocabulary/load.ts'
import { pluralise } from '../../text.ts'
import type { Dialect, RequestSpec, Result } from '../api.ts'

/** What an answer must hold. */
export interface AskedResults {
  /** Texts that were sent. */
  readonly sent: number
  /** Results that were asked for, at most one each. */
  readonly wanted: number
  /** What each text is called. */
  readonly item: string
}

/** Members with which a user replaces the texts, or asks for fewer results. */
const TEXTS = ['input', 'documents', 'texts', 'text_2', 'items']
const MOST_RESULTS = ['top_n', 'top_k']

/** The results that a request asks for; null where it asks for tokens, or where `extra-body` sends other texts. */
export function countAskedResults({ task, extraBody }: Dialect, { prompts }: RequestSpec): AskedResults | null {
  if (generatesTokens(task) || TEXTS.some((name) => extraBody[name] !== undefined)) return null
  const sent = prompts.length
  const most = MOST_RESULTS.map((name) => extraBody[name]).find((top) => typeof top === 'number' && top > 0)
  return {
    sent,
    wanted: task === 'rerank' ? Math.min(sent, (most as number | undefined) ?? sent) : sent,
    item: nameItem(task),
  }
}

/** What is wrong with the results of an answer, as a phrase; null when each belongs to another text and has its figures. */
export function findResultFault(results: readonly Result[], { sent, wanted, item }: AskedResults): string | null {
  if (results.length !== wanted) {
    const asked = wanted === sent ? '' : `, ${wanted} of which were asked for`
    return `${pluralise(results.length, 'result')} for ${pluralise(sent, item)}${asked}`
  }
  const seen = new Set<number>()
  for (const [i, { index, isWhole }] of results.entries()) {
    if (!isWhole) return `result ${i + 1} of ${results.length} has no figure`
    if (index === null || index >= sent) return `result ${i + 1} of ${results.length} is of no ${item} that was sent`
    if (seen.has(index)) return `two results are of ${item} ${index}`
    seen.add(index)
  }
  return null
}
