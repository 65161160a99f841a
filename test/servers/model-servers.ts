import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import {
  answerHealth,
  defineServer,
  writeJsonPage,
  MODEL_CREATED,
  listModels,
  SERVERS,
  writeTextPage,
  type PageMaker,
  type ServerProfile,
} from '../../src/simulator/servers.ts'
import { ALL_METRICS } from './metrics-pages.ts'

/** Servers that somebody runs to serve a model. */

const OPENAI: readonly ApiName[] = ['openai-chat', 'openai-completions', 'openai-embeddings']
const UVICORN = { server: 'uvicorn' }

/** vLLM, with Anthropic's API as well. */
const vllm: ServerProfile = { ...SERVERS.vllm, apis: [...OPENAI, 'openai-responses', 'anthropic'] }

const sglangInfo: PageMaker = ({ model, contextTokens, slots, running }) =>
  writeJsonPage({
    model_path: model,
    served_model_name: model,
    tokenizer_path: model,
    context_length: contextTokens,
    max_running_requests: slots,
    max_total_num_tokens: slots * contextTokens,
    status: 'ready',
    version: '0.5.3',
    internal_states: [{ last_gen_throughput: 0, num_running_reqs: running }],
  })

const sglang = defineServer({
  apis: [...OPENAI, 'openai-responses'],
  metrics: ALL_METRICS.sglang,
  headers: UVICORN,
  pages: {
    'GET /health': answerHealth,
    'GET /health_generate': answerHealth,
    'GET /get_server_info': sglangInfo,
    'GET /server_info': sglangInfo,
    'GET /get_model_info': ({ model }) =>
      writeJsonPage({ model_path: model, tokenizer_path: model, is_generation: true }),
    'GET /v1/models': listModels('sglang', ({ model, contextTokens }) => ({
      root: model,
      max_model_len: contextTokens,
    })),
    'POST /flush_cache': () => writeTextPage('Cache flushed.\n'),
  },
})

const tgi = defineServer({
  apis: ['tgi', 'openai-chat', 'openai-completions'],
  metrics: ALL_METRICS.tgi,
  notFound: writeTextPage('', 404),
  pages: {
    'GET /health': answerHealth,
    'GET /info': ({ model, contextTokens }) =>
      writeJsonPage({
        model_id: model,
        model_sha: null,
        model_pipeline_tag: 'text-generation',
        max_concurrent_requests: 128,
        max_best_of: 2,
        max_stop_sequences: 4,
        max_input_tokens: contextTokens - 1,
        max_total_tokens: contextTokens,
        validation_workers: 2,
        max_client_batch_size: 4,
        router: 'text-generation-router',
        version: '3.3.4',
      }),
    'GET /v1/models': ({ model }) =>
      writeJsonPage({ object: 'list', data: [{ id: model, object: 'model', created: 0, owned_by: model }] }),
  },
})

const llamacpp = defineServer({
  apis: ['llamacpp', ...OPENAI],
  metrics: ALL_METRICS.llamacpp,
  headers: { server: 'llama.cpp' },
  notFound: writeJsonPage({ error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }, 404),
  pages: {
    'GET /health': ({ ready }) =>
      ready
        ? writeJsonPage({ status: 'ok' })
        : writeJsonPage({ error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 503),
    'GET /props': ({ model, slots, contextTokens }) =>
      writeJsonPage({
        default_generation_settings: { id: 0, n_ctx: contextTokens, speculative: false, is_processing: false },
        total_slots: slots,
        model_alias: model,
        model_path: `/models/${model}.gguf`,
        chat_template: '',
        build_info: 'b6224-0000000',
      }),
    'GET /slots': ({ slots, running, contextTokens }) =>
      writeJsonPage(
        Array.from({ length: slots }, (_, id) => ({ id, n_ctx: contextTokens, is_processing: id < running })),
      ),
    'GET /v1/models': listModels('llamacpp', ({ contextTokens }) => ({ meta: { n_ctx_train: contextTokens } })),
  },
})

const ollama = defineServer({
  apis: ['ollama', ...OPENAI],
  notFound: { status: 404, type: 'text/plain', body: '404 page not found' },
  pages: {
    'GET /': () => writeTextPage('Ollama is running'),
    'GET /api/version': fixed({ version: '0.12.6' }),
    'GET /api/tags': ({ model }) => writeJsonPage({ models: [ollamaModel(model)] }),
    'GET /api/ps': ({ model, contextTokens, ready }) =>
      writeJsonPage({
        models: ready
          ? [
              {
                ...ollamaModel(model),
                expires_at: '2100-01-01T00:00:00Z',
                size_vram: MODEL_BYTES,
                context_length: contextTokens,
              },
            ]
          : [],
      }),
    'POST /api/show': ({ model, contextTokens }, body) => {
      const asked = askedModel(body)
      if (asked !== model) return writeJsonPage({ error: `model '${asked}' not found` }, 404)
      const model_info = { 'general.architecture': 'simulated', 'simulated.context_length': contextTokens }
      return writeJsonPage({ details: OLLAMA_DETAILS, model_info, capabilities: ['completion'] })
    },
    'GET /v1/models': listModels('library'),
  },
})

const MODEL_BYTES = 4_000_000_000
const OLLAMA_DETAILS = { format: 'gguf', family: 'simulated', parameter_size: '8B', quantization_level: 'Q4_K_M' }

function ollamaModel(model: string): object {
  const digest = '0'.repeat(64)
  return { name: model, model, modified_at: '2025-01-01T00:00:00Z', size: MODEL_BYTES, digest, details: OLLAMA_DETAILS }
}

/** The model in the body of `/api/show`, under its new or its old name. */
function askedModel(body: string): string {
  try {
    const { model, name } = JSON.parse(body) as { model?: unknown; name?: unknown }
    return String(model ?? name)
  } catch {
    return ''
  }
}

/** Triton has its metrics on a port of their own. */
const triton = defineServer({
  apis: ['triton'],
  notFound: writeTextPage('', 404),
  pages: {
    'GET /v2': fixed({
      name: 'triton',
      version: '2.59.0',
      extensions: ['model_repository', 'schedule_policy', 'model_configuration', 'statistics', 'generate'],
    }),
    'GET /v2/health/live': () => writeTextPage(''),
    'GET /v2/health/ready': ({ ready }) => writeTextPage('', ready ? 200 : 400),
    'GET /v2/models/*/ready': ({ ready }) => writeTextPage('', ready ? 200 : 400),
    'GET /v2/models/*': ({ model }) =>
      writeJsonPage({
        name: model,
        versions: ['1'],
        platform: 'ensemble',
        inputs: [{ name: 'text_input', datatype: 'BYTES', shape: [-1, 1] }],
        outputs: [{ name: 'text_output', datatype: 'BYTES', shape: [-1, 1] }],
      }),
    'POST /v2/repository/index': ({ model, ready }) =>
      writeJsonPage([{ name: model, version: '1', state: ready ? 'READY' : 'LOADING' }]),
  },
})

/** NIM is vLLM or TensorRT-LLM underneath, and signs like vLLM. */
const nim = defineServer({
  apis: OPENAI,
  metrics: ALL_METRICS.nim,
  metricsPaths: ['/metrics', '/v1/metrics'],
  headers: UVICORN,
  pages: {
    'GET /v1/health/live': fixed({ object: 'health-response', message: 'Service is live.' }),
    'GET /v1/health/ready': ({ ready }) =>
      ready
        ? writeJsonPage({ object: 'health-response', message: 'Service is ready.' })
        : writeJsonPage({ object: 'health-response', message: 'Service is not ready.' }, 503),
    'GET /v1/version': fixed({ release: '1.13.1', api: '1.13.1' }),
    'GET /v1/models': listModels('vllm', ({ contextTokens }) => ({ max_model_len: contextTokens })),
  },
})

const lmdeploy = defineServer({
  apis: ['openai-chat', 'openai-completions'],
  metrics: ALL_METRICS.lmdeploy,
  headers: UVICORN,
  pages: { 'GET /health': answerHealth, 'GET /v1/models': listModels('lmdeploy') },
})

/** `trtllm-serve`: its metrics are JSON, one entry an iteration. */
const tensorRtLlm = defineServer({
  apis: ['openai-chat', 'openai-completions', 'openai-responses'],
  headers: UVICORN,
  pages: {
    'GET /health': answerHealth,
    'GET /version': fixed({ version: '1.0.0' }),
    'GET /v1/models': listModels('tensorrt_llm'),
    'GET /metrics': ({ running, slots }) =>
      writeJsonPage([{ iter: 1, iterLatencyMS: 0, numActiveRequests: running, maxNumActiveRequests: slots }]),
  },
})

const litellm = defineServer({
  apis: [...OPENAI, 'openai-responses', 'anthropic'],
  headers: { ...UVICORN, 'x-litellm-version': '1.77.7', 'x-litellm-attempted-retries': '0' },
  pages: {
    'GET /health/liveliness': fixed("I'm alive!"),
    'GET /health/liveness': fixed("I'm alive!"),
    'GET /health/readiness': fixed({ status: 'healthy', db: 'Not connected', cache: null, litellm_version: '1.77.7' }),
    'GET /v1/models': listModels('openai'),
    'GET /models': listModels('openai'),
    'GET /v1/model/info': ({ model }) =>
      writeJsonPage({
        data: [
          {
            model_name: model,
            litellm_params: { model: `hosted_vllm/${model}` },
            model_info: { id: `${MODEL_CREATED}` },
          },
        ],
      }),
  },
})

/** A page that is always the same. */
function fixed(value: unknown): PageMaker {
  return () => writeJsonPage(value)
}

/** By the names that `--server` has for them. */
export const MODEL_SERVERS = {
  vllm,
  sglang,
  tgi,
  llamacpp,
  ollama,
  triton,
  nim,
  lmdeploy,
  'tensorrt-llm': tensorRtLlm,
  litellm,
} as const satisfies Readonly<Record<string, ServerProfile>>
