import type { SettingProblem } from '../../errors.ts'
import { findAuthContradictions } from './auth-contradictions.ts'
import { apiByName, APIS_OF_SEVERAL_TASKS } from '../../vendors/apis.ts'
import { contradiction } from './facts.ts'
import type { Facts } from './facts.ts'
import { findCrossCheckContradictions } from './cross-check-contradictions.ts'
import { findGateContradictions } from './gate-contradictions.ts'
import { findHistoryContradictions } from './history-contradictions.ts'
import { findReportContradictions } from './report-contradictions.ts'
import { isAllowedHost } from '../values/urls.ts'
import { findLoadContradictions, findWorkloadContradictions } from './workload-contradictions.ts'

/**
 * Settings that are right one by one and wrong together. Each message names the remedy; settings that could not be read
 * are undefined and contradict nothing. A value that was given and would do nothing is a contradiction too.
 */
export function findContradictions(facts: Facts): readonly SettingProblem[] {
  return [
    ...findAuthContradictions(facts),
    ...endpointProblems(facts),
    ...findWorkloadContradictions(facts),
    ...findLoadContradictions(facts),
    ...findCrossCheckContradictions(facts),
    ...findGateContradictions(facts),
    ...findHistoryContradictions(facts),
    ...findReportContradictions(facts),
  ]
}

function* endpointProblems({ values, given }: Facts): Iterable<SettingProblem> {
  const { endpoint, versionUrl, serverMetrics, allowedHosts, api, task, expectVersion, caCert } = values
  if (allowedHosts != null && endpoint != null && !isAllowedHost(endpoint, allowedHosts)) {
    yield contradiction(
      'endpoint',
      `has the host ${endpoint.host}, which is not among allowed-hosts; add it there if it is right`,
    )
  }
  if (allowedHosts != null && versionUrl != null && !isAllowedHost(versionUrl, allowedHosts)) {
    yield contradiction(
      'version-url',
      `has the host ${versionUrl.host}, which is not among allowed-hosts; add it there if it is right`,
    )
  }
  if (allowedHosts != null && serverMetrics instanceof URL && !isAllowedHost(serverMetrics, allowedHosts)) {
    yield contradiction(
      'server-metrics',
      `has the host ${serverMetrics.host}, which is not among allowed-hosts; add it there if it is right`,
    )
  }
  if (
    given.has('task') &&
    task !== undefined &&
    task !== 'auto' &&
    api !== undefined &&
    api !== 'auto' &&
    apiByName(api).tasks.length === 1
  ) {
    yield contradiction(
      'task',
      `is only for api: ${APIS_OF_SEVERAL_TASKS.join(' and ')}; ${api} has one task, remove task`,
    )
  }
  if (values.preflight === false && expectVersion != null) {
    yield contradiction('expect-version', 'is checked in preflight, which is off; remove one of them')
  }
  if (values.preflight === false && values.soak === 'auto' && given.has('soak')) {
    yield contradiction('soak', 'comes after preflight, which is off; set soak to off, or leave preflight on')
  }
  if (versionUrl != null && expectVersion === null) {
    yield contradiction(
      'version-url',
      'is where expect-version looks, which is not given; give it or remove version-url',
    )
  }
  if (caCert != null && endpoint?.protocol === 'http:') {
    yield contradiction('ca-cert', 'is for an https endpoint, and this one is http; remove it or change endpoint')
  }
}
