import { EMPTY_DELTA, type Delta } from './api.ts'
import { asObject, asText } from '../json.ts'

/**
 * What a member of a delta is, by its name, where the API does not say: reasoning has many names. `reasoning`, `reasoning_content`,
 * `reasoning_text` (GitHub Copilot), `reasoning_details` (OpenRouter), `reasoning_summary`, `thinking`, `thinking_content`,
 * `thinking_blocks` (LiteLLM), `thought`, `thoughts`, `inner_thought`, `internal_thoughts`, `x_gpt_thinking`, `inner_monologue`, `analysis`, and a new
 * one every few months. Null: nobody knows what it is.
 */
export function classifyMember(name: string): 'reasoning' | 'concealed' | 'no-output' | null {
  const isReasoning = NAMES_REASONING.test(name)
  if (isReasoning && CONCEALS_REASONING.test(name)) return 'concealed'
  if (SAYS_ABOUT.test(name) || (!isReasoning && NO_OUTPUT.has(name))) return 'no-output'
  return isReasoning ? 'reasoning' : null
}

const NAMES_REASONING = /reasoning|thinking|thought|monologue|scratchpad|^(analysis|rationale|cot|think)$/i
/** Reasoning that nobody can read. */
const CONCEALS_REASONING = /signature|opaque|encrypted|redacted/i
/** What is said about the output, and is none of it. */
const SAYS_ABOUT =
  /_(id|type|effort|status|format|title|tokens|time|duration|index|finished|done|at|timestamp|version|fingerprint|name|role)$/i

/** Members of a delta that say something about the output and are none of it. */
const NO_OUTPUT: ReadonlySet<string> = new Set(
  'role name id index type object status model channel recipient phase signature finish_reason stop_reason tool_call_id format title annotations citations context obfuscation created timestamp version fingerprint metadata provider usage logprobs timings flags safety moderation content_filter_results'.split(
    ' ',
  ),
)

/** Parts in parts in parts: as deep as anybody nests them. */
const DEEPEST = 8

/**
 * How many characters there are in a text, a list of parts or a part; none in the ciphertext or signature of hidden reasoning. What
 * stands in several members of a part is the same text.
 */
export function measureText(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + measureText(part, depth + 1), 0)
  const part = value as Readonly<Record<string, unknown>>
  return Math.max(...TEXT_MEMBERS.map((name) => (part[name] === undefined ? 0 : measureText(part[name], depth + 1))))
}

const TEXT_MEMBERS = ['text', 'summary', 'thinking', 'reasoning', 'content', 'refusal'] as const

/** Whether there is a text anywhere in what a member holds that nobody knows, but not in what only says something about the output. */
export function holdsText(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value !== ''
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return false
  if (Array.isArray(value)) return value.some((part) => holdsText(part, depth + 1))
  return Object.entries(value).some(([name, part]) => {
    const kind = classifyMember(name)
    return kind !== 'no-output' && kind !== 'concealed' && holdsText(part, depth + 1)
  })
}

/** Whether something that is only said about the output holds reasoning all the same, as the `metadata` of agents may. */
export function holdsReasoning(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return false
  return Object.entries(value).some(([name, part]) => {
    const kind = classifyMember(name)
    return (kind === 'reasoning' && holdsText(part)) || (kind !== 'concealed' && holdsReasoning(part, depth + 1))
  })
}

/** Whether a list of parts or a part has reasoning in it that nobody can read: its ciphertext, or the signature of it. */
export function holdsCiphertext(value: unknown, depth = 0): boolean {
  if (depth === DEEPEST) return false
  if (Array.isArray(value)) return value.some((part) => holdsCiphertext(part, depth + 1))
  const part = asObject(value)
  if (part === null) return false
  return CIPHER_MEMBERS.some((name) => asText(part[name]) !== null) || holdsCiphertext(part['summary'], depth + 1)
}

const CIPHER_MEMBERS = ['signature', 'data', 'encrypted_content'] as const

/**
 * What a delta says in members that its API does not have: reasoning under another name, or a text that nobody reads. To be asked
 * only of a delta that carries nothing else; `known` are the members that the API has.
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
