import type { ApiName } from '../../vocabulary/api-names.ts'
import { jsonPage } from '../page.ts'
import { CREATED, modelList, profile, type PageMaker } from './profile.ts'

/** Services of somebody else's cloud: no health, no metrics, a list of models at most. */

const OPENAI: readonly ApiName[] = ['openai-chat', 'openai-completions', 'openai-embeddings', 'openai-responses']

export const openai = profile({
  apis: OPENAI,
  headers: { server: 'cloudflare', 'openai-version': '2020-10-01', 'openai-processing-ms': '20' },
  notFound: jsonPage(
    { error: { message: 'Invalid URL', type: 'invalid_request_error', param: null, code: null } },
    404,
  ),
  pages: { 'GET /v1/models': modelList('system') },
})

const azureModels: PageMaker = ({ model }) =>
  jsonPage({ object: 'list', data: [{ id: model, object: 'model', status: 'succeeded', created_at: CREATED }] })

/** The OpenAI APIs under Azure's own paths. */
export const azure = profile({
  apis: OPENAI,
  headers: { 'apim-request-id': '00000000-0000-0000-0000-000000000000', 'x-ms-region': 'Simulated' },
  notFound: jsonPage({ error: { code: '404', message: 'Resource not found' } }, 404),
  pages: { 'GET /openai/v1/models': azureModels, 'GET /openai/models': azureModels },
})

export const anthropic = profile({
  apis: ['anthropic'],
  headers: { 'anthropic-organization-id': '00000000-0000-0000-0000-000000000000' },
  notFound: jsonPage({ type: 'error', error: { type: 'not_found_error', message: 'Not Found' } }, 404),
  pages: {
    'GET /v1/models': ({ model }) =>
      jsonPage({
        data: [{ type: 'model', id: model, display_name: model, created_at: '2025-01-01T00:00:00Z' }],
        has_more: false,
        first_id: model,
        last_id: model,
      }),
  },
})

/** The list of models of the Gemini API. */
export const geminiModels: PageMaker = ({ model, contextTokens }) =>
  jsonPage({
    models: [
      {
        name: `models/${model}`,
        version: '001',
        displayName: model,
        inputTokenLimit: contextTokens,
        outputTokenLimit: 8192,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
    ],
  })

export const gemini = profile({
  apis: ['gemini'],
  headers: { server: 'scaffolding on HTTPServer2' },
  notFound: { status: 404, type: 'text/html; charset=UTF-8', body: '<title>Error 404 (Not Found)!!1</title>' },
  pages: { 'GET /v1beta/models': geminiModels },
})

export const cohere = profile({
  apis: ['cohere'],
  notFound: jsonPage({ message: 'not found' }, 404),
  pages: {
    'GET /v1/models': ({ model, contextTokens }) =>
      jsonPage({ models: [{ name: model, endpoints: ['chat'], finetuned: false, context_length: contextTokens }] }),
  },
})

/** The runtime of Bedrock; models are listed by another host. */
export const bedrock = profile({
  apis: ['bedrock'],
  headers: { 'x-amzn-requestid': '00000000-0000-0000-0000-000000000000' },
  notFound: jsonPage({ Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' }, 404),
  pages: {},
})

/** A workspace; the page of the endpoint is `databricks-endpoint.ts`. */
export const databricks = profile({
  apis: ['databricks'],
  headers: { server: 'databricks', 'x-databricks-org-id': '0' },
  notFound: jsonPage({ error_code: 'ENDPOINT_NOT_FOUND', message: 'No API found' }, 404),
  pages: {},
})
