import { fieldsOf, type Fields } from './fields.ts'
import { STREAM_OPTIONS } from './openai.ts'

/** The fields that OpenAI documents, and those that vLLM adds. */

const SAMPLING: Fields = {
  ...fieldsOf('text', 'model user service_tier'),
  ...fieldsOf('number', 'frequency_penalty presence_penalty temperature top_p'),
  ...fieldsOf('whole', 'max_tokens n seed'),
  stop: 'text|list',
  logit_bias: 'object',
  stream: 'flag',
  stream_options: STREAM_OPTIONS,
}

/** vLLM's sampling parameters and its own additions, for chat and completions alike. */
const VLLM: Fields = {
  ...fieldsOf('number', 'min_p repetition_penalty length_penalty'),
  ...fieldsOf('whole', 'top_k min_tokens truncate_prompt_tokens prompt_logprobs priority'),
  ...fieldsOf(
    'flag',
    'use_beam_search include_stop_str_in_output ignore_eos skip_special_tokens spaces_between_special_tokens ' +
      'add_special_tokens return_tokens_as_token_ids return_token_ids',
  ),
  ...fieldsOf(
    'text',
    'cache_salt request_id session_id truncation_side guided_regex guided_decoding_backend guided_whitespace_pattern',
  ),
  ...fieldsOf('list', 'stop_token_ids allowed_token_ids bad_words logits_processors guided_choice'),
  ...fieldsOf('object', 'kv_transfer_params vllm_xargs structured_outputs response_format'),
  ...fieldsOf('any', 'guided_json guided_grammar structural_tag'),
}

/** A message of a chat. */
const MESSAGE: Fields = {
  ...fieldsOf('text', 'role name tool_call_id refusal reasoning reasoning_content'),
  content: 'text|list',
  tool_calls: 'list',
  ...fieldsOf('object', 'audio function_call'),
}

export const CHAT_FIELDS: Fields = {
  ...SAMPLING,
  ...VLLM,
  messages: [MESSAGE],
  ...fieldsOf('whole', 'max_completion_tokens top_logprobs best_of thinking_token_budget'),
  ...fieldsOf(
    'flag',
    'logprobs store parallel_tool_calls echo add_generation_prompt continue_final_message include_reasoning',
  ),
  ...fieldsOf(
    'text',
    'reasoning_effort verbosity prompt_cache_key prompt_cache_retention safety_identifier chat_template',
  ),
  ...fieldsOf('list', 'tools functions modalities documents'),
  ...fieldsOf('object', 'audio metadata prediction web_search_options moderation prompt_cache_options'),
  ...fieldsOf('object', 'chat_template_kwargs mm_processor_kwargs media_io_kwargs'),
  tool_choice: 'text|object',
  function_call: 'text|object',
}

export const COMPLETIONS_FIELDS: Fields = {
  ...SAMPLING,
  ...VLLM,
  prompt: 'text|list',
  ...fieldsOf('whole', 'best_of logprobs'),
  echo: 'flag',
  suffix: 'text',
}

export const EMBEDDINGS_FIELDS: Fields = {
  input: 'text|list',
  ...fieldsOf('text', 'model user encoding_format cache_salt request_id'),
  ...fieldsOf('whole', 'dimensions truncate_prompt_tokens priority'),
  ...fieldsOf('flag', 'add_special_tokens normalize'),
  additional_data: 'any',
}
