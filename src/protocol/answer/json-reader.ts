import { generatesTokens, nameItem } from '../../vocabulary/load.ts'
import { pluralise } from '../../text.ts'
import { EMPTY_DELTA, NO_SERVER_TIMINGS } from '../api.ts'
import type { Delta, Dialect, RequestSpec, Result } from '../api.ts'
import { cutName, findNonNumber, parseJson } from '../../json.ts'
import { describeUnreadable } from '../refusal.ts'
import { ByteStore, removeReasoning, tagsReasoning } from './answer-so-far.ts'
import { describeForeignAnswer, explainUnread } from './foreign-answer.ts'
import type { Failure } from './foreign-answer.ts'
import type { AnswerFacts, AskedResults, ReaderOptions, ResponseReader } from './reader.ts'
import { believeCount, TokenCounter } from './token-count.ts'

/** No events, no counts at events. */
const NO_COUNTS = new Float64Array(0)

/** Longest answer, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * Reads one whole answer (embeddings, or text without streaming): parses it after its last byte, whose time gives the
 * latency.
 */
export function createJsonReader({ api, task, asked, askedResults, keepsText = false }: ReaderOptions): ResponseReader {
  const body = new ByteStore(MAX_ANSWER_BYTES)
  let lastByteAt: number | null = null
  let reads = 0
  let tooLong = false

  return {
    push(bytes, atMs, from = 0, to = bytes.length) {
      if (from === to) return tooLong
      if (atMs !== lastByteAt) reads++
      lastByteAt = atMs
      tooLong = !body.add(bytes.subarray(from, to))
      return tooLong
    },
    end() {
      const bytes = body.bytes()
      const text = tooLong ? '' : new TextDecoder().decode(bytes)
      const json = tooLong ? undefined : parseJson(text)
      const delta = json === undefined ? EMPTY_DELTA : api.read(json, '')
      const failure = findFailure(json, delta, bytes, text)
      return gatherFacts(delta, failure)
    },
    tokenEvents: 0,
    lastEventAt: NaN,
  }

  function findFailure(json: unknown, delta: Delta, bytes: Uint8Array, text: string): Failure | null {
    if (tooLong) return { failure: 'parse', failureMessage: `an answer of more than ${MAX_ANSWER_BYTES >> 20} MiB` }
    if (delta.error !== null) return { failure: 'error_event', failureMessage: delta.error }
    if (json === undefined && findNonNumber(text) !== null)
      return { failure: 'parse', failureMessage: describeUnreadable(text, 'a JSON answer') }
    if (json === undefined && startsJson(bytes))
      return { failure: 'incomplete', failureMessage: 'a JSON answer that was cut' }
    if (json === undefined && bytes.length === 0) return { failure: 'incomplete', failureMessage: 'an empty body' }
    if (json === undefined) return describeForeignAnswer(bytes.subarray(0, 65_536), 'a JSON answer')
    if (delta.unknown)
      return { failure: 'parse', failureMessage: `a JSON answer that is not in the format of ${api.name}` }
    if (delta.text || delta.reasoning || delta.tool) return findMissingResults(delta)
    const missing = generatesTokens(task) ? 'text' : task === 'embeddings' ? 'a single embedding' : 'a single score'
    const unread = explainUnread(delta.unread ? cutName(delta.unread) : null)
    return { failure: 'empty', failureMessage: `an answer without ${missing}${unread}` }
  }

  function findMissingResults({ results }: Delta): Failure | null {
    const fault = results === undefined || !askedResults ? null : findResultFault(results, askedResults)
    return fault === null ? null : { failure: 'parse', failureMessage: fault }
  }

  function gatherFacts(delta: Delta, failure: Failure | null): AnswerFacts {
    const counter = new TokenCounter()
    if (delta.usage !== null) counter.add(delta.usage)
    const stated = counter.totals()
    const characters = delta.characters ?? 0
    const { outputTokens, tokenSource, flaw, disbelieved } = believeCount({
      totals: stated,
      totalTokens: counter.totalTokens(),
      tokenEvents: 0,
      countAt: NO_COUNTS,
      characters,
      asked: asked ?? null,
    })
    return {
      ...stated,
      ...(delta.server ?? NO_SERVER_TIMINGS),
      firstEventAt: failure === null ? lastByteAt : null,
      firstTokenAt: null,
      firstTextAt: null,
      lastTokenAt: failure === null ? lastByteAt : null,
      tpotMs: null,
      outputTokens: outputTokens ?? 0,
      tokenSource: !generatesTokens(task) && stated.inputTokens !== null ? 'usage' : tokenSource,
      tokenEvents: 0,
      reads,
      buffered: false,
      finishReason: delta.finishReason === null ? null : cutName(delta.finishReason),
      servedModel: delta.servedModel === null ? null : cutName(delta.servedModel),
      failure: failure?.failure ?? null,
      failureMessage: failure?.failureMessage ?? null,
      hiddenReasoning: false,
      text: keepsText ? removeReasoning(delta.content ?? '') : null,
      characters,
      statedTokens: disbelieved,
      countDoubt: flaw,
      unreadEvents: delta.unread ? 1 : 0,
      unreadMember: delta.unread ? cutName(delta.unread) : null,
      tagsReasoning: tagsReasoning(delta.content ?? ''),
      comments: 0,
      unknownEvents: delta.unread ? 1 : 0,
      unterminated: false,
    }
  }
}

function startsJson(bytes: Uint8Array): boolean {
  const first = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart()
  return first.startsWith('{') || first.startsWith('[')
}

/** Members with which a user replaces the texts, or asks for fewer results. */
const TEXTS = ['input', 'documents', 'texts', 'text_2', 'items']
const MOST_RESULTS = ['top_n', 'top_k']

/** The results that a request asks for; null where it asks for tokens, or where `extra-body` sends other texts. */
export function countAskedResults({ task, extraBody }: Dialect, { prompts }: RequestSpec): AskedResults | null {
  if (generatesTokens(task) || TEXTS.some((name) => extraBody[name] !== undefined)) return null
  const sent = prompts.length
  const most = MOST_RESULTS.map((name) => extraBody[name]).find((top) => typeof top === 'number' && top > 0)
  return {
    sent,
    wanted: task === 'rerank' ? Math.min(sent, (most as number | undefined) ?? sent) : sent,
    item: nameItem(task),
  }
}

/** What is wrong with the results of an answer, as a phrase; null when each belongs to another text and has its figures. */
function findResultFault(results: readonly Result[], { sent, wanted, item }: AskedResults): string | null {
  if (results.length !== wanted) {
    const asked = wanted === sent ? '' : `, ${wanted} of which were asked for`
    return `${pluralise(results.length, 'result')} for ${pluralise(sent, item)}${asked}`
  }
  const seen = new Set<number>()
  for (const [i, { index, isWhole }] of results.entries()) {
    if (!isWhole) return `result ${i + 1} of ${results.length} has no figure`
    if (index === null || index >= sent) return `result ${i + 1} of ${results.length} is of no ${item} that was sent`
    if (seen.has(index)) return `two results are of ${item} ${index}`
    seen.add(index)
  }
  return null
}
