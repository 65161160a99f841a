import type { Engine } from './engine.ts'

/** What a server says about itself. */
export interface ServerState {
  readonly model: string
  readonly ready: boolean
  readonly engine: Pick<Engine, 'running' | 'waiting'>
}

/** The answer to `GET path`, or null when there is no such page. */
export function describeServer(
  path: string,
  state: ServerState,
): { status: number; type: string; body: string } | null {
  const { model, ready, engine } = state
  const json = (value: unknown, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(value) })
  switch (path) {
    case '/health':
      return json(ready ? { status: 'ok' } : { error: { message: 'Loading model', code: 503 } }, ready ? 200 : 503)
    case '/version':
      return json({ version: '0.1.0', simulated: true })
    case '/v1/models':
      return json({ object: 'list', data: [{ id: model, object: 'model', owned_by: 'simulator' }] })
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4', body: metrics(model, engine) }
    default:
      return /^\/api\/2\.0\/serving-endpoints\/[^/]+$/.test(path) ? json(databricksEndpoint(path, state)) : null
  }
}

/** The two figures that tell a client whether it is alone, under vLLM's names. */
function metrics(model: string, { running, waiting }: ServerState['engine']): string {
  const label = `{model_name=${JSON.stringify(model)}}`
  return [
    '# TYPE vllm:num_requests_running gauge',
    `vllm:num_requests_running${label} ${running}`,
    '# TYPE vllm:num_requests_waiting gauge',
    `vllm:num_requests_waiting${label} ${waiting}`,
    '',
  ].join('\n')
}

function databricksEndpoint(path: string, { model, ready }: ServerState): unknown {
  return {
    name: decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)),
    task: 'llm/v1/chat',
    state: { ready: ready ? 'READY' : 'NOT_READY', config_update: ready ? 'NOT_UPDATING' : 'IN_PROGRESS' },
    config: { served_entities: [{ name: model, entity_name: model, entity_version: '1' }] },
  }
}
