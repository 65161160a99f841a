import { describeProvisioned, describeServed } from './facts.ts'
import type { ServingEndpoint } from './serving-endpoint.ts'

/** Whether an endpoint can be measured now. */
export type ServingState =
  | { readonly kind: 'ready' }
  /** It may become ready by itself. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** It will not. */
  | { readonly kind: 'failed'; readonly why: string }

/**
 * Ready is an endpoint whose models are ready and whose configuration is not being changed. One whose last update failed is not, although
 * it answers: it does so with the configuration before, and would be green for the wrong one. What the page does not say does not count
 * against it. The reasons hold texts of the page: escape before showing.
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

  /** What is said of the models that are not ready. */
  function describeDeployments(): string {
    const words = entities.flatMap(({ name, deployment, deploymentMessage }) => {
      if (deployment === null || deployment === 'DEPLOYMENT_READY') return []
      const message = deploymentMessage === null ? '' : ` (${deploymentMessage})`
      return [`${name ?? 'unnamed'} ${deployment}${message}`]
    })
    return words.length === 0 ? '' : `: ${words.join(', ')}`
  }
}

/** What changed between two looks at the same endpoint. */
export interface ServingChange {
  /** Models and versions before and now; null where they are the same. */
  readonly served: { readonly before: string; readonly now: string } | null
  /** The configuration is being changed, or was: in words, one for each sign of it. No capacities. */
  readonly config: readonly string[]
}

/** Compares what two pages say; what one of them leaves out is no change. */
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
