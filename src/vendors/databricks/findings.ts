import type { Finding, FindingCode } from '../../metrics/findings.ts'
import type { EndpointRateLimit, ServingEndpoint } from './serving-endpoint.ts'
import { servingFacts } from './facts.ts'
import { servingChange } from './state.ts'
import { plain } from '../../text.ts'

/**
 * What the configuration of a serving endpoint means for the figures, above all for the plateau. No sentence holds a
 * capacity: findings are published where capacities are not.
 */
export function servingFindings(endpoint: ServingEndpoint): Finding[] {
  const facts = servingFacts(endpoint)
  const findings: readonly (readonly [isSeen: boolean, code: FindingCode, message: () => string])[] = [
    [facts.payPerToken, 'pay-per-token', () => 'The endpoint is paid by the token: its capacity is shared.'],
    [facts.burstScaling, 'burst-scaling', () => burstMessage(endpoint)],
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
      () => `The endpoint has rate limits of its own: ${endpoint.rateLimits.slice(0, 4).map(limitText).join(', ')}.`,
    ],
  ]
  return findings.flatMap(([isSeen, code, message]) => (isSeen ? [{ code, message: message() }] : []))
}

/** What changed at the endpoint while it was measured: such figures belong to no configuration. */
export function servingChangeFindings(before: ServingEndpoint, now: ServingEndpoint): Finding[] {
  const { served, config } = servingChange(before, now)
  const findings: Finding[] = []
  if (served !== null) {
    findings.push({
      code: 'served-model-changed',
      message: `The endpoint served ${plain(served.before)} at the start and ${plain(served.now)} at the end.`,
    })
  }
  if (config.length > 0) {
    findings.push({ code: 'config-updated', message: `At the end of the run: ${config.join('; ')}.` })
  }
  return findings
}

function burstMessage({ entities }: ServingEndpoint): string {
  return entities.some(({ burstScaling }) => burstScaling === true)
    ? 'Burst scaling is on: the endpoint may scale beyond what is provisioned.'
    : 'Burst scaling is not switched off, and its default is on: the endpoint may scale beyond what is provisioned.'
}

function splitMessage({ traffic }: ServingEndpoint): string {
  const shares = traffic.filter(({ percent }) => percent > 0)
  const shown = shares.slice(0, 4).map(({ entity, percent }) => `${plain(entity ?? 'unnamed', 60)} ${percent} %`)
  return `Requests go to ${shares.length} served entities: ${shown.join(', ')}${shares.length > 4 ? ', …' : ''}.`
}

function limitText({ calls, tokens, key, period }: EndpointRateLimit): string {
  const amounts = [calls === null ? null : `${calls} calls`, tokens === null ? null : `${tokens} tokens`]
  const what = amounts.filter((amount) => amount !== null).join(' and ')
  return plain(`${what === '' ? 'unknown' : what} a ${period ?? 'period'}${key === null ? '' : ` for each ${key}`}`)
}
