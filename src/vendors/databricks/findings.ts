import type { EndpointRateLimit, ServingEndpoint } from './serving-endpoint.ts'
import type { LevelFailures, VendorFinding } from '../vendor.ts'
import type { DatabricksFindingCode } from './finding-kinds.ts'
import { readServingFacts, compareServing } from './facts.ts'
import { escapeForTerminal, pluralise } from '../../text.ts'

/** A finding about a serving endpoint of theirs. */
type Found = VendorFinding<DatabricksFindingCode>

/** Concurrent requests that every workspace takes; some regions take up to 1,024. */
const SURE_CONCURRENCY = 192

/**
 * What the configuration of a serving endpoint means for the figures, above all for the plateau. No sentence may name
 * a capacity, because findings are published where capacities are not.
 */
export function findInConfiguration(endpoint: ServingEndpoint): Found[] {
  const facts = readServingFacts(endpoint)
  const findings: readonly (readonly [isSeen: boolean, code: DatabricksFindingCode, message: () => string])[] = [
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
export function findConfigurationChanges(before: ServingEndpoint, now: ServingEndpoint): Found[] {
  const { served, config } = compareServing(before, now)
  const findings: Found[] = []
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

/** What the failures of levels show about the limits of the endpoint and its workspace. */
export function findLimits(levels: readonly LevelFailures[]): Found[] {
  return levels.flatMap(({ concurrency, failures, state }): Found[] => {
    const refused = failures['http_429'] ?? 0
    const givenUp = (failures['http_408'] ?? 0) + (failures['http_504'] ?? 0)
    const above =
      concurrency > SURE_CONCURRENCY ? `; ${concurrency} requests at once may be more than the workspace takes` : ''
    const findings: Found[] = []
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
