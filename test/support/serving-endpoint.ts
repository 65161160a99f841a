import { readServingEndpoint } from '../../src/vendors/databricks/serving-endpoint.ts'
import type { ServingEndpoint } from '../../src/vendors/databricks/serving-endpoint.ts'

/** A page of the management API: a ready endpoint with one Llama at 980 to 9,800 tokens a second, and what is given. */
export function servingPage({
  state = {},
  entity = {},
  config = {},
  ...page
}: {
  readonly state?: Readonly<Record<string, unknown>>
  readonly entity?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly [member: string]: unknown
} = {}): Record<string, unknown> {
  return {
    name: 'llama',
    task: 'llm/v1/chat',
    state: { ready: 'READY', config_update: 'NOT_UPDATING', ...state },
    config: {
      config_version: 4,
      served_entities: [
        {
          name: 'llama-3',
          entity_name: 'main.models.llama',
          entity_version: '3',
          min_provisioned_throughput: 980,
          max_provisioned_throughput: 9800,
          state: { deployment: 'DEPLOYMENT_READY' },
          ...entity,
        },
      ],
      traffic_config: { routes: [{ served_model_name: 'llama-3', traffic_percentage: 100 }] },
      ...config,
    },
    ...page,
  }
}

/** The same, read. */
export function aServingEndpoint(page: Parameters<typeof servingPage>[0] = {}): ServingEndpoint {
  return readServingEndpoint(servingPage(page))!
}

/** The configuration of an endpoint that serves two models. */
export const TWO_ENTITIES = {
  served_entities: [
    { name: 'a', entity_name: 'main.models.a', entity_version: '1', provisioned_model_units: 50 },
    { name: 'b', entity_name: 'main.models.b', entity_version: '2', provisioned_model_units: 100 },
  ],
  traffic_config: {
    routes: [
      { served_entity_name: 'a', traffic_percentage: '80' },
      { served_entity_name: 'b', traffic_percentage: 20 },
    ],
  },
}
