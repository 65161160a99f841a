import { pluralise } from '../../text.ts'
import { needsQuery } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import { findOpenAiPart } from './prompt.ts'
import type { FilePrompt } from './prompt.ts'

/** Who is to be sent the prompts, as far as it is known. */
export interface Receiver {
  /** Null where it is not known yet. */
  readonly task: Task | null
  /** Null where it is not known yet. */
  readonly api: { readonly name: string; readonly isOpenAiLike?: boolean } | null
}

/** Why prompts of a file cannot be sent there, as half a sentence that follows `prompts-file`; null where they can. */
export function findMisfit(prompts: readonly FilePrompt[], { task, api }: Receiver): string | null {
  const [first] = prompts
  const kind = first?.kind
  const hasQuery = first?.kind === 'input' && first.query !== undefined
  if (task !== null && needsQuery(task) && !hasQuery)
    return `has no "documents" beside a "query", and ${task} takes nothing else; give lines such as {"query": "why?", "documents": ["one", "two"]}, or remove it: texts are generated then`
  if (hasQuery && task !== null && !needsQuery(task))
    return `has "documents" beside a "query", which are for rerank and score, not for ${task}; use ${task === 'embeddings' ? '"input"' : '"prompt"'}`
  if (kind === 'messages' && task !== null && task !== 'chat')
    return `has "messages", and ${task} takes none; use ${task === 'embeddings' ? '"input"' : '"prompt"'}`
  if (kind === 'input' && task !== null && task !== 'embeddings')
    return `has "input", which is for embeddings; use "prompt"${task === 'chat' ? ' or "messages"' : ''}`
  if (api === null || api.isOpenAiLike === true) return null
  const parts = prompts.map(findOpenAiPart).filter((part) => part !== null)
  const [part] = parts
  return part === undefined
    ? null
    : `has ${part} in ${pluralise(parts.length, 'prompt')}, in the form of OpenAI's chat API, which ${api.name} does not take; leave them out, or measure an API that does (openai-chat)`
}
