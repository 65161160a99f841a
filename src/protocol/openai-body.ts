import type { Dialect, RequestSpec } from './api.ts'

/** A streaming chat request. `stream` is always sent: some servers stream unless told not to, some do the opposite. */
export function chatBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...modelMember(dialect),
    messages: spec.messages ?? [{ role: 'user', content: spec.prompts[0] ?? '' }],
    [dialect.lengthField]: spec.outputTokens,
    stream: true,
    ...optionalMembers(dialect, spec),
    ...dialect.extraBody,
  }
}

/** A streaming request to the older completions path, which never had `max_completion_tokens`. */
export function completionsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...modelMember(dialect),
    prompt: spec.prompts[0] ?? '',
    max_tokens: spec.outputTokens,
    stream: true,
    ...optionalMembers(dialect, spec),
    ...dialect.extraBody,
  }
}

/** An embeddings request; one prompt goes as a text, several as a list. */
export function embeddingsBody(dialect: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...modelMember(dialect),
    input: spec.prompts.length === 1 ? spec.prompts[0] : spec.prompts,
    ...dialect.extraBody,
  }
}

function modelMember({ model }: Dialect): Record<string, unknown> {
  return model === null ? {} : { model }
}

function optionalMembers({ fields }: Dialect, spec: RequestSpec): Record<string, unknown> {
  return {
    ...(fields.has('stream_options') && { stream_options: { include_usage: true } }),
    ...(fields.has('temperature') && { temperature: 0 }),
    ...(fields.has('ignore_eos') && { ignore_eos: true }),
    ...(fields.has('min_tokens') && { min_tokens: spec.outputTokens }),
    ...(fields.has('cache_salt') && { cache_salt: spec.nonce }),
  }
}
