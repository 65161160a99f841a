import { EndpointError } from '../../errors.ts'
import type { Finding } from '../../metrics/findings.ts'
import type { Task } from '../../vocabulary/tasks.ts'
import { parseJson } from '../../protocol/json.ts'
import { readServingEndpoint, servedAlone } from './serving-endpoint.ts'
import type { ServingEndpoint } from './serving-endpoint.ts'
import { servingState } from './state.ts'
import { servingPlace } from './urls.ts'
import type { ServingPlace } from './urls.ts'
import type { Settings } from '../../settings.ts'
import { plain, shownUrl } from '../../text.ts'
import { servingChangeFindings } from './findings.ts'
import { getPage } from '../../load/transport/target.ts'
import type { Target } from '../../load/transport/target.ts'

/** Waits until the endpoint may be measured, and returns what its page says; null when there is no page to see. */
export type ServingWatch = (model: string | null) => Promise<ServingEndpoint | null>

export interface ServingPorts {
  readonly log: (line: string) => void
  readonly signal: AbortSignal
  /** Pauses before the next look, or throws the reason when there is no time left. */
  readonly patience: (reason: EndpointError, retryAfterMs: number | null) => Promise<void>
}

/** Shown of a page's own words. */
const LONGEST_REASON = 400
/** Agents of this kind take the Responses API and nothing else. */
const RESPONSES_TASK = 'agent/v1/responses'

/**
 * Watches a Databricks endpoint through its management API until it is ready and not being updated. Where the API shows
 * nothing (a principal may be allowed to query and no more) that is said once, and the first answer decides as elsewhere.
 *
 * @throws EndpointError at once when the endpoint will not become ready by itself, and when time is up.
 */
export function createServingWatch(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  { log, signal, patience }: ServingPorts,
): ServingWatch {
  let known: ServingEndpoint | null = null
  let isHidden = target.api.name !== 'databricks'
  return async (model) => {
    const place = servingPlace(settings.endpoint, model)
    while (!isHidden && known === null && place !== null) {
      const { endpoint, status } = await look(settings, target, place, signal)
      if (endpoint === null) {
        // A server that is not up yet may show its page later.
        if (status === null || status >= 500 || status === 429) return null
        isHidden = true
        log(
          `${shownUrl(place.managementUrl)} shows no serving endpoint (${status}): its state, what is provisioned and changes during the run are not looked at; a key that may view the endpoint mends it`,
        )
        return null
      }
      await stand(endpoint, place)
    }
    return known
  }

  async function stand(endpoint: ServingEndpoint, place: ServingPlace): Promise<void> {
    const state = servingState(endpoint)
    if (state.kind === 'ready') {
      refuseResponses(settings, endpoint, place)
      known = endpoint
      return
    }
    const waits = state.kind === 'waiting'
    const reason = new EndpointError(
      `the serving endpoint ${plain(place.name)} cannot be measured: ${plain(state.why, LONGEST_REASON)}`,
      {
        tried: `GET ${shownUrl(place.managementUrl)}`,
        remedy: waits
          ? 'look at its state in Databricks: a stopped endpoint must be started; `ready-timeout` is how long one that starts or is updated is waited for (large models take up to two hours)'
          : "look at the endpoint's events and logs in Databricks, then deploy again or put the last good configuration back",
      },
    )
    if (!waits) throw reason
    await patience(reason, null)
  }
}

/** What changed at the endpoint since the start; nothing where its page cannot be seen. */
export async function findServingChanges(
  settings: Settings,
  { target, serving }: { readonly target: Pick<Target, 'api' | 'auth'>; readonly serving: ServingEndpoint | null },
  signal: AbortSignal,
): Promise<Finding[]> {
  const place = serving === null || signal.aborted ? null : servingPlace(settings.endpoint, settings.model)
  if (serving === null || place === null) return []
  const { endpoint } = await look(settings, target, place, signal)
  return endpoint === null ? [] : servingChangeFindings(serving, endpoint)
}

/** The task that the page says, where neither the user nor the URL does. */
export function withServedTask(settings: Settings, said: Task | null, endpoint: ServingEndpoint | null): Settings {
  if (settings.task !== 'auto' || said !== null || endpoint?.task == null) return settings
  return { ...settings, task: endpoint.task }
}

async function look(
  settings: Settings,
  target: Pick<Target, 'api' | 'auth'>,
  { managementUrl, served }: ServingPlace,
  signal: AbortSignal,
): Promise<{ readonly endpoint: ServingEndpoint | null; readonly status: number | null }> {
  const page = await getPage(settings, target, managementUrl, signal)
  const endpoint = page?.status === 200 ? readServingEndpoint(parseJson(page.text)) : null
  return {
    endpoint: endpoint === null || served === null ? endpoint : servedAlone(endpoint, served),
    status: page?.status ?? null,
  }
}

function refuseResponses({ endpoint }: Settings, { taskName }: ServingEndpoint, { name }: ServingPlace): void {
  if (taskName !== RESPONSES_TASK) return
  throw new EndpointError(`the serving endpoint ${plain(name)} is an agent that takes the Responses API only`, {
    tried: `its task (${RESPONSES_TASK})`,
    remedy: `set \`endpoint\` to ${plain(endpoint.origin)}/serving-endpoints/responses, \`api\` to openai-responses and \`model\` to ${plain(name)}`,
  })
}
