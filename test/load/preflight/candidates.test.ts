import { describe, expect, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { assumeTarget, listCandidates } from '../../../src/load/preflight/candidates.ts'
import { ALL_APIS, APIS_OF_SEVERAL_TASKS } from '../../../src/vendors/apis.ts'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

const BASE = 'http://127.0.0.1:8000'

/** API, task and path of each way that is tried. */
function waysTo(endpoint: string, flags: readonly string[] = [], model: string | null = 'm'): string[] {
  return listCandidates(settingsFor(endpoint, flags), model, NO_AUTH).map(
    ({ api, dialect, url }) => `${api.name} ${dialect.task} ${url.pathname}`,
  )
}

function errorOf(endpoint: string, flags: readonly string[], model: string | null = null): EndpointError {
  try {
    waysTo(endpoint, flags, model)
  } catch (error) {
    if (error instanceof EndpointError) return error
    throw error
  }
  throw new Error('there was no error')
}

test('a URL of Databricks that names no serving endpoint wants a model', () => {
  for (const path of ['', '/serving-endpoints', '/ai-gateway/mlflow/v1/chat/completions']) {
    const { what, remedy } = errorOf(`https://adb-1.2.azuredatabricks.net${path}`, [])
    expect(what).toContain('names no serving endpoint')
    expect(remedy).toContain('`model`')
  }
  expect(waysTo(`${BASE}/serving-endpoints/e/invocations`, [], null)).toHaveLength(3)
})

test.each(ALL_APIS.map(({ name }) => name))(
  'over %s a mix whose parts all name a model is met with that of the first, and one with a part that names none as before',
  (api) => {
    const settings = settingsFor(`${BASE}/serving-endpoints`, ['--api', api])
    const mixOf = (...models: readonly (string | null)[]) => ({
      ...settings,
      mix: models.map((model) => ({ ...settings, name: `part-${model}`, percent: 50, model, prompts: null })),
    })
    const meet = (of: Parameters<typeof assumeTarget>[0]): string => {
      try {
        const { url, dialect } = assumeTarget(of, testPorts())
        return `${url.href} ${dialect.model}`
      } catch (error) {
        return (error as EndpointError).what
      }
    }
    expect(meet(mixOf('law', 'tax'))).toBe(meet({ ...settings, model: 'law' }))
    expect(meet(mixOf('law', null))).toBe(meet(settings))
    expect(meet({ ...mixOf('law', 'tax'), model: 'own' })).toBe(meet({ ...settings, model: 'own' }))
  },
)

describe('with api: auto', () => {
  test('a base URL is tried as every task', () => {
    expect(waysTo(BASE)).toEqual([
      'openai-chat chat /v1/chat/completions',
      'openai-completions completions /v1/completions',
      'openai-embeddings embeddings /v1/embeddings',
      'openai-rerank rerank /v1/rerank',
      'openai-score score /v1/score',
    ])
  })

  test('a task says which of them', () => {
    expect(waysTo(BASE, ['--task', 'embeddings'])).toEqual(['openai-embeddings embeddings /v1/embeddings'])
  })

  test.each([
    ['/v1/completions', ['openai-completions completions /v1/completions']],
    ['/rerank', ['openai-rerank rerank /rerank']],
    ['/v2/rerank', ['openai-rerank rerank /v2/rerank']],
    ['/v1/reranking', ['openai-rerank rerank /v1/reranking']],
    ['/score', ['openai-score score /score']],
    ['/v1/messages', ['anthropic chat /v1/messages']],
    ['/generate_stream', ['tgi completions /generate_stream']],
    ['/api/chat', ['ollama chat /api/chat']],
    ['/api/embed', ['ollama embeddings /api/embed']],
    [
      '/serving-endpoints/e/invocations',
      ['chat', 'completions', 'embeddings'].map((task) => `databricks ${task} /serving-endpoints/e/invocations`),
    ],
  ])('a path that says the API is taken at its word: %s', (path, ways) => {
    expect(waysTo(BASE + path)).toEqual(ways)
  })

  test('a task that the API of the URL does not serve is an error that names both', () => {
    const { what, remedy } = errorOf(`${BASE}/v1/messages`, ['--task', 'embeddings'])
    expect(what).toBe('`task` is embeddings, and the URL is one of anthropic, which serves chat')
    expect(remedy).toContain('`task`')
  })
})

describe('with an API that is named', () => {
  test.each(ALL_APIS.map((api) => [api.name, api] as const))(
    '%s is tried with each of its tasks and no other API',
    (name, api) => {
      const tried = listCandidates(settingsFor(BASE, ['--api', name]), 'm', NO_AUTH)
      expect(tried.map(({ dialect }) => dialect.task)).toEqual(api.tasks)
      expect(tried.every((target) => target.api === api && target.url.origin === BASE)).toBe(true)
    },
  )

  test('one of several tasks can be named, and only where there are several', () => {
    expect(waysTo(BASE, ['--api', 'ollama', '--task', 'completions'])).toEqual(['ollama completions /api/generate'])
    expect(APIS_OF_SEVERAL_TASKS).toEqual(['databricks', 'ollama'])
    expect(() => settingsFor(BASE, ['--api', 'tgi', '--task', 'chat'])).toThrow('tgi has one task, remove task')
  })

  test.each(['gemini', 'bedrock', 'triton'])('%s needs a model for its URL', (api) => {
    const [target] = listCandidates(settingsFor(BASE, ['--api', api]), 'my-model', NO_AUTH)
    expect(target!.url.pathname).toContain('my-model')
    expect(target!.dialect.model).toBeNull()
    const { what, remedy } = errorOf(BASE, ['--api', api])
    expect(what).toBe(`${api} has the model in its URL, and \`model\` is not given`)
    expect(remedy).toContain('`model`')
  })

  test('a URL that names the model needs none', () => {
    expect(waysTo(`${BASE}/v2/models/ensemble/generate_stream`, ['--api', 'triton'], null)).toEqual([
      'triton completions /v2/models/ensemble/generate_stream',
    ])
  })
})

test.each(ALL_APIS.map(({ name }) => name))(
  'without preflight only servers of the OpenAI kind get an optional field: %s',
  (api) => {
    const target = assumeTarget(settingsFor(BASE, ['--api', api, '--model', 'm']), testPorts())
    const wanted = api === 'openai-chat' || api === 'openai-completions' ? ['stream_options'] : []
    expect([...target.dialect.fields]).toEqual(wanted)
  },
)
