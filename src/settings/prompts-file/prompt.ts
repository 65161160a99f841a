import { asObject, asText } from '../../json.ts'
import type { Json } from '../../json.ts'

/** One prompt of a prompts file. */
export type FilePrompt = {
  /** Output tokens this prompt asks for; null: `output-tokens` says. */
  readonly maxTokens: number | null
} & Content

/** What one request sends. */
export type Content =
  | { readonly kind: 'prompt'; readonly text: string }
  | {
      readonly kind: 'messages'
      readonly messages: readonly Json[]
      /** What the model may call, where the file says it. */
      readonly tools?: readonly Json[]
    }
  /** What one request that generates nothing sends: one text or several; where there is a query, they are ranked by it. */
  | { readonly kind: 'input'; readonly texts: readonly string[]; readonly query?: string }

/** How long a prompt is, in characters; what is no text counts nothing. */
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
  if (!Array.isArray(content)) return asText(content)?.length ?? 0
  return content.reduce((sum: number, part: unknown) => sum + (asText(asObject(part)?.['text'])?.length ?? 0), 0)
}

/** What of a prompt only the chat APIs that follow OpenAI's take as the file has it; null where every API takes it. */
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

/** A prompt as a conversation of one message. */
export function toMessages(prompt: FilePrompt): FilePrompt {
  const { maxTokens } = prompt
  return prompt.kind === 'prompt'
    ? { kind: 'messages', messages: [{ role: 'user', content: prompt.text }], maxTokens }
    : prompt
}
