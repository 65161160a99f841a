import { EndpointError } from '../../errors.ts'
import { parseJson } from '../../json.ts'
import { escapeForTerminal, showUrl } from '../../text.ts'
import type { DescribedEndpoint, EndpointWatch, WatchPorts } from '../vendor.ts'
import { findConfigurationChanges, findInConfiguration } from './findings.ts'
import {
  describeProvisioned,
  describeServed,
  readServingEndpoint,
  readServingFacts,
  selectServed,
} from './serving-endpoint.ts'
import type { ServingEndpoint } from './serving-endpoint.ts'
import { findServingPlace } from './urls.ts'
import type { ServingPlace } from './urls.ts'

/** The longest text of a page that is shown. */
const LONGEST_REASON = 400
/** Agents with this task take only the Responses API. */
const RESPONSES_TASK = 'agent/v1/responses'

/**
 * Watches an endpoint through the management API until it is ready and not being updated. If the API shows nothing (a
 * principal may only be allowed to query), says so once; then the first answer decides, as elsewhere.
 *
 * @throws EndpointError at once when the endpoint will not become ready on its own, and when time is up.
 */
export function watchEndpoint(url: URL, { getPage, log, signal, patience }: WatchPorts): EndpointWatch {
  let described: DescribedEndpoint | null = null
  let isHidden = false
  return async (model) => {
    const place = findServingPlace(url, model)
    while (!isHidden && described === null && place !== null) {
      const { endpoint, status } = await readPage(place, getPage, signal)
      if (endpoint === null) {
        // A server that is still starting may show its page later.
        if (status === null || status >= 500 || status === 429) return null
        isHidden = true
        log(
          `${showUrl(place.managementUrl)} shows no serving endpoint (${status}): its state, what is provisioned and changes during the run are not looked at; a key that may view the endpoint helps`,
        )
        return null
      }
      if (await isReady(endpoint, place)) {
        described = describeEndpoint(endpoint, async (asked) => (await readPage(place, getPage, asked)).endpoint)
      }
    }
    return described
  }

  /** Whether it may be measured; if not, waits before it returns. */
  async function isReady(endpoint: ServingEndpoint, place: ServingPlace): Promise<boolean> {
    const state = judgeServing(endpoint)
    if (state.kind === 'ready') {
      refuseResponses(url, endpoint, place)
      return true
    }
    const waits = state.kind === 'waiting'
    const reason = new EndpointError(
      `the serving endpoint ${escapeForTerminal(place.name)} cannot be measured: ${escapeForTerminal(state.why, LONGEST_REASON)}`,
      {
        tried: `GET ${showUrl(place.managementUrl)}`,
        remedy: waits
          ? 'look at its state in Databricks: a stopped endpoint must be started; `ready-timeout` is how long one that starts or is updated is waited for (large models take up to two hours)'
          : "look at the endpoint's events and logs in Databricks, then deploy again or put the last good configuration back",
      },
    )
    if (!waits) throw reason
    await patience(reason, null)
    return false
  }
}

/** What a run learns about an endpoint; `readPageAgain` reads its page again, or null when it cannot be seen. */
export function describeEndpoint(
  endpoint: ServingEndpoint,
  readPageAgain: (signal: AbortSignal) => Promise<ServingEndpoint | null>,
): DescribedEndpoint {
  return {
    task: endpoint.task,
    served: describeServed(endpoint),
    provisioned: describeProvisioned(endpoint),
    capabilities: { servingEndpoint: { ...readServingFacts(endpoint) } },
    findings: findInConfiguration(endpoint),
    async findChanges(signal) {
      const now = await readPageAgain(signal)
      return now === null ? [] : findConfigurationChanges(endpoint, now)
    },
  }
}

async function readPage(
  { managementUrl, served }: ServingPlace,
  getPage: WatchPorts['getPage'],
  signal: AbortSignal,
): Promise<{ readonly endpoint: ServingEndpoint | null; readonly status: number | null }> {
  const page = await getPage(managementUrl, signal)
  const endpoint = page?.status === 200 ? readServingEndpoint(parseJson(page.text)) : null
  return {
    endpoint: endpoint === null || served === null ? endpoint : selectServed(endpoint, served),
    status: page?.status ?? null,
  }
}

function refuseResponses({ origin }: URL, { taskName }: ServingEndpoint, { name }: ServingPlace): void {
  if (taskName !== RESPONSES_TASK) return
  throw new EndpointError(
    `the serving endpoint ${escapeForTerminal(name)} is an agent that takes the Responses API only`,
    {
      tried: `its task (${RESPONSES_TASK})`,
      remedy: `set \`endpoint\` to ${escapeForTerminal(origin)}/serving-endpoints/responses, \`api\` to openai-responses and \`model\` to ${escapeForTerminal(name)}`,
    },
  )
}

/** Whether an endpoint can be measured now. */
type ServingState =
  | { readonly kind: 'ready' }
  /** It may become ready on its own. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** It will not. */
  | { readonly kind: 'failed'; readonly why: string }

/**
 * An endpoint is ready when its models are ready and its configuration is not being changed. It is not when its last
 * update failed, even if it answers: it answers with the previous configuration, and a pass would be for the wrong
 * one. What the page does not state does not count against it. The reasons hold texts of the page: escape them before
 * showing.
 */
export function judgeServing(endpoint: ServingEndpoint): ServingState {
  const { ready, configUpdate, entities } = endpoint
  if (configUpdate === 'UPDATE_FAILED') {
    const old = ready === true ? '; what answers is the configuration before' : ''
    return {
      kind: 'failed',
      why: `the last update of its configuration failed (UPDATE_FAILED)${old}${describeDeployments()}`,
    }
  }
  if (configUpdate === 'IN_PROGRESS') {
    return { kind: 'waiting', why: `its configuration is being updated (IN_PROGRESS)${describeDeployments()}` }
  }
  if (ready !== false) return { kind: 'ready' }
  const failed = entities.some(
    ({ deployment }) => deployment === 'DEPLOYMENT_FAILED' || deployment === 'DEPLOYMENT_ABORTED',
  )
  return failed
    ? { kind: 'failed', why: `a deployment of it failed${describeDeployments()}` }
    : { kind: 'waiting', why: `it is not ready (NOT_READY)${describeDeployments()}` }

  /** What the page says about models that are not ready. */
  function describeDeployments(): string {
    const words = entities.flatMap(({ name, deployment, deploymentMessage }) => {
      if (deployment === null || deployment === 'DEPLOYMENT_READY') return []
      const message = deploymentMessage === null ? '' : ` (${deploymentMessage})`
      return [`${name ?? 'unnamed'} ${deployment}${message}`]
    })
    return words.length === 0 ? '' : `: ${words.join(', ')}`
  }
}
