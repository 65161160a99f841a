import { asArray, asObject, asText } from '../../json.ts'
import type { Json } from '../../json.ts'
import type { Content } from './prompt.ts'

/** Why a prompt of the right form cannot be sent, in the words in which reports count such prompts. */
interface LeftOut {
  readonly leftOut: string
}

/** A prompt that was read, why there is none to send, or what is wrong with it: half a sentence that follows where it stands. */
export type ContentOrFault = Content | LeftOut | string

const NO_QUESTION: LeftOut = { leftOut: 'without a question' }
const EMPTY: LeftOut = { leftOut: 'with an empty prompt' }

/** One text; `name` is the member that holds it. Public data sets have empty texts, and null where there is none. */
export function readTextMember(value: unknown, name: string): ContentOrFault {
  if (isTokenIds(value)) return refuseTokenIds(name)
  if (value == null || (typeof value === 'string' && value.trim() === '')) return EMPTY
  const text = asText(value)
  return text === null ? `"${name}" must be a text${describeGiven(value)}` : { kind: 'prompt', text }
}

function isTokenIds(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isInteger)
}

function refuseTokenIds(name: string): string {
  return `"${name}" holds token ids, which mean a text only to one tokenizer and are not sent; write the text`
}

/** The texts of an embeddings request. */
function readInput(value: unknown): ContentOrFault {
  const text = asText(value)
  if (text !== null) return { kind: 'input', texts: [text] }
  if (isTokenIds(value)) return refuseTokenIds('input')
  const texts = (asArray(value) ?? []).map(asText).filter((entry) => entry !== null)
  return texts.length > 0 && texts.length === (value as unknown[]).length
    ? { kind: 'input', texts }
    : '"input" must be a text or a list of texts, none of them empty'
}

/** A query and the documents to rank by it, as rerank and score take them. */
export function readRanking(json: Json): ContentOrFault {
  const query = readTextMember(json['query'], 'query')
  if (typeof query === 'string' || !('kind' in query) || query.kind !== 'prompt') return query
  const name = Array.isArray(json['documents']) ? 'documents' : 'texts'
  const documents = (asArray(json[name]) ?? []).map((entry) => asText(entry) ?? asText(asObject(entry)?.['text']))
  return documents.length > 0 && documents.every((text) => text !== null)
    ? { kind: 'input', texts: documents, query: query.text }
    : `"${name}" must be a list of texts, or of objects with a "text", none of them empty`
}

/** Messages as the chat APIs take them, up to the last question: an answer at the end is what a model said to it. */
export function readMessages(value: unknown, tools: unknown = null, name = 'messages'): ContentOrFault {
  const all = asArray(value)
  const fault = `"${name}" must be a list of {"role", "content"} objects, at least one`
  if (all === null || all.length === 0) return fault
  const messages = all.map(asObject).filter((message) => message !== null && isMessage(message))
  if (messages.length < all.length) return fault
  if (!isNestedWithin(all, MOST_NESTED)) return `"${name}" is nested more than ${MOST_NESTED} deep`
  const last = messages.findLastIndex((message) => message!['role'] !== 'assistant')
  const asked = messages.slice(0, last + 1) as Json[]
  if (!asked.some(({ role }) => role === 'user')) return NO_QUESTION
  const list = (asArray(tools) ?? []).map(asObject).filter((tool) => tool !== null)
  return { kind: 'messages', messages: asked, ...(list.length > 0 && { tools: list }) }
}

/** Deeper than any message is nested; bounded because the code that counts and hashes messages recurses. */
const MOST_NESTED = 100

function isNestedWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isNestedWithin(inner, depth - 1))
}

function isMessage(message: Json): boolean {
  if (asText(message['role']) === null) return false
  const content = message['content']
  if (content == null) return message['tool_calls'] != null
  return typeof content === 'string' || (Array.isArray(content) && content.length > 0 && content.every(isPart))
}

function isPart(part: unknown): boolean {
  return asObject(part) !== null
}

const SPEAKERS = { asks: new Set(['human', 'user', 'prompter']), sets: new Set(['system']) }

/** The first question of a conversation, after the words of the system where it has some. Members are ShareGPT's, or those of messages. */
export function readConversation(value: unknown, name: string): ContentOrFault {
  const turns = asArray(value)?.map(asObject)
  if (turns === undefined || turns.includes(null)) return `"${name}" must be a list of {"from", "value"} objects`
  const said = turns.map((turn) => ({
    who: asText(turn!['from'] ?? turn!['role'] ?? turn!['user']) ?? '',
    what: asText(turn!['value'] ?? turn!['content'] ?? turn!['text'])?.trim() ?? '',
  }))
  const [question, ...others] = said.filter(({ who }) => SPEAKERS.asks.has(who))
  if (question === undefined) return NO_QUESTION
  if (question.what === '') return EMPTY
  const later = laterOf(others.map(({ what }) => what))
  const system = said.find(({ who, what }) => SPEAKERS.sets.has(who) && what !== '')
  if (system === undefined) return { kind: 'prompt', text: question.what, ...later }
  const messages = [
    { role: 'system', content: system.what },
    { role: 'user', content: question.what },
  ]
  return { kind: 'messages', messages, ...later }
}

/** Further turns of the user as a member of a prompt, without the empty ones. */
function laterOf(texts: readonly string[]): { readonly later?: readonly string[] } {
  const later = texts.filter((text) => text.trim() !== '')
  return later.length === 0 ? {} : { later }
}

/** Turns of a user, of which a request that stands alone sends the first; `read` reads one. */
export function readUserTurns(turns: readonly unknown[], read: (turn: unknown) => ContentOrFault): ContentOrFault {
  const [first, ...others] = turns.map(read)
  if (first === undefined || typeof first === 'string' || 'leftOut' in first || first.kind !== 'prompt')
    return first ?? EMPTY
  return { ...first, ...laterOf(others.map((one) => (typeof one !== 'string' && 'text' in one ? one.text : ''))) }
}

/** Members that say how many tokens to ask for, as APIs and benchmarks name them. */
export const LENGTHS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'output_tokens',
  'expected_output_len',
  'output_tokens_count',
  'output_length',
]

/** Whether a member holds nothing: tables have empty cells. */
export function isBlank(value: unknown): boolean {
  return value == null || value === ''
}

/** The output tokens that stand beside a prompt, null where none do; or what is wrong with them. */
export function readLength(json: Json): number | null | string {
  const given = LENGTHS.filter((name) => !isBlank(json[name]))
  if (given.length > 1) return `states the length twice, as "${given.join('" and "')}"`
  const [name] = given
  if (name === undefined) return null
  const value = json[name]
  // A cell of a table is a text.
  const tokens = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 1
    ? tokens
    : `"${name}" must be a whole number from 1${describeGiven(value)}`
}

/** What a member holds instead of what it must hold, as the end of a sentence, cut to a line. */
export function describeGiven(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return `, and is ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`
}

const KINDS = ['prompt', 'messages', 'input'] as const

/** Reads one of Plateau's own lines, which holds exactly one kind of prompt. */
export function readOwn(json: Json): ContentOrFault {
  const kinds = KINDS.filter((kind) => hasMember(json, kind))
  const [kind] = kinds
  if (kind === undefined)
    return `must have exactly one of "prompt", "messages" and "input", and has none of them but ${listNames(json)}; name the one that holds the prompt with prompts-column`
  if (kinds.length > 1)
    return `must have exactly one of "prompt", "messages" and "input", and has ${kinds.join(' and ')}; say with prompts-column which is sent`
  if (kind === 'messages') return readMessages(json['messages'], json['tools'])
  return kind === 'input' ? readInput(json['input']) : readTextMember(json['prompt'], 'prompt')
}

/** The body of a request to an API of OpenAI or Anthropic; `input` is of embeddings, or of the Responses API. */
export function readRequest(body: Json): ContentOrFault {
  const { input, system, instructions } = body
  const isConversation = Array.isArray(input) && input.some((message) => hasMember(asObject(message) ?? {}, 'role'))
  const messages = asArray(body['messages']) ?? (isConversation ? (input as unknown[]) : null)
  if (messages !== null) {
    const words = asText(system) ?? asText(instructions)
    return readMessages(words === null ? messages : [{ role: 'system', content: words }, ...messages], body['tools'])
  }
  if (hasMember(body, 'prompt')) return readTextMember(body['prompt'], 'prompt')
  if (hasMember(body, 'input')) return readInput(input)
  return `has none of "prompt", "messages" and "input", but ${listNames(body)}`
}

/** An instruction, and what it is about. */
export function readAlpaca(json: Json): ContentOrFault {
  const instruction = readTextMember(json['instruction'], 'instruction')
  const input = asText(json['input'] ?? json['context'])?.trim() ?? ''
  if (typeof instruction === 'string' || !('kind' in instruction) || instruction.kind !== 'prompt' || input === '')
    return instruction
  return { kind: 'prompt', text: `${instruction.text}\n\n${input}` }
}

/** One turn of AIPerf: a text, several, or named ones. */
export function readAiPerf(json: Json): ContentOrFault {
  if (hasMember(json, 'text')) return readTextMember(json['text'], 'text')
  const [first] = asArray(json['texts']) ?? []
  const contents = asArray(asObject(first)?.['contents'])
  return readTextMember(contents === null ? first : contents[0], 'texts')
}

/** The names of an object's members, for messages. */
export function listNames(json: Json): string {
  const names = Object.keys(json)
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)))
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`)
  return shown.length === 0 ? 'none' : shown.join(', ')
}

/** Whether an object has a member of this name. */
export function hasMember(json: Json, name: string): boolean {
  return Object.hasOwn(json, name)
}
