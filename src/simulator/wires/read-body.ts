import { asArray, asObject, asText, parseJson } from '../../json.ts'
import type { Task } from '../../vocabulary/load.ts'
import { Refused, type Body, type Fields, type Kind, type Kinds, type ModelRequest } from './wire.ts'

/** Common functions that read request bodies. All throw `Refused`. */

/** Tokens of an answer by default. */
export const DEFAULT_MAX_TOKENS = 256

/** The parsed body. */
export function parseBody(text: string): Body {
  const json = parseJson(text)
  if (json === undefined) throw new Refused('Bad request: the body is not JSON')
  const body = asObject(json)
  if (body === null) throw new Refused('Bad request: the body must be a JSON object')
  return body
}

/** Completes a request with the defaults of what most requests do not set. */
export function completeRequest(
  asked: Pick<ModelRequest, 'task' | 'stream' | 'texts' | 'maxTokens' | 'answer'> & Partial<ModelRequest>,
): ModelRequest {
  return {
    model: null,
    images: [],
    minTokens: 0,
    ignoreEos: false,
    usesCache: true,
    cacheSalt: '',
    reasons: false,
    ...asked,
  }
}

/** The model that a body names. */
export function readModel(body: Body): string | null {
  return asText(body['model'])
}

/** A number of tokens, or null when it is not given. */
export function readTokens(body: Body, field: string, min = 1): number | null {
  const value = body[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Number.isInteger(value) && value >= min) return value
  throw new Refused(`${field} must be a whole number of at least ${min}`)
}

/** The texts of a list of messages, joined; `field` is the list, `parts` the member with their content. */
export function readMessages(body: Body, field = 'messages', parts = 'content'): string {
  const messages = body[field]
  if (!Array.isArray(messages) || messages.length === 0) throw new Refused(`${field} must be a list that is not empty`)
  return messages.map((message) => readContent(asObject(message)?.[parts])).join('\n')
}

/** The text of a content: a string, or a list of parts. */
export function readContent(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw new Refused('every message must have a content')
  return content.map((part: unknown) => asText(asObject(part)?.['text']) ?? '').join('\n')
}

/** The parts of the contents of a list of messages; `parts` is the member with their content. */
export function listParts(messages: unknown, parts = 'content'): readonly Body[] {
  const contents = (asArray(messages) ?? []).flatMap((message) => asArray(asObject(message)?.[parts]) ?? [])
  return contents.map(asObject).filter((part) => part !== null)
}

/** The images of messages, each in a part with a URL, which must hold the image itself. */
export function readImageUrls(messages: unknown): readonly string[] {
  return listParts(messages).flatMap(({ image_url: given }) => {
    if (given === undefined) return []
    const url = asText(given) ?? asText(asObject(given)?.['url']) ?? ''
    const at = /^data:image\/[a-z]+;base64,/.exec(url)?.[0].length
    if (at === undefined)
      throw new Refused('image_url must be a data URL with an image; nothing is fetched from elsewhere')
    return [url.slice(at)]
  })
}

/** One text or a list of texts; each token number becomes one word, so that counts stay the same. */
export function readTexts(body: Body, field: string): readonly string[] {
  const value = body[field]
  const texts = Array.isArray(value) && !isTokens(value) ? value.map(readPromptText) : [readPromptText(value)]
  if (texts.length === 0 || texts.includes(null)) throw new Refused(`${field} must be a text or a list of texts`)
  return texts as string[]
}

function readPromptText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Array.isArray(value) && isTokens(value) ? value.join(' ') : null
}

function isTokens(value: readonly unknown[]): boolean {
  return value.length > 0 && value.every((item) => typeof item === 'number')
}

/** The task of a body of an OpenAI-like API. */
export function readTask(body: Body): Task {
  if ('messages' in body) return 'chat'
  if ('prompt' in body) return 'completions'
  if ('input' in body) return 'embeddings'
  throw new Refused('Bad request: one of messages, prompt or input is required')
}

/** The first problem of a body; `expected` is null for an unknown field. */
interface FieldProblem {
  /** Path with dots: `messages.0.content`. */
  readonly path: string
  readonly expected: string | null
}

/** Declares fields of one kind; the names are separated by spaces. */
export function listFields(kinds: Kinds, names: string): Fields {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, kinds]))
}

/** Finds a field that is not among `fields`, or has a wrong value. */
export function findFieldProblem(
  body: Readonly<Record<string, unknown>>,
  fields: Fields,
  path = '',
): FieldProblem | null {
  for (const [name, value] of Object.entries(body)) {
    const problem = findValueProblem(value, Object.hasOwn(fields, name) ? fields[name]! : null, `${path}${name}`)
    if (problem !== null) return problem
  }
  return null
}

function findValueProblem(value: unknown, field: Fields[string] | null, path: string): FieldProblem | null {
  if (field === null) return { path, expected: null }
  if (value === null) return null
  if (typeof field === 'string') {
    const kinds = field.split('|') as Kind[]
    return kinds.some((kind) => TESTS[kind](value)) ? null : { path, expected: kinds.map((k) => NAMES[k]).join(' or ') }
  }
  if (isListOf(field)) {
    if (!Array.isArray(value)) return { path, expected: NAMES.list }
    return firstOf(value, (item, i) => findValueProblem(item, field[0], `${path}.${i}`))
  }
  const object = asObject(value)
  return object === null ? { path, expected: NAMES.object } : findFieldProblem(object, field, `${path}.`)
}

function isListOf(field: Fields | readonly [Fields]): field is readonly [Fields] {
  return Array.isArray(field)
}

function firstOf(
  items: readonly unknown[],
  find: (item: unknown, i: number) => FieldProblem | null,
): FieldProblem | null {
  for (const [i, item] of items.entries()) {
    const problem = find(item, i)
    if (problem !== null) return problem
  }
  return null
}

const TESTS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  whole: (value) => Number.isInteger(value),
  flag: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  object: (value) => asObject(value) !== null,
  any: () => true,
}

const NAMES: Readonly<Record<Kind, string>> = {
  text: 'a string',
  number: 'a number',
  whole: 'an integer',
  flag: 'a boolean',
  list: 'an array',
  object: 'an object',
  any: 'anything',
}
