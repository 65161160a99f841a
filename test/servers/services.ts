import { SHIPPED } from '../../src/simulator/repertoire.ts'
import {
  defineServer,
  writeJsonPage,
  SERVERS,
  type PageMaker,
  type ServerProfile,
} from '../../src/simulator/servers.ts'

/** Services of somebody else's cloud: no health, no metrics, a list of models at most. */

const anthropic = defineServer({
  apis: ['anthropic'],
  headers: { 'anthropic-organization-id': '00000000-0000-0000-0000-000000000000' },
  notFound: writeJsonPage({ type: 'error', error: { type: 'not_found_error', message: 'Not Found' } }, 404),
  pages: {
    'GET /v1/models': ({ model }) =>
      writeJsonPage({
        data: [{ type: 'model', id: model, display_name: model, created_at: '2025-01-01T00:00:00Z' }],
        has_more: false,
        first_id: model,
        last_id: model,
      }),
  },
})

/** The list of models of the Gemini API. */
export const geminiModels: PageMaker = ({ model, contextTokens }) =>
  writeJsonPage({
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

const gemini = defineServer({
  apis: ['gemini'],
  headers: { server: 'scaffolding on HTTPServer2' },
  notFound: { status: 404, type: 'text/html; charset=UTF-8', body: '<title>Error 404 (Not Found)!!1</title>' },
  pages: { 'GET /v1beta/models': geminiModels },
})

const cohere = defineServer({
  apis: ['cohere'],
  notFound: writeJsonPage({ message: 'not found' }, 404),
  pages: {
    'GET /v1/models': ({ model, contextTokens }) =>
      writeJsonPage({
        models: [{ name: model, endpoints: ['chat'], finetuned: false, context_length: contextTokens }],
      }),
  },
})

/** The runtime of Bedrock; models are listed by another host. */
const bedrock = defineServer({
  apis: ['bedrock'],
  headers: { 'x-amzn-requestid': '00000000-0000-0000-0000-000000000000' },
  notFound: writeJsonPage(
    { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' },
    404,
  ),
  pages: {},
})

/** By the names that `--server` has for them. */
export const SERVICES = {
  openai: SERVERS.openai,
  azure: SERVERS.azure,
  anthropic,
  gemini,
  cohere,
  bedrock,
  databricks: SHIPPED.servers['databricks']!,
} as const satisfies Readonly<Record<string, ServerProfile>>
