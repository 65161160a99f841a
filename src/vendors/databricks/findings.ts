import { describeProvisioned, describeServed, readServingFacts } from './serving-endpoint.ts'
import type { EndpointRateLimit, ServingEndpoint } from './serving-endpoint.ts'
import type { VendorFindingCode, LevelFailures, VendorFinding } from '../vendor.ts'
import { escapeForTerminal, pluralise } from '../../text.ts'

/** Concurrent requests that every workspace takes; some regions take up to 1,024. */
const SURE_CONCURRENCY = 192

/**
 * What the configuration of a serving endpoint means for the figures, above all for the plateau. No sentence may name
 * a capacity, because findings are published where capacities are not.
 */
export function findInConfiguration(endpoint: ServingEndpoint): VendorFinding[] {
  const facts = readServingFacts(endpoint)
  const findings: readonly (readonly [isSeen: boolean, code: VendorFindingCode, message: () => string])[] = [
    [facts.payPerToken, 'pay-per-token', () => 'The endpoint is paid by the token: its capacity is shared.'],
    [facts.burstScaling, 'burst-scaling', () => describeBurst(endpoint)],
    [
      facts.autoscaling,
      'autoscaling',
      () => 'What is provisioned has a minimum and a higher maximum: the endpoint scales between them under load.',
    ],
    [facts.scaleToZero, 'scale-to-zero', () => 'The endpoint scales to zero when nobody uses it.'],
    [
      facts.fallback,
      'fallback-configured',
      () => `A request that fails goes to another of the ${facts.servedEntities} served entities.`,
    ],
    [facts.trafficRoutes > 1, 'traffic-split', () => splitMessage(endpoint)],
    [
      facts.rateLimits > 0,
      'endpoint-rate-limit',
      () =>
        `The endpoint has rate limits of its own: ${endpoint.rateLimits.slice(0, 4).map(describeRateLimit).join(', ')}.`,
    ],
  ]
  return findings.flatMap(([isSeen, code, message]) => (isSeen ? [{ code, message: message() }] : []))
}

/**
 * What changed at the endpoint while it was measured. Such figures belong to no single configuration; a second look
 * during a change counts as interrupted.
 */
export function findConfigurationChanges(before: ServingEndpoint, now: ServingEndpoint): VendorFinding[] {
  const { served, config } = compareServing(before, now)
  const findings: VendorFinding[] = []
  if (served !== null) {
    findings.push({
      code: 'served-model-changed',
      message: `The endpoint served ${escapeForTerminal(served.before)} at the start and ${escapeForTerminal(served.now)} at the end.`,
    })
  }
  if (config.length > 0) {
    findings.push({ code: 'config-updated', message: `At the end of the run: ${config.join('; ')}.` })
  }
  return findings
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

/** What the failures of levels show about the limits of the endpoint and its workspace. */
export function findLimits(levels: readonly LevelFailures[]): VendorFinding[] {
  return levels.flatMap(({ concurrency, failures, state }): VendorFinding[] => {
    const refused = failures['http_429'] ?? 0
    const givenUp = (failures['http_408'] ?? 0) + (failures['http_504'] ?? 0)
    const above =
      concurrency > SURE_CONCURRENCY ? `; ${concurrency} requests at once may be more than the workspace takes` : ''
    const findings: VendorFinding[] = []
    // Requests that are not counted, such as those of the ramp, may limit a level.
    if (refused > 0 || state === 'limited') {
      findings.push({
        code: 'workspace-limit',
        level: concurrency,
        message: `${countRequests(refused)} refused with 429${above}.`,
      })
    }
    if (givenUp > 0) {
      findings.push({
        code: 'execution-limit',
        level: concurrency,
        message: `${pluralise(givenUp, 'request')} ended with 408 or 504.`,
      })
    }
    return findings
  })
}

function describeBurst({ entities }: ServingEndpoint): string {
  return entities.some(({ burstScaling }) => burstScaling === true)
    ? 'Burst scaling is on: the endpoint may scale beyond what is provisioned.'
    : 'Burst scaling is not switched off, and its default is on: the endpoint may scale beyond what is provisioned.'
}

function splitMessage({ traffic }: ServingEndpoint): string {
  const shares = traffic.filter(({ percent }) => percent > 0)
  const shown = shares
    .slice(0, 4)
    .map(({ entity, percent }) => `${escapeForTerminal(entity ?? 'unnamed', 60)} ${percent} %`)
  return `Requests go to ${shares.length} served entities: ${shown.join(', ')}${shares.length > 4 ? ', …' : ''}.`
}

function describeRateLimit({ calls, tokens, key, period }: EndpointRateLimit): string {
  const amounts = [calls === null ? null : `${calls} calls`, tokens === null ? null : `${tokens} tokens`]
  const what = amounts.filter((amount) => amount !== null).join(' and ')
  return escapeForTerminal(
    `${what === '' ? 'unknown' : what} a ${period ?? 'period'}${key === null ? '' : ` for each ${key}`}`,
  )
}

function countRequests(count: number): string {
  if (count === 0) return 'Requests were'
  return pluralise(count, 'request was', 'requests were')
}
