import { EMPTY_DELTA, type Delta } from './api.ts'
import { asObject, asText } from '../json.ts'

/**
 * What an unknown member of a delta is, by its name. Reasoning has many: `reasoning`, `reasoning_content`,
 * `reasoning_text` (GitHub Copilot), `reasoning_details` (OpenRouter), `reasoning_summary`, `thinking`,
 * `thinking_content`, `thinking_blocks` (LiteLLM), `thought`, `thoughts`, `inner_thought`, `internal_thoughts`,
 * `x_gpt_thinking`, `inner_monologue`, `analysis`, and a new one every few months. Null: unknown.
 */
export function classifyMember(name: string): 'reasoning' | 'concealed' | 'no-output' | null {
  const isReasoning = NAMES_REASONING.test(name)
  if (isReasoning && CONCEALS_REASONING.test(name)) return 'concealed'
  if (SAYS_ABOUT.test(name) || (!isReasoning && NO_OUTPUT.has(name))) return 'no-output'
  return isReasoning ? 'reasoning' : null
}

const NAMES_REASONING = /reasoning|thinking|thought|monologue|scratchpad|^(analysis|rationale|cot|think)$/i
/** Names of encrypted or hidden reasoning. */
const CONCEALS_REASONING = /signature|opaque|encrypted|redacted/i
/** Endings of names that describe the output and do not hold any. */
const SAYS_ABOUT =
  /_(id|type|effort|status|format|title|tokens|time|duration|index|finished|done|at|timestamp|version|fingerprint|name|role)$/i

/** Members of a delta that describe the output and do not hold any. */
const NO_OUTPUT: ReadonlySet<string> = new Set(
  'role name id index type object status model channel recipient phase signature finish_reason stop_reason tool_call_id format title annotations citations context obfuscation created timestamp version fingerprint metadata provider usage logprobs timings flags safety moderation content_filter_results'.split(
    ' ',
  ),
)

/** Depth to which parts within parts are read. */
const DEEPEST = 8

/**
 * Counts the characters of a text, a part or a list of parts, but not those of ciphertexts and signatures. Several
 * members of a part hold the same text.
 */
export function measureText(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + measureText(part, depth + 1), 0)
  const part = value as Readonly<Record<string, unknown>>
  return Math.max(...TEXT_MEMBERS.map((name) => (part[name] === undefined ? 0 : measureText(part[name], depth + 1))))
}

const TEXT_MEMBERS = ['text', 'summary', 'thinking', 'reasoning', 'content', 'refusal'] as const

/** Whether an unknown member holds a text anywhere, except in members that only describe the output. */
export function holdsText(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value !== ''
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return false
  if (Array.isArray(value)) return value.some((part) => holdsText(part, depth + 1))
  return Object.entries(value).some(([name, part]) => {
    const kind = classifyMember(name)
    return kind !== 'no-output' && kind !== 'concealed' && holdsText(part, depth + 1)
  })
}

/** Whether a member that describes the output holds reasoning nevertheless, as the `metadata` of agents may. */
export function holdsReasoning(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return false
  return Object.entries(value).some(([name, part]) => {
    const kind = classifyMember(name)
    return (kind === 'reasoning' && holdsText(part)) || (kind !== 'concealed' && holdsReasoning(part, depth + 1))
  })
}

/** Whether a part or a list of parts holds hidden reasoning: its ciphertext or signature. */
export function holdsCiphertext(value: unknown, depth = 0): boolean {
  if (depth === DEEPEST) return false
  if (Array.isArray(value)) return value.some((part) => holdsCiphertext(part, depth + 1))
  const part = asObject(value)
  if (part === null) return false
  return CIPHER_MEMBERS.some((name) => asText(part[name]) !== null) || holdsCiphertext(part['summary'], depth + 1)
}

const CIPHER_MEMBERS = ['signature', 'data', 'encrypted_content'] as const

/**
 * What a delta carries in members that its API does not define: reasoning under another name, or a text that we do
 * not read. Only for a delta that carries nothing else; `known` are the members of the API.
 */
export function readUnknownMembers(delta: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): Delta {
  let unread: string | null = null
  let concealed = false
  for (const name of Object.keys(delta)) {
    const value = delta[name]
    if (!value || known.has(name)) continue
    const kind = classifyMember(name)
    const characters = kind === 'reasoning' ? measureText(value) : 0
    if (characters > 0) return { ...EMPTY_DELTA, reasoning: true, characters }
    if (kind === 'concealed' || (kind === 'reasoning' && holdsCiphertext(value))) concealed = true
    else if (kind === 'no-output' ? holdsReasoning(value) : holdsText(value)) unread ??= name
  }
  if (unread === null && !concealed) return EMPTY_DELTA
  return { ...EMPTY_DELTA, concealed, ...(unread !== null && { unread }) }
}
