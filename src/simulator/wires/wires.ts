import type { ApiName } from '../../vocabulary/api-names.ts'
import { anthropicWire } from './anthropic.ts'
import { bedrockWire } from './bedrock.ts'
import { cohereWire } from './cohere.ts'
import { databricksWire } from './databricks.ts'
import { geminiWire } from './gemini.ts'
import { llamaCppWire } from './llamacpp.ts'
import { ollamaWire } from './ollama.ts'
import { openAiChatWire } from './openai-chat.ts'
import { openAiCompletionsWire } from './openai-completions.ts'
import { openAiEmbeddingsWire } from './openai-embeddings.ts'
import { openAiResponsesWire } from './openai-responses.ts'
import { tgiWire } from './tgi.ts'
import { tritonWire } from './triton.ts'
import type { Route, Wire } from './wire.ts'

/** Every API that the simulated endpoint speaks. */
export const WIRES: Readonly<Record<ApiName, Wire>> = {
  'openai-chat': openAiChatWire,
  'openai-completions': openAiCompletionsWire,
  'openai-embeddings': openAiEmbeddingsWire,
  'openai-responses': openAiResponsesWire,
  databricks: databricksWire,
  tgi: tgiWire,
  llamacpp: llamaCppWire,
  ollama: ollamaWire,
  triton: tritonWire,
  anthropic: anthropicWire,
  gemini: geminiWire,
  cohere: cohereWire,
  bedrock: bedrockWire,
}

const ALL_WIRES = Object.values(WIRES)

/** Where a POST goes. */
export interface Destination {
  readonly wire: Wire
  readonly route: Route
}

/** Who takes a POST to this URL; null when nobody does. */
export function findDestination(url: URL): Destination | null {
  for (const wire of ALL_WIRES) {
    const route = wire.route(url)
    if (route !== null) return { wire, route }
  }
  return null
}

/** Who refuses a path that nobody takes, by the words of its API. */
export function wireOfUnknownPath({ pathname }: URL): Wire {
  return /^\/(serving-endpoints|ai-gateway)\//.test(pathname) ? databricksWire : openAiChatWire
}
