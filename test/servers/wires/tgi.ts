import { asObject } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import { readTokens, completeRequest, listFields } from '../../../src/simulator/wires/read-body.ts'
import {
  EVENT_STREAM,
  answerJson,
  writeTokens,
  Refused,
  type StatedFacts,
  type AnswerWriter,
  type FinishReason,
  type Said,
  type Wire,
  type Fields,
} from '../../../src/simulator/wires/wire.ts'
import { readPrompt } from './common.ts'

const FIELDS: Fields = {
  inputs: 'text',
  stream: 'flag',
  parameters: {
    ...listFields('whole', 'best_of max_new_tokens top_k truncate seed top_n_tokens'),
    ...listFields('number', 'temperature repetition_penalty frequency_penalty top_p typical_p'),
    ...listFields('flag', 'do_sample return_full_text watermark details decoder_input_details'),
    stop: 'list',
    grammar: 'object',
    adapter_id: 'text',
  },
}

/** Tokens of an answer whose request does not say how many. */
const DEFAULT_NEW_TOKENS = 100

/** Text generation inference, natively: `POST /generate` and `/generate_stream`. */
export const tgiWire: Wire = {
  api: 'tgi',
  words: {
    ...OPENAI_WORDS,
    badBody: 422,
    unknownField: (path) =>
      `Failed to deserialize the JSON body into the target type: ${path}: unknown field \`${path.split('.').at(-1)}\``,
    wrongType: (path, expected) =>
      `Failed to deserialize the JSON body into the target type: ${path}: invalid type, expected ${expected}`,
    tooLong: (limit, inputTokens, outputTokens) =>
      `Input validation error: \`inputs\` tokens + \`max_new_tokens\` must be <= ${limit}. ` +
      `Given: ${inputTokens} \`inputs\` tokens and ${outputTokens} \`max_new_tokens\``,
    // It serves what it generates with, or it is another program.
    wrongTask: () => ({ status: 404, message: 'Not Found' }),
  },
  route({ pathname }) {
    if (pathname !== '/generate' && pathname !== '/generate_stream') return null
    return { task: 'completions', model: null, stream: pathname === '/generate_stream', form: '' }
  },
  fields: () => FIELDS,
  taskOf: () => 'completions',
  read(body, route) {
    const parameters = asObject(body['parameters']) ?? {}
    try {
      return completeRequest({
        task: 'completions',
        stream: route.stream ?? false,
        texts: [readPrompt(body, 'inputs')],
        maxTokens: readTokens(parameters, 'max_new_tokens') ?? DEFAULT_NEW_TOKENS,
        answer: (facts) => createTgiWriter(facts, parameters['details'] === true),
      })
    } catch (error) {
      throw error instanceof Refused ? new Refused(`Input validation error: ${error.message}`, 422) : error
    }
  },
  error: sayTgiError,
}

const ERROR_TYPES: Readonly<Record<number, string>> = { 422: 'validation', 429: 'overloaded', 503: 'unhealthy' }

function sayTgiError(status: number, message: string): Said {
  return answerJson(status, { error: message, error_type: ERROR_TYPES[status] ?? 'generation' })
}

/** One event a token, without a space after `data:`; the last one holds the whole text and, if asked for, the counts. */
function createTgiWriter(facts: StatedFacts, wantsDetails: boolean): AnswerWriter {
  let index = 0
  let ended = false

  function last(finish: FinishReason, total: number): string {
    ended = true
    const details = wantsDetails ? detailsOf(finish, total) : null
    return event(finish === 'stop' ? END : TOKEN, JSON.stringify(textOf(finish, total)), details)
  }
  function detailsOf(finish: FinishReason, total: number): unknown {
    return {
      finish_reason: finish === 'length' ? 'length' : 'eos_token',
      generated_tokens: total,
      input_length: facts.inputTokens,
      seed: null,
    }
  }
  function event(token: string, text: string, details: unknown): string {
    return `data:{"index":${++index},"token":${token},"generated_text":${text},"details":${JSON.stringify(details)}}\n\n`
  }
  return {
    streamType: EVENT_STREAM,
    headers: { 'x-compute-type': 'simulated', 'x-accel-buffering': 'no' },
    opening: null,
    tokens(_, count, total, finish) {
      let events = ''
      for (let left = finish === null ? count : count - 1; left > 0; left--) events += event(TOKEN, 'null', null)
      return Buffer.from(finish === null ? events : events + last(finish, total))
    },
    closing: (finish, total) => Buffer.from(ended ? '' : last(finish, total)),
    error: (message) => Buffer.from(`data:${sayTgiError(500, message).body}\n\n`),
    whole(finish, total) {
      const generated_text = textOf(finish, total)
      const tokens = Array.from({ length: total }, () => JSON.parse(TOKEN) as unknown)
      const details = { ...(detailsOf(finish, total) as object), prefill: [], tokens }
      return Buffer.from(JSON.stringify(wantsDetails ? { generated_text, details } : { generated_text }))
    },
  }
}

const TOKEN = JSON.stringify({ id: 5993, text: writeTokens(1), logprob: -0.25, special: false })
/** The end of the text is a token, too: counted, and without text. */
const END = JSON.stringify({ id: 2, text: '</s>', logprob: -0.25, special: true })

function textOf(finish: FinishReason, total: number): string {
  return writeTokens(finish === 'stop' ? Math.max(0, total - 1) : total)
}
