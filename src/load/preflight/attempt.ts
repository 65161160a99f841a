import type { RequestSpec } from '../../protocol/api.ts'
import type { Settings } from '../../settings.ts'
import { findTrouble } from '../../vocabulary/connection-troubles.ts'
import { complaintOf, hasOnlyReasoning } from '../explain.ts'
import type { Exchange } from '../ports.ts'
import { refusesKey } from '../fatal-refusal.ts'
import { sendEach } from '../transport/target.ts'
import type { OpenTransport, Target } from '../transport/target.ts'

/** What an attempt needs from outside. */
export interface AttemptPorts {
  readonly openTransport: OpenTransport
  readonly nonce: () => string
  readonly signal: AbortSignal
}

/** One way to speak to the endpoint, and its answer. */
export interface Attempted {
  readonly ok: boolean
  readonly target: Target
  readonly exchange: Exchange
}

const PROBE_TOKENS = 8
const WAITABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504, 529])
/** Statuses that refuse this API, this task or these fields. */
const MISMATCH_STATUS = new Set([400, 404, 405, 415, 422, 501])

/** Tries each way to speak to the endpoint until one succeeds, or one fails for a reason that is not the API. */
export async function tryCandidates(
  settings: Settings,
  targets: readonly Target[],
  ports: AttemptPorts,
): Promise<Attempted> {
  let first: Attempted | null = null
  for (const way of targets) {
    for (const target of listForms(way)) {
      const [exchange] = await sendEach(settings, target, [buildProbe(ports.nonce())], ports)
      const attempt = { ok: isAnswered(exchange!), target, exchange: exchange! }
      if (attempt.ok) return attempt
      first ??= attempt
      if (!isMismatch(exchange!)) return first === attempt || isWaitable(exchange!) ? attempt : first
      // No other path will know a missing model.
      if (/^(model|no-model)$/.test(complaintOf(exchange!)?.about ?? '')) return first
      if (!OTHER_FORM.test(exchange!.failureMessage ?? '')) break
    }
  }
  return first!
}

/** The smallest useful request. */
export function buildProbe(nonce: string): RequestSpec {
  return { prompts: ['Write a few words.'], outputTokens: PROBE_TOKENS, nonce }
}

/** How a sentence begins that is about one part of a mix; not at all where there is none. */
export function namePart(part: string | null): string {
  return part === null ? '' : `${part}, a part of the mix: `
}

/** Whether a small request succeeded. With hidden reasoning no visible token may be left: full-length answers decide. */
export function isAnswered(exchange: Exchange): boolean {
  return !exchange.cancelled && (exchange.failure === null || hasOnlyReasoning(exchange))
}

/** Whether the server says that the request does not fit it. An unreadable 200 does not count: the path exists. */
export function isMismatch(exchange: Exchange): boolean {
  return (
    exchange.trouble === null &&
    exchange.status !== null &&
    MISMATCH_STATUS.has(exchange.status) &&
    !refusesKey(exchange) &&
    complaintOf(exchange)?.about !== 'loading'
  )
}

/** Whether the same request may succeed later. */
export function isWaitable(exchange: Exchange): boolean {
  const { failure, status, trouble } = exchange
  if (trouble !== null) return findTrouble(trouble.name).passes === true
  // Ports of closed connections become free after a minute or two.
  if (failure === 'client_ports') return true
  if (refusesKey(exchange)) return false
  if (complaintOf(exchange)?.about === 'loading') return true
  // Some servers answer 200 with an error where others answer 404.
  if (failure === 'error_event') return complaintOf(exchange) === null
  if (failure === 'incomplete' || failure?.startsWith('timeout_') === true) return true
  return status !== null && WAITABLE_STATUS.has(status)
}

/** Members whose name in a refusal says that another form is wanted. */
const OTHER_FORM =
  /max_completion_tokens|max_tokens|\b(query|documents|texts|passages|items|text_[12]|label_token_ids)\b/

/** What else documents are called. */
const OTHER_NAMES = { rerank: ['texts', 'passages'], score: ['items'] } as const

/**
 * The same request in other words: newer OpenAI models refuse `max_tokens`, which every other OpenAI-like server knows,
 * and text-embeddings-inference wants `texts` to rank, NIM `passages`, SGLang `items` to score.
 */
function listForms(target: Target): Target[] {
  const { api, dialect } = target
  if (dialect.task === 'rerank' || dialect.task === 'score')
    return [
      target,
      ...OTHER_NAMES[dialect.task].map((documentsField) => ({ ...target, dialect: { ...dialect, documentsField } })),
    ]
  if (dialect.task !== 'chat' || api.isOpenAiLike !== true) return [target]
  return [target, { ...target, dialect: { ...dialect, lengthField: 'max_completion_tokens' } }]
}
