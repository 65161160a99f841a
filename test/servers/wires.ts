import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import { anthropicWire } from './wires/anthropic.ts'
import { bedrockWire } from './wires/bedrock.ts'
import { cohereWire } from './wires/cohere.ts'
import { databricksWire } from '../../src/simulator/databricks/wire.ts'
import { geminiWire } from './wires/gemini.ts'
import { llamaCppWire } from './wires/llamacpp.ts'
import { ollamaWire } from './wires/ollama.ts'
import { openAiChatWire, openAiCompletionsWire, openAiEmbeddingsWire } from '../../src/simulator/wires/openai.ts'
import { openAiRerankWire, openAiScoreWire } from '../../src/simulator/wires/openai-rank.ts'
import { openAiResponsesWire } from '../../src/simulator/wires/openai-responses.ts'
import { tgiWire } from './wires/tgi.ts'
import { tritonWire } from './wires/triton.ts'
import type { Wire } from '../../src/simulator/wires/wire.ts'

/** A wire for every API that is measured: those that ship, and the witnesses that stand here. */
export const WIRES: Readonly<Record<ApiName, Wire>> = {
  'openai-chat': openAiChatWire,
  'openai-completions': openAiCompletionsWire,
  'openai-embeddings': openAiEmbeddingsWire,
  'openai-rerank': openAiRerankWire,
  'openai-score': openAiScoreWire,
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
