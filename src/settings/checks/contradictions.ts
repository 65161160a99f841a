import type { SettingProblem } from '../../errors.ts'
import { findAuthContradictions, findModelContradictions } from './endpoint-contradictions.ts'
import { findApi, APIS_OF_SEVERAL_TASKS } from '../../vendors/apis.ts'
import { contradict, contradictAlone } from './check.ts'
import type { CheckInput } from './check.ts'
import {
  findConversationContradictions,
  findWorkloadContradictions,
  findCrossCheckContradictions,
  findLoadContradictions,
  findOpenLoopContradictions,
  findRateContradictions,
  findTraceContradictions,
} from './load-contradictions.ts'
import { findControlContradictions, findSessionContradictions } from './control-contradictions.ts'
import { findGateContradictions } from './gate-contradictions.ts'
import { findHistoryContradictions, findReportContradictions } from './report-contradictions.ts'
import type { RunValues } from '../lists/run-settings.ts'
import { findResultsContradictions, findScenarioContradictions, findShardContradictions } from './run-contradictions.ts'
import { isAllowedHost, spellHost } from '../values/urls.ts'

/**
 * Settings that are right one by one and wrong together. Each message names the remedy. A given value that would have
 * no effect is a contradiction too.
 */
export function findContradictions(input: CheckInput): readonly SettingProblem[] {
  return [
    ...findAuthContradictions(input),
    ...findEndpointProblems(input),
    ...findModelContradictions(input),
    ...findControlContradictions(input),
    ...findSessionContradictions(input),
    ...findWorkloadContradictions(input),
    ...findLoadContradictions(input),
    ...findRateContradictions(input),
    ...findConversationContradictions(input),
    ...findTraceContradictions(input),
    ...findOpenLoopContradictions(input),
    ...findCrossCheckContradictions(input),
    ...findGateContradictions(input),
    ...findHistoryContradictions(input),
    ...findReportContradictions(input),
    ...findScenarioContradictions(input),
    ...findShardContradictions(input),
    ...findResultsContradictions(input),
  ]
}

function* findEndpointProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { versionUrl, api, task, expectVersion } = values
  yield* findHostProblems(values)
  if (
    given.has('task') &&
    task !== undefined &&
    task !== 'auto' &&
    api !== undefined &&
    api !== 'auto' &&
    findApi(api).tasks.length === 1
  ) {
    yield contradict(
      'task',
      `is only for api: ${APIS_OF_SEVERAL_TASKS.join(' and ')}; ${api} has one task, remove task`,
    )
  }
  if (values.preflight === false && expectVersion != null) {
    yield contradict('expect-version', 'is checked in preflight, which is off; remove one of them')
  }
  if (values.preflight === false && values.soak === 'auto' && given.has('soak')) {
    yield contradict('soak', 'comes after preflight, which is off; set soak to off, or leave preflight on')
  }
  if (versionUrl != null && expectVersion === null) {
    yield contradictAlone('version-url', 'is where expect-version looks', 'expect-version')
  }
  yield* findTlsProblems(values)
}

function* findTlsProblems({
  endpoint,
  control,
  caCert,
  clientCert,
  clientKey,
  insecureTls,
}: RunValues): Iterable<SettingProblem> {
  const onlyForTls = {
    'ca-cert': caCert != null,
    'client-cert': clientCert != null,
    'client-key': clientKey != null,
    'insecure-tls': insecureTls === true,
  }
  for (const [setting, isGiven] of Object.entries(onlyForTls)) {
    if (!isGiven || endpoint?.protocol !== 'http:' || control?.protocol === 'https:') continue
    yield contradict(setting, 'is for an https endpoint, and this one is http; remove it or change endpoint')
  }
  if (clientCert === null && clientKey != null) {
    yield contradict('client-key', 'is the key of client-cert, which is not given; give both or remove client-key')
  }
  if (clientKey === null && clientCert != null) {
    yield contradict('client-cert', 'is shown with its client-key, which is not given; give both or remove client-cert')
  }
  if (insecureTls === true && caCert != null) {
    yield contradict('ca-cert', 'says whom to trust, and with insecure-tls everybody is trusted; remove one of them')
  }
}

/** No URL that the key is sent to may lie outside `allowed-hosts`. */
function* findHostProblems(values: RunValues): Iterable<SettingProblem> {
  const { allowedHosts, endpoint, control, versionUrl, serverMetrics, tokenUrl } = values
  const urls = { endpoint, control, 'version-url': versionUrl, 'server-metrics': serverMetrics, 'token-url': tokenUrl }
  for (const [setting, url] of Object.entries(urls)) {
    if (allowedHosts == null || !(url instanceof URL) || isAllowedHost(url, allowedHosts)) continue
    yield contradict(
      setting,
      `has the host ${url.host}, which is not among allowed-hosts; add ${spellHost(url)} there if it is right`,
    )
  }
}
