import type { OptionalField, RequestSpec } from '../api.ts'
import { asObject, asText } from '../../json.ts'

/** A message in the form of prompts files: `role` and `content`. */
export type Message = Readonly<Record<string, unknown>>

/** A conversation for APIs that take the system's words separately. */
interface Conversation {
  /** The system's words, null when it has none. */
  readonly system: string | null
  readonly messages: readonly Message[]
}

/** The members of a message with a text and images, as an API has them. */
export type PlaceImages = (text: string, images: readonly string[]) => Message

/** The messages of a request. */
export function messagesOf({ prompts, messages, images }: RequestSpec, place: PlaceImages): readonly Message[] {
  if (messages !== undefined) return messages
  const text = prompts[0] ?? ''
  return [{ role: 'user', ...(images === undefined ? { content: text } : place(text, images)) }]
}

/** A text and images as parts of a content, as OpenAI's chat and those who follow it have them. */
export const placeImageUrls: PlaceImages = (text, images) => ({
  content: [
    { type: 'text', text },
    ...images.map((image) => ({ type: 'image_url', image_url: { url: writeDataUrl(image) } })),
  ],
})

/** A URL that holds an image itself. */
export function writeDataUrl(image: string): string {
  return `data:image/png;base64,${image}`
}

/** The messages of a request, with the system's words apart. */
export function conversationOf(spec: RequestSpec, place: PlaceImages): Conversation {
  const all = messagesOf(spec, place)
  const system = all.filter(isSystem)
  if (system.length === 0) return { system: null, messages: all }
  return { system: system.map(readMessageText).join('\n\n'), messages: all.filter((message) => !isSystem(message)) }
}

/** The prompt of an API that takes one text: the messages of a prompts file are joined by a blank line. */
export function readPromptText({ prompts, messages }: RequestSpec): string {
  return messages === undefined ? (prompts[0] ?? '') : messages.map(readMessageText).join('\n\n')
}

/** The text of a message whose content is a text or a list of parts; '' where it has none. */
export function readMessageText({ content }: Message): string {
  if (!Array.isArray(content)) return asText(content) ?? ''
  return content.map((part: unknown) => asText(asObject(part)?.['text']) ?? '').join('')
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

/**
 * Adds the user's members to a body. Objects of the same name (`options`, `parameters`) are merged, so that an extra
 * option does not remove the output length.
 */
export function addExtraBody(
  body: Record<string, unknown>,
  extraBody: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = { ...body }
  for (const [name, value] of Object.entries(extraBody)) {
    const ours = asObject(body[name])
    const theirs = asObject(value)
    merged[name] = ours === null || theirs === null ? value : { ...ours, ...theirs }
  }
  return merged
}

/** Whether these optional fields force an answer's length. */
export function forcesLength(fields: Iterable<OptionalField>): boolean {
  return [...fields].some((field) => field === 'ignore_eos' || field === 'min_tokens')
}
