import type { AnswerFacts } from '../../protocol/answer/reader.ts'
import type { Exchange } from '../ports.ts'

/** What the transport saw of a request, before anything was done about a refused token or a stale connection. */
type Sending = Omit<
  Exchange,
  Exclude<keyof AnswerFacts, 'failure' | 'failureMessage'> | 'reconnected' | 'renewed' | 'dueAt' | 'acceptedUntil'
>

/** Joins what the answer said with what the transport saw; whether the request failed is for the latter to say. Each by its name, as `readingOf` does. */
export function joinExchange(answer: AnswerFacts, sending: Sending): Exchange {
  return {
    inputTokens: answer.inputTokens,
    outputTokens: answer.outputTokens,
    cachedTokens: answer.cachedTokens,
    reasoningTokens: answer.reasoningTokens,
    tokenSource: answer.tokenSource,
    tokenEvents: answer.tokenEvents,
    reads: answer.reads,
    finishReason: answer.finishReason,
    servedModel: answer.servedModel,
    tpotMs: answer.tpotMs,
    buffered: answer.buffered,
    serverTtftMs: answer.serverTtftMs,
    serverTpotMs: answer.serverTpotMs,
    serverLoadMs: answer.serverLoadMs,
    unreadEvents: answer.unreadEvents,
    unreadMember: answer.unreadMember,
    characters: answer.characters,
    statedTokens: answer.statedTokens,
    countDoubt: answer.countDoubt,
    tagsReasoning: answer.tagsReasoning,
    firstEventAt: answer.firstEventAt,
    firstTokenAt: answer.firstTokenAt,
    firstTextAt: answer.firstTextAt,
    lastTokenAt: answer.lastTokenAt,
    hiddenReasoning: answer.hiddenReasoning,
    text: answer.text,
    comments: answer.comments,
    unknownEvents: answer.unknownEvents,
    unterminated: answer.unterminated,
    failure: sending.failure,
    failureMessage: sending.failureMessage,
    trouble: sending.trouble,
    requestId: sending.requestId,
    serverRequestId: sending.serverRequestId,
    readyAt: sending.readyAt,
    startAt: sending.startAt,
    connectMs: sending.connectMs,
    headersAt: sending.headersAt,
    endAt: sending.endAt,
    reconnected: false,
    renewed: false,
    retryAfterMs: sending.retryAfterMs,
    headers: sending.headers,
    status: sending.status,
    answerHead: sending.answerHead,
    bodyBytes: sending.bodyBytes,
    heldBack: sending.heldBack,
    cancelled: sending.cancelled,
    tokenAt: sending.tokenAt,
    tokenCountAt: sending.tokenCountAt,
  }
}
