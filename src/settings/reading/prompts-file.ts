import { asObject, asText } from '../../json.ts'
import type { SettingProblem } from '../../errors.ts'
import { recognisePromptsFormat } from './prompts-format.ts'
import { pluralise } from '../../text.ts'

/** One line of a prompts file. */
export type FilePrompt = {
  /** Output tokens this prompt asks for; null: `output-tokens` says. */
  readonly maxTokens: number | null
} & (
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'messages'; readonly messages: readonly Readonly<Record<string, unknown>>[] }
  /** What one embeddings request sends: one text or several. */
  | { readonly kind: 'input'; readonly texts: readonly string[] }
)

/** More than this many bad lines of a file are counted, not listed. */
const MOST_PROBLEMS = 5

/** How many tokens to ask for, in the words of the APIs and of vLLM's benchmark. */
const LENGTHS = ['max_tokens', 'max_completion_tokens', 'output_tokens', 'expected_output_len']

/** What names a prompt or counts it, and changes nothing of the request. */
const LABELS: ReadonlySet<string> = new Set(
  'id uuid index name request_id question_id category source metadata prompt_tokens prompt_tokens_count prompt_len'.split(
    ' ',
  ),
)

/** Reads JSONL text; blank lines are skipped. Every bad line is a problem that names its number. */
export function parsePromptsFile(text: string): {
  readonly prompts: readonly FilePrompt[]
  readonly problems: readonly SettingProblem[]
} {
  const prompts: FilePrompt[] = []
  const wrong: string[] = []
  let firstKind: FilePrompt['kind'] | null = null
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const prompt = parseLine(line)
    if (typeof prompt === 'string') {
      wrong.push(`line ${index + 1}: ${prompt}`)
      continue
    }
    firstKind ??= prompt.kind
    if (prompt.kind === firstKind) prompts.push(prompt)
    else wrong.push(`line ${index + 1}: has "${prompt.kind}" after lines with "${firstKind}"; use one kind in a file`)
  }
  if (prompts.length === 0 && wrong.length === 0) wrong.push('has no prompts; put one JSON object on each line')
  const other = wrong.length === 0 ? null : recognisePromptsFormat(text)
  return { prompts, problems: listProblems(other === null ? wrong : [other]) }
}

/** One line read, or what is wrong with it. */
function parseLine(line: string): FilePrompt | string {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return 'is not JSON; each line must be one JSON object, for example {"prompt": "Why is the sky blue?"}'
  }
  if (!isObject(json)) return 'must be a JSON object, for example {"prompt": "Why is the sky blue?"}'
  const kinds = (['prompt', 'messages', 'input'] as const).filter((kind) => Object.hasOwn(json, kind))
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    return `must have exactly one of "prompt", "messages" and "input", and has ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`
  }
  const unknown = Object.keys(json).find((key) => key !== kind && !LENGTHS.includes(key) && !LABELS.has(key))
  if (unknown !== undefined) {
    return `has the unknown member ${JSON.stringify(unknown.slice(0, 40))}; take it out, or set it for all requests with \`extra-body\`: only "max_tokens" may stand beside "${kind}", and labels such as "id"`
  }
  const lengths = LENGTHS.filter((key) => json[key] != null)
  if (lengths.length > 1) return `says the length twice, as "${lengths.join('" and "')}"`
  const [length = 'max_tokens'] = lengths
  const maxTokens = json[length] ?? null
  if (maxTokens !== null && !(typeof maxTokens === 'number' && Number.isSafeInteger(maxTokens) && maxTokens >= 1)) {
    return `"${length}" must be a whole number from 1`
  }
  const content = parseContent(kind, json[kind])
  return typeof content === 'string' ? content : { ...content, maxTokens }
}

type Content = FilePrompt extends infer P ? (P extends FilePrompt ? Omit<P, 'maxTokens'> : never) : never

function parseContent(kind: FilePrompt['kind'], value: unknown): Content | string {
  switch (kind) {
    case 'prompt':
      if (Array.isArray(value) && value.every(Number.isInteger)) return '"prompt" holds token ids; write its text'
      return isText(value) ? { kind, text: value } : '"prompt" must be a text that is not empty'
    case 'messages':
      if (Array.isArray(value) && value.some((message) => isObject(message) && 'tool_calls' in message))
        return '"messages" holds tool calls, which are not sent; leave such a line out, or keep only its texts'
      return Array.isArray(value) && value.length > 0 && value.every(isMessage)
        ? { kind, messages: value }
        : '"messages" must be a list of {"role", "content"} objects, at least one'
    case 'input':
      if (isText(value)) return { kind, texts: [value] }
      return Array.isArray(value) && value.length > 0 && value.every(isText)
        ? { kind, texts: value }
        : '"input" must be a text or a list of texts, none of them empty'
  }
}

function isMessage(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value) || !isText(value['role'])) return false
  const content = value['content']
  return typeof content === 'string' || (Array.isArray(content) && content.length > 0 && content.every(isObject))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return asObject(value) !== null
}

function isText(value: unknown): value is string {
  return asText(value) !== null
}

function listProblems(wrong: readonly string[]): SettingProblem[] {
  const shown = wrong.slice(0, MOST_PROBLEMS)
  if (wrong.length > shown.length)
    shown.push(`${pluralise(wrong.length - shown.length, 'more line is', 'more lines are')} wrong`)
  return shown.map((message) => ({ setting: 'prompts-file', given: null, message }))
}
