import { asObject } from '../../../src/json.ts'
import { OPENAI_WORDS } from '../../../src/simulator/wires/openai-family.ts'
import { DEFAULT_MAX_TOKENS, readTokens, completeRequest, listFields } from '../../../src/simulator/wires/read-body.ts'
import type {
  StatedFacts,
  AnswerWriter,
  Body,
  FinishReason,
  Said,
  Wire,
  Fields,
} from '../../../src/simulator/wires/wire.ts'
import {
  decodeSegment,
  EVENT_STREAM,
  answerJson,
  rememberByCount,
  formatEvent,
  writeTokens,
} from '../../../src/simulator/wires/wire.ts'
import { readPrompt } from './common.ts'

/** What the backends of vLLM and TensorRT-LLM take, the one under `parameters`, the other beside the text. */
const PARAMETERS: Fields = {
  ...listFields(
    'whole',
    'max_tokens min_tokens top_k n best_of seed random_seed end_id pad_id beam_width min_length priority logprobs ' +
      'sampling_param_max_tokens sampling_param_top_k sampling_param_seed sampling_param_best_of',
  ),
  ...listFields(
    'number',
    'temperature top_p repetition_penalty presence_penalty frequency_penalty length_penalty len_penalty ' +
      'sampling_param_temperature sampling_param_top_p sampling_param_frequency_penalty sampling_param_presence_penalty',
  ),
  ...listFields(
    'flag',
    'stream streaming ignore_eos exclude_input_in_output return_log_probs return_context_logits use_beam_search ' +
      'return_num_input_tokens return_num_output_tokens return_finish_reason return_stop_reason ' +
      'return_cumulative_logprob sampling_param_exclude_input_from_output sampling_param_return_perf_metrics',
  ),
  ...listFields(
    'any',
    'bad_words stop_words stop sampling_param_stop exclude_input_from_output return_generation_logits',
  ),
  ...listFields('text', 'lora_name guided_decoding_type'),
}

const FIELDS: Fields = { ...PARAMETERS, text_input: 'text', id: 'text', parameters: PARAMETERS }

/** Triton's generate extension: `POST /v2/models/<model>/generate` and `/generate_stream`. Tokens are counted on demand. */
export const tritonWire: Wire = {
  api: 'triton',
  words: {
    ...OPENAI_WORDS,
    unknownField: (path) => `unexpected inference input '${path}' for the model`,
    wrongType: (path, expected) => `unable to parse '${path}': attempt to access JSON non-${expected}`,
    tooLong: (limit, inputTokens) => `Prompt length (${inputTokens}) exceeds maximum input length (${limit})`,
    noModel: (model) => ({ status: 404, message: `Request for unknown model: '${model}' is not found` }),
    wrongTask: (_, model) => ({
      status: 400,
      message: `unexpected inference input 'text_input' for model '${model}'`,
    }),
  },
  route({ pathname }) {
    const match = /^\/v2\/models\/([^/]+)(?:\/versions\/[^/]+)?\/generate(_stream)?$/.exec(pathname)
    if (match === null) return null
    return { task: 'completions', model: decodeSegment(match[1]), stream: match[2] !== undefined, form: '' }
  },
  fields: () => FIELDS,
  taskOf: () => 'completions',
  read(body, route) {
    const parameters = asObject(body['parameters']) ?? {}
    const maxTokens = readLength(body) ?? readLength(parameters) ?? DEFAULT_MAX_TOKENS
    return completeRequest({
      task: 'completions',
      model: route.model,
      stream: route.stream ?? false,
      texts: [readPrompt(body, 'text_input')],
      maxTokens,
      ignoreEos: parameters['ignore_eos'] === true,
      answer: (facts) => createTritonWriter(facts, route.model ?? facts.model, parameters),
    })
  },
  error: sayTritonError,
}

/** Under the name that all but TensorRT-LLM's LLM API have for it, or under that one's. */
function readLength(members: Body): number | null {
  return readTokens(members, 'max_tokens') ?? readTokens(members, 'sampling_param_max_tokens')
}

function sayTritonError(status: number, message: string): Said {
  return answerJson(status, { error: message })
}

/** What the backend of vLLM adds to an event that asks for it: counts are of that event, the reason is None until the last. */
function asked(parameters: Body, inputTokens: number, count: number, finish: FinishReason | null): object {
  return {
    ...(parameters['return_num_input_tokens'] === true ? { num_input_tokens: inputTokens } : {}),
    ...(parameters['return_num_output_tokens'] === true ? { num_output_tokens: count } : {}),
    ...(parameters['return_finish_reason'] === true ? { finish_reason: finish ?? 'None' } : {}),
  }
}

/** One event a token; nothing follows the last. */
function createTritonWriter({ inputTokens }: StatedFacts, model: string, parameters: Body): AnswerWriter {
  const answer = (text: string, count: number, finish: FinishReason | null) => ({
    ...asked(parameters, inputTokens, count, finish),
    model_name: model,
    model_version: '1',
    text_output: text,
  })
  const token = rememberByCount((count) => formatEvent(answer(writeTokens(1), 1, null)).repeat(count))
  const nothing = Buffer.alloc(0)
  return {
    streamType: EVENT_STREAM,
    opening: null,
    tokens(_, count, __, finish) {
      if (finish === null) return token(count)
      return Buffer.concat([token(count - 1), Buffer.from(formatEvent(answer(writeTokens(1), 1, finish)))])
    },
    closing: () => nothing,
    error: (message) => Buffer.from(`data: ${sayTritonError(500, message).body}\n\n`),
    whole: (finish, total) => Buffer.from(JSON.stringify(answer(writeTokens(total), total, finish))),
  }
}
