import type { Dialect, RequestSpec } from '../api.ts'
import { addExtraBody } from './extra-body.ts'
import { messagesOf, promptText } from './prompt-messages.ts'

/** A chat request. `stream` is always sent: some servers stream unless told not to, some do the opposite. */
export function chatBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...modelMember(dialect),
    messages: messagesOf(spec),
    [dialect.lengthField]: spec.outputTokens,
    ...generationMembers(dialect, spec),
  }
  return addExtraBody(body, dialect.extraBody)
}

/** A request to the older completions path, which never had `max_completion_tokens`. */
export function completionsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const body = {
    ...modelMember(dialect),
    prompt: promptText(spec),
    max_tokens: spec.outputTokens,
    ...generationMembers(dialect, spec),
  }
  return addExtraBody(body, dialect.extraBody)
}

/** An embeddings request; one prompt goes as a text, several as a list. */
export function embeddingsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const input = spec.prompts.length === 1 ? spec.prompts[0] : spec.prompts
  return addExtraBody({ ...modelMember(dialect), input }, dialect.extraBody)
}

function modelMember({ model }: Dialect): Record<string, unknown> {
  return model === null ? {} : { model }
}

function generationMembers(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  const stream = spec.stream ?? true
  return {
    stream,
    // Servers refuse it beside `stream: false`.
    ...(stream && dialect.fields.has('stream_options') && { stream_options: { include_usage: true } }),
    ...pickOptionalMembers(dialect, spec),
  }
}

/** The optional fields that the endpoint takes and that are the same in all of OpenAI's APIs. */
export function pickOptionalMembers({ fields }: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...(fields.has('temperature') && { temperature: 0 }),
    ...(fields.has('ignore_eos') && { ignore_eos: true }),
    ...(fields.has('min_tokens') && { min_tokens: spec.outputTokens }),
    ...(fields.has('cache_salt') && { cache_salt: spec.nonce }),
  }
}
