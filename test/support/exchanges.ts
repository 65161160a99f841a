import { NO_SERVER_TIMINGS } from '../../src/protocol/api.ts'
import type { Exchange } from '../../src/load/ports.ts'

/** What nothing special is to be said about: an answer of the length asked for, whose tokens the server counted. */
export const PLAIN_EXCHANGE = {
  serverRequestId: null,
  connectMs: null,
  cachedTokens: 0,
  reasoningTokens: null,
  tokenSource: 'usage',
  buffered: false,
  heldBack: null,
  reconnected: false,
  renewed: false,
  answerHead: null,
  bodyBytes: 0,
  ...NO_SERVER_TIMINGS,
  finishReason: 'length',
  hiddenReasoning: false,
  text: null,
  characters: 0,
  statedTokens: null,
  countDoubt: null,
  unreadEvents: 0,
  unreadMember: null,
  tagsReasoning: false,
  comments: 0,
  unknownEvents: 0,
  unterminated: false,
  failure: null,
  failureMessage: null,
  trouble: null,
  retryAfterMs: null,
  headers: {},
  status: 200,
  cancelled: false,
} as const satisfies Partial<Exchange>

/** A good answer of 11 tokens, without its arrival times. */
export function anExchange(overrides: Partial<Exchange> = {}): Exchange {
  return {
    ...PLAIN_EXCHANGE,
    requestId: 'request-1',
    readyAt: 1000,
    startAt: 1012,
    headersAt: 1020,
    firstEventAt: 1021,
    firstTokenAt: 1050,
    firstTextAt: 1060,
    lastTokenAt: 1150,
    endAt: 1151,
    tpotMs: 10,
    inputTokens: 512,
    outputTokens: 11,
    tokenEvents: 11,
    reads: 9,
    servedModel: 'llama-8b',
    tokenAt: new Float64Array(0),
    tokenCountAt: new Float64Array(0),
    ...overrides,
  }
}
