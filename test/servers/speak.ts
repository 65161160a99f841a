import type { Api, OptionalField, RequestSpec } from '../../src/protocol/api.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import { type AnswerFacts } from '../../src/protocol/answer/reader.ts'
import { Scratch } from '../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../src/protocol/answer/stream-reader.ts'
import { admitRequest, findDestination, type AdmissionRules, type Destination } from '../../src/simulator/admission.ts'
import { SIMULATOR_DEFAULTS } from '../../src/simulator/settings/options.ts'
import {
  Refused,
  type AnswerWriter,
  type FinishReason,
  type Manners,
  type ModelRequest,
  type Said,
} from '../../src/simulator/wires/wire.ts'
import { WITNESSES } from './repertoire.ts'

export const MODEL = 'simulated-model'
export const INPUT_TOKENS = 9
const ORIGIN = new URL('http://127.0.0.1:8000/')
const SPEC: RequestSpec = { prompts: ['count to ten'], outputTokens: 20, nonce: 'nonce-1' }
const RULES: AdmissionRules = { strict: true, onlyModels: [MODEL], onlyTask: null, model: MODEL, takesImages: true }

/** Where our own client posts to. */
export function destinationOf(api: Api, task: Task): Destination {
  const destination = findDestination(WITNESSES.wires, api.url(ORIGIN, task, MODEL))
  if (destination === null) throw new Error(`nobody takes what ${api.name} posts to`)
  return destination
}

/** The fields that our client may send; Databricks refuses the one that it is only tried with. */
export function allFields(api: Api, task: Task): readonly OptionalField[] {
  return api.optionalFields(task).filter((field) => api.name !== 'databricks' || field !== 'stream_options')
}

/** Our own request, with everything that we can send. */
export function ourBody(
  api: Api,
  task: Task,
  {
    extra = {},
    fields = allFields(api, task),
    images,
  }: { extra?: Record<string, unknown>; fields?: readonly OptionalField[]; images?: readonly string[] } = {},
): Record<string, unknown> {
  const model = api.modelInBody(ORIGIN, MODEL)
  const dialect = { task, model, fields: new Set(fields), lengthField: 'max_tokens' as const, extraBody: extra }
  return api.body(dialect, images === undefined ? SPEC : { ...SPEC, images })
}

/** What the strict endpoint makes of a body: a request, or the refusal in the words of the API. */
export function offer(
  destination: Destination,
  body: object,
  {
    headers = { 'anthropic-version': '2023-06-01' },
    ...rules
  }: Partial<AdmissionRules> & { headers?: Record<string, string> } = {},
): ModelRequest | Said {
  try {
    return admitRequest(destination, headers, JSON.stringify(body), { ...RULES, ...rules })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return destination.wire.error(error.status, error.message)
  }
}

/** What the strict endpoint says when it refuses a body. */
export function refusal(...offered: Parameters<typeof offer>): { readonly status: number; readonly json: unknown } {
  const said = offer(...offered)
  if (!('status' in said)) throw new Error('the request was taken')
  return { status: said.status, json: JSON.parse(said.body) as unknown }
}

/** The writer of the answer to a request that is taken. */
export function writerOf(
  request: ModelRequest | Said,
  { reasoningTokens = 0, ...manners }: Partial<Manners> & { reasoningTokens?: number } = {},
): AnswerWriter {
  if ('status' in request) throw new Error(`refused: ${request.body}`)
  return request.answer({
    id: 7,
    created: 1_700_000_000,
    model: MODEL,
    inputTokens: INPUT_TOKENS,
    cachedTokens: null,
    reasoningTokens,
    manners: { ...SIMULATOR_DEFAULTS, ...manners },
  })
}

const TIMING = { prefillMs: 40, decodeMs: 190, totalMs: 230 }

/** The pieces of a stream, a token each, as the server writes them. */
export function streamOf(
  writer: AnswerWriter,
  {
    tokens = 20,
    reasoning = 0,
    finish = 'length',
  }: { tokens?: number; reasoning?: number; finish?: FinishReason } = {},
): Buffer[] {
  const pieces = writer.opening === null ? [] : [writer.opening]
  for (let total = 1; total <= tokens; total++) {
    pieces.push(writer.tokens(total <= reasoning ? 'reasoning' : 'text', 1, total, total === tokens ? finish : null))
  }
  return [...pieces, writer.closing(finish, tokens, TIMING)]
}

/** The whole answer. */
export function wholeOf(writer: AnswerWriter, tokens = 20, finish: FinishReason = 'length'): Buffer {
  return writer.whole(finish, tokens, TIMING)
}

/** What our own reader makes of an answer whose pieces come 10 ms apart. */
export function readBy(api: Api, task: Task, pieces: readonly Buffer[], stream = true): AnswerFacts {
  const reader = createResponseReader({ api, task, stream, scratch: new Scratch() })
  pieces.forEach((piece, i) => reader.push(piece, 10 * i))
  return reader.end(10 * pieces.length)
}
