import type { SettingProblem } from '../../errors.ts'

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
  return { prompts, problems: listProblems(wrong) }
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
  const unknown = Object.keys(json).find((key) => key !== kind && key !== 'max_tokens')
  if (unknown !== undefined) {
    return `has the unknown member ${JSON.stringify(unknown.slice(0, 40))}; only "max_tokens" may stand beside "${kind}"`
  }
  const maxTokens = json['max_tokens'] ?? null
  if (maxTokens !== null && !(typeof maxTokens === 'number' && Number.isSafeInteger(maxTokens) && maxTokens >= 1)) {
    return '"max_tokens" must be a whole number from 1'
  }
  const content = parseContent(kind, json[kind])
  return typeof content === 'string' ? content : { ...content, maxTokens }
}

type Content = FilePrompt extends infer P ? (P extends FilePrompt ? Omit<P, 'maxTokens'> : never) : never

function parseContent(kind: FilePrompt['kind'], value: unknown): Content | string {
  switch (kind) {
    case 'prompt':
      return isText(value) ? { kind, text: value } : '"prompt" must be a text that is not empty'
    case 'messages':
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
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function listProblems(wrong: readonly string[]): SettingProblem[] {
  const shown = wrong.slice(0, MOST_PROBLEMS)
  if (wrong.length > shown.length) shown.push(`${wrong.length - shown.length} more lines are wrong`)
  return shown.map((message) => ({ setting: 'prompts-file', given: null, message }))
}
