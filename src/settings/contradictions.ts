import type { SettingProblem } from '../errors.ts'
import { contradiction } from './contradiction.ts'
import type { Facts } from './contradiction.ts'
import { spelling } from './define.ts'
import { findGateContradictions } from './gate-contradictions.ts'
import { findLimitContradictions } from './limit-contradictions.ts'
import { findReportContradictions } from './report-contradictions.ts'
import { isAllowedHost } from './urls.ts'
import { findLoadContradictions, findWorkloadContradictions } from './workload-contradictions.ts'

/**
 * Settings that are right one by one and wrong together. Each message names the remedy; settings that could not be read
 * are undefined and contradict nothing. A value that was given and would do nothing is a contradiction too.
 */
export function findContradictions(facts: Facts): readonly SettingProblem[] {
  return [
    ...keyProblems(facts),
    ...endpointProblems(facts),
    ...findWorkloadContradictions(facts),
    ...findLoadContradictions(facts),
    ...findLimitContradictions(facts),
    ...findGateContradictions(facts),
    ...findReportContradictions(facts),
  ]
}

function* keyProblems({ values, given, entry }: Facts): Iterable<SettingProblem> {
  const { auth, apiKey, headers, allowFork, allowedHosts } = values
  // A key in the environment serves many commands; only one given on purpose contradicts `none`.
  const keySource = given.get('api-key')?.source
  if (auth?.kind === 'none' && (keySource === 'flag' || keySource === 'input')) {
    yield contradiction('auth', 'is none, but an api-key is given; remove one of them')
  }
  if (auth?.kind === 'header' && apiKey === null) {
    yield contradiction(
      'auth',
      `sends the key in ${auth.name}, but there is no key; set PLATEAU_API_KEY or ${spelling('api-key', entry)}`,
    )
  }
  const keyHeader = auth?.kind === 'header' ? auth.name : auth?.kind === 'bearer' ? 'authorization' : null
  if (apiKey != null && headers != null && keyHeader !== null && Object.hasOwn(headers, keyHeader)) {
    yield contradiction(
      'headers',
      `sets ${keyHeader}, which carries the api-key; remove one of them, or set auth to none`,
    )
  }
  if (allowFork === true && allowedHosts === null) {
    yield contradiction(
      'let-forks-use-my-key',
      'needs allowed-hosts, so that no pull request says where the key goes; list the hosts of the endpoint there',
    )
  }
}

function* endpointProblems({ values, given }: Facts): Iterable<SettingProblem> {
  const { endpoint, versionUrl, allowedHosts, api, task, expectVersion, caCert } = values
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
  if (
    given.has('task') &&
    task !== undefined &&
    task !== 'auto' &&
    api !== undefined &&
    api !== 'auto' &&
    api !== 'databricks'
  ) {
    yield contradiction('task', `is only for api: databricks; ${api} has one task, remove task`)
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
