import { asObject, asText } from '../../json.ts'
import type { Json } from '../../json.ts'
import { pluralise } from '../../text.ts'
import { needsQuery } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'

/** One prompt of a prompts file. */
export type FilePrompt = {
  /** Output tokens this prompt asks for; null: `output-tokens` says. */
  readonly maxTokens: number | null
} & Content

/** What one request sends. */
export type Content =
  | { readonly kind: 'prompt'; readonly text: string; readonly later?: LaterTurns }
  | {
      readonly kind: 'messages'
      readonly messages: readonly Json[]
      readonly later?: LaterTurns
      /** The tools that the model may call, where the file has some. */
      readonly tools?: readonly Json[]
    }
  /** What one request that generates nothing sends: one text or several; where there is a query, they are ranked by it. */
  | { readonly kind: 'input'; readonly texts: readonly string[]; readonly query?: string }

/** The user's later turns, where the file has some: only conversations send them. */
type LaterTurns = readonly string[]

/** The prompt alone, for a request that stands alone. */
export function removeLaterTurns(prompt: FilePrompt): FilePrompt {
  if (prompt.kind === 'input' || prompt.later === undefined) return prompt
  const { later: _, ...alone } = prompt
  return alone
}

/** What the user says in a conversation, turn by turn; the answers between are the measured model's own. */
export function listQuestions(prompt: FilePrompt): readonly string[] {
  if (prompt.kind === 'input') return prompt.texts
  const first = prompt.kind === 'prompt' ? [prompt.text] : listSaid(prompt.messages, ['user'])
  return [...first, ...(prompt.later ?? [])]
}

/** The words of the system before a conversation; null where there are none. */
export function readSystem(prompt: FilePrompt): string | null {
  const said = prompt.kind === 'messages' ? listSaid(prompt.messages, ['system', 'developer']) : []
  return said.length === 0 ? null : said.join('\n\n')
}

function listSaid(messages: readonly Json[], roles: readonly unknown[]): string[] {
  return messages
    .filter(({ role }) => roles.includes(role))
    .map(({ content }) => listTexts(content).join(''))
    .filter((text) => text.trim() !== '')
}

/** How long a prompt is, in characters; only text counts. */
export function measurePrompt(prompt: Content): number {
  switch (prompt.kind) {
    case 'prompt':
      return prompt.text.length
    case 'input':
      return prompt.texts.reduce((sum, text) => sum + text.length, prompt.query?.length ?? 0)
    case 'messages':
      return prompt.messages.reduce((sum, { content }) => sum + measureContent(content), 0)
  }
}

function measureContent(content: unknown): number {
  return listTexts(content).reduce((sum, text) => sum + text.length, 0)
}

/** The texts of a content, which is one or a list of parts. */
function listTexts(content: unknown): string[] {
  const parts = Array.isArray(content) ? content.map((part: unknown) => asObject(part)?.['text']) : [content]
  return parts.flatMap((part) => asText(part) ?? [])
}

/** The part of a prompt that only APIs like OpenAI's chat take in the form of the file; null where every API takes all of it. */
export function findOpenAiPart(prompt: Content): 'images' | 'tools' | null {
  if (prompt.kind !== 'messages') return null
  const { messages, tools } = prompt
  if (tools !== undefined || messages.some((message) => message['tool_calls'] != null || message['role'] === 'tool'))
    return 'tools'
  const hasMedia = ({ content }: Json): boolean =>
    Array.isArray(content) && content.some((part: unknown) => !isTextPart(part))
  return messages.some(hasMedia) ? 'images' : null
}

function isTextPart(part: unknown): boolean {
  return asText(asObject(part)?.['text']) !== null
}

/** Where the prompts are to be sent, as far as it is known. */
interface Receiver {
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
  if (kind === 'input' && !hasQuery && task !== null && task !== 'embeddings')
    return `has "input", which is for embeddings; use "prompt"${task === 'chat' ? ' or "messages"' : ''}`
  if (api === null || api.isOpenAiLike === true) return null
  const parts = prompts.map(findOpenAiPart).filter((part) => part !== null)
  const [part] = parts
  return part === undefined
    ? null
    : `has ${part} in ${pluralise(parts.length, 'prompt')}, in the form of OpenAI's chat API, which ${api.name} does not take; leave them out, or measure an API that does (openai-chat)`
}

/** A prompt as a conversation of one message. */
export function toMessages(prompt: FilePrompt): FilePrompt {
  if (prompt.kind !== 'prompt') return prompt
  const { text, ...rest } = prompt
  return { ...rest, kind: 'messages', messages: [{ role: 'user', content: text }] }
}
