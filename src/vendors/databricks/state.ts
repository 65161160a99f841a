import { describeProvisioned, describeServed } from './facts.ts'
import type { ServingEndpoint } from './serving-endpoint.ts'

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

/** What changed between two reads of the same page. */
interface ServingChange {
  /** Models and versions before and now; null when they are the same. */
  readonly served: { readonly before: string; readonly now: string } | null
  /** Signs in words that the configuration changed or is changing. No capacities. */
  readonly config: readonly string[]
}

/** Compares two pages; what one of them does not state is not a change. */
export function compareServing(before: ServingEndpoint, now: ServingEndpoint): ServingChange {
  const [servedBefore, servedNow] = [describeServed(before), describeServed(now)]
  const isServedSame = servedBefore === null || servedNow === null || servedBefore === servedNow
  const [capacityBefore, capacityNow] = [describeProvisioned(before), describeProvisioned(now)]
  const signs: readonly (readonly [sign: string, isSeen: boolean])[] = [
    ['an update of the configuration is in progress', now.configUpdate === 'IN_PROGRESS'],
    ['an update of the configuration failed', now.configUpdate === 'UPDATE_FAILED'],
    ['the endpoint is no longer ready', now.ready === false],
    [
      `the configuration went from version ${before.configVersion} to ${now.configVersion}`,
      before.configVersion !== null && now.configVersion !== null && before.configVersion !== now.configVersion,
    ],
    [
      'what is provisioned changed',
      capacityBefore !== null && capacityNow !== null && capacityBefore !== capacityNow && isServedSame,
    ],
    [
      'the traffic split changed',
      before.traffic.length > 0 && now.traffic.length > 0 && describeTraffic(before) !== describeTraffic(now),
    ],
  ]
  return {
    served: isServedSame ? null : { before: servedBefore, now: servedNow },
    config: signs.flatMap(([sign, isSeen]) => (isSeen ? [sign] : [])),
  }
}

function describeTraffic({ traffic }: ServingEndpoint): string {
  return traffic.map(({ entity, percent }) => `${entity} ${percent}`).join(', ')
}
