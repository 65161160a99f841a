import type { SettingProblem } from '../../errors.ts'
import { CONTROL_SETTINGS } from '../lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from '../lists/endpoint-settings.ts'
import { GATE_SETTINGS } from '../lists/gate-settings.ts'
import { LOAD_SETTINGS } from '../lists/load-settings.ts'
import { REPORT_SETTINGS } from '../lists/report-settings.ts'
import { SESSION_SETTINGS } from '../lists/session-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { WORKLOAD_SETTINGS } from '../lists/workload-settings.ts'
import type { SettingList } from '../define.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

const { results: _results, model: _model, endpointLabel: _label, ...ABOUT_ENDPOINT } = ENDPOINT_SETTINGS
const { concurrency: _concurrency, rate: _rate, ...ABOUT_LOAD } = LOAD_SETTINGS
const { slo, sloShare, confirm } = GATE_SETTINGS
const { records, requestsCsv } = REPORT_SETTINGS

/** Settings that say how to measure, or need every single request. */
const IDLE: SettingList = {
  ...ABOUT_ENDPOINT,
  ...CONTROL_SETTINGS,
  ...SESSION_SETTINGS,
  ...WORKLOAD_SETTINGS,
  ...ABOUT_LOAD,
  ...SHARD_SETTINGS,
  slo,
  sloShare,
  confirm,
  records,
  requestsCsv,
}

/** Contradictions about `results`, which were measured already. */
export function* findResultsContradictions({ values, given }: CheckInput): Iterable<SettingProblem> {
  if (values.results == null) return
  for (const { name } of Object.values(IDLE)) {
    // A key in the environment may be meant for other commands.
    if (given.get(name)?.source === 'env' || !isIdle(given, name, 'results')) continue
    yield contradict(name, 'does nothing with results, which were measured already; remove it, or results')
  }
}
