import type { Finding } from '../../metrics/findings.ts'
import type { RequestSpec } from '../../protocol/api.ts'
import { findBursts } from '../../protocol/answer/token-times.ts'
import { explainUnread } from '../../protocol/answer/foreign-answer.ts'
import { partOf, pluralise } from '../../text.ts'
import type { Plan } from '../../plan/plan.ts'
import { readGateway } from '../../protocol/answer-headers.ts'
import type { Exchange } from '../ports.ts'

/** What preflight's full-length answers show, each alone on the server. */
interface AnswerChecks {
  /** Most of them arrived all at once. */
  readonly buffered: boolean
  /** The encoding of the answers; null when they had none. */
  readonly compressed: string | null
  /** Events of no known kind, over all answers. */
  readonly unknownEvents: number
  /** A gateway in front of the server, where headers name it; else null. */
  readonly gateway: string | null
  /** Findings for the report that no level will show better. */
  readonly findings: readonly Finding[]
  /** Warnings of what the levels will show, before their time is spent. */
  readonly hints: readonly string[]
}

/** More unknown events than this share of token events are more than occasional pings. */
const MOST_UNKNOWN = 0.1

/**
 * Judges the full-length answers, and `repeated`, the answer to a repeated prompt (null: none). `accepts` is the
 * encoding asked for. Arrival times are scratch memory: those of the last answer and of `repeated` must still be
 * intact.
 */
export function checkAnswers(
  answers: readonly Exchange[],
  specs: readonly RequestSpec[],
  repeated: Exchange | null,
  accepts = 'identity',
): AnswerChecks {
  const buffered = answers.filter((answer) => answer.buffered).length > answers.length / 2
  const traits = [...answers, ...(repeated === null ? [] : [repeated])].map(({ headers }) => readGateway(headers ?? {}))
  const encoding = answers.at(-1)!.headers?.['content-encoding'] ?? 'identity'
  const compressed = encoding === 'identity' ? null : encoding
  const unknownEvents = answers.reduce((sum, answer) => sum + answer.unknownEvents, 0)
  const late = !buffered && answers.every(isLate)
  const burst = findBurst(answers.at(-1)!, repeated)
  return {
    buffered,
    compressed,
    unknownEvents,
    gateway: traits.find((one) => one?.name != null)?.name ?? null,
    findings: [
      ...burst,
      ...findCompression(compressed, accepts),
      ...findUnknown(answers, unknownEvents),
      ...findHiddenReasoning(answers),
      ...findWrongLength(answers, specs),
    ],
    hints: [
      ...(buffered ? ['answers arrive all at once: TTFT and TPOT will not be measurable'] : []),
      ...(late && burst.length === 0
        ? ['the first token comes when nearly all of the time is over: something in front of the server may buffer']
        : []),
      ...burst.map(({ message }) => message),
      ...hintShortAnswers(answers, specs),
      ...hintGateway(traits.slice(0, answers.length), traits[answers.length] ?? null),
    ],
  }
}

/**
 * Whether the first token came suspiciously late: a single request does not queue, and prefill rarely takes nine
 * tenths of an answer this long.
 */
function isLate({ startAt, firstTokenAt, lastTokenAt, tokenEvents }: Exchange): boolean {
  if (firstTokenAt === null || lastTokenAt === null || tokenEvents < 16) return false
  return firstTokenAt - startAt > 0.9 * (lastTokenAt - startAt)
}

/** Bursts must show in both answers, because a pause of the client looks like one. */
function findBurst(answer: Exchange, again: Exchange | null): Finding[] {
  const bursts = answer.buffered ? null : findBursts(answer.tokenAt, answer.bodyBytes)
  if (bursts === null) return []
  if (again !== null && again.failure === null && findBursts(again.tokenAt, again.bodyBytes) === null) return []
  const { events, count, kib, everyMs } = bursts
  const arriving = `tokens arrive in ${count} bursts of about ${events} events`
  return everyMs !== null
    ? [
        {
          code: 'held-back',
          message: `${arriving}, one every ${everyMs} ms: something holds them back for a fixed time.`,
        },
      ]
    : [{ code: 'bursts', message: `${arriving}: something buffers about ${kib} KiB at a time.` }]
}

function findCompression(encoding: string | null, accepts: string): Finding[] {
  if (encoding === null) return []
  const why = accepts === 'identity' ? ' although identity was asked for' : ', as `headers` ask for'
  return [{ code: 'compressed', message: `answers come as ${encoding}${why}.` }]
}

function findUnknown(answers: readonly Exchange[], unknown: number): Finding[] {
  const tokens = answers.reduce((sum, { tokenEvents }) => sum + tokenEvents, 0)
  if (unknown <= MOST_UNKNOWN * tokens) return []
  const member = answers.find(({ unreadMember }) => unreadMember !== null)?.unreadMember ?? null
  return [
    {
      code: 'unknown-events',
      message: `${pluralise(answers.length, 'answer has', 'answers have')} ${pluralise(unknown, 'event')} of no known kind beside ${tokens} that carry tokens${explainUnread(member)}.`,
    },
  ]
}

function findHiddenReasoning(answers: readonly Exchange[]): Finding[] {
  const hidden = answers.filter(({ hiddenReasoning }) => hiddenReasoning).length
  if (hidden === 0) return []
  return [
    {
      code: 'hidden-reasoning',
      message: `${partOf(hidden, answers.length, 'answer', 'counts', 'count')} reasoning tokens that the stream does not show.`,
    },
  ]
}

function findWrongLength(answers: readonly Exchange[], specs: readonly RequestSpec[]): Finding[] {
  const over = answers.findIndex(({ outputTokens }, i) => outputTokens > specs[i]!.outputTokens * 1.05 + 1)
  if (over < 0) return []
  const message = `asked for ${specs[over]!.outputTokens} output tokens, got ${answers[over]!.outputTokens}.`
  return [{ code: 'output-length-ignored', message }]
}

function hintShortAnswers(answers: readonly Exchange[], specs: readonly RequestSpec[]): string[] {
  const short = answers.filter(
    ({ outputTokens }, i) => outputTokens > 0 && outputTokens < 0.95 * specs[i]!.outputTokens,
  )
  if (short.length < answers.length) return []
  return [`answers are shorter than asked for (${short[0]!.outputTokens} of ${specs[0]!.outputTokens} tokens)`]
}

type Traits = ReturnType<typeof readGateway>

function hintGateway(fresh: readonly Traits[], repeated: Traits): string[] {
  const name = [...fresh, repeated].find((one) => one?.name != null)?.name ?? 'a gateway or cache'
  const hints: string[] = []
  if (fresh.some((one) => one?.cached === true)) {
    hints.push(`${name} answers new prompts from its cache: the model would not be measured; switch the cache off`)
  } else if (repeated?.cached === true) {
    hints.push(`${name} answers a repeated prompt from its cache; the run's own prompts are all different`)
  }
  if (fresh.some((one) => one?.fellBack === true)) hints.push(`${name} falls back to another model or deployment`)
  if (fresh.some((one) => one?.retried === true))
    hints.push(`${name} repeats requests that fail, and so hides failures`)
  return hints
}

/** The headers of an answer that are about rate limits. */
export function pickRateLimitHeaders({ headers }: Exchange): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => /^(x-|anthropic-)?ratelimit/.test(name)))
}

/** Findings where one side's share of the plan exceeds the server's rate limits, a minute, by these headers. */
export function findLowRateLimits(
  rateLimit: Readonly<Record<string, string>>,
  { expected, sides }: Pick<Plan, 'expected' | 'sides'>,
): Finding[] {
  const scaleToMinute = (total: number): number => (total * 60) / sides / Math.max(60, expected.seconds)
  const tokens = expected.inputTokens + expected.outputTokens
  const checks = [
    { header: 'x-ratelimit-limit-requests', needed: scaleToMinute(expected.requests), what: 'requests' },
    { header: 'anthropic-ratelimit-requests-limit', needed: scaleToMinute(expected.requests), what: 'requests' },
    { header: 'x-ratelimit-limit-tokens', needed: scaleToMinute(tokens), what: 'tokens' },
    { header: 'anthropic-ratelimit-tokens-limit', needed: scaleToMinute(tokens), what: 'tokens' },
  ]
  return checks.flatMap(({ header, needed, what }): Finding[] => {
    const allowed = Number(rateLimit[header])
    if (!(allowed > 0) || needed <= allowed) return []
    return [
      {
        code: 'rate-limit-too-low',
        message: `the endpoint allows ${allowed} ${what} (${header}), the plan needs about ${Math.round(needed)} a minute`,
      },
    ]
  })
}
