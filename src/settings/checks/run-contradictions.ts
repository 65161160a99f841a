import type { SettingProblem } from '../../errors.ts'
import { contradict, contradictAlone, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'
import { listWritten } from '../define.ts'
import { RUN_SETTINGS } from '../lists/run-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { CONTROL_SETTINGS, SESSION_SETTINGS } from '../lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from '../lists/endpoint-settings.ts'
import { GATE_SETTINGS } from '../lists/gate-settings.ts'
import { LOAD_SETTINGS } from '../lists/load-settings.ts'
import { REPORT_SETTINGS } from '../lists/report-settings.ts'
import { WORKLOAD_SETTINGS } from '../lists/workload-settings.ts'
import type { SettingList } from '../define.ts'

/** What a level of several kinds of requests cannot have. */
function* findMixContradictions(values: CheckInput['values'], given: CheckInput['given']): Iterable<SettingProblem> {
  if (!given.has('config')) {
    yield contradictAlone('mix', 'mixes scenarios of a config file', 'config')
  }
  if (values.traceFile != null) {
    yield contradict('trace-file', 'says what each request is, and mix is given; remove one of them')
  }
  if (values.results != null)
    yield contradict('mix', 'is for what is measured here, and results were measured elsewhere; remove one of them')
  if (values.crossCheck !== undefined && values.crossCheck !== 'none') {
    yield contradict('cross-check', 'compares answers of one kind, and mix is given; remove one of them')
  }
  if (values.controlModel != null) {
    yield contradict('control-model', 'is one model, and mix lets each scenario name its own; remove one of them')
  }
}

/** The smallest false-alarm rate that the tests of one scenario were made for. */
const LEAST_ALARM_RATE = 0.0001

/** Contradictions about the scenarios of a config file, and what a run of several of them cannot have. */
export function* findScenarioContradictions({ values, given, scenarios }: CheckInput): Iterable<SettingProblem> {
  if (given.has('scenario') && !given.has('config')) {
    yield contradictAlone('scenario', 'is one of a config file', 'config')
  }
  if (values.mix != null) yield* findMixContradictions(values, given)
  if (scenarios === null) return
  if (values.shard != null) {
    yield contradict(
      'shard',
      'measures a share of one scenario, and scenario is all; name one, and run the others after it',
    )
  }
  if (values.results != null) {
    yield contradict('results', 'are of one scenario, and scenario is all; name the one that they are of')
  }
  if (values.format === 'json') {
    yield contradict(
      'format',
      'json is the report of one scenario, and scenario is all; give report-json instead, of which each scenario writes a file of its own',
    )
  }
  const { falseAlarmRate } = values
  if (falseAlarmRate !== undefined && falseAlarmRate / scenarios < LEAST_ALARM_RATE) {
    yield contradict(
      'false-alarm-rate',
      `is shared by the ${scenarios} scenarios, and less than 0.01% is left for each; raise it, or measure fewer of them in one run`,
    )
  }
}

/** What a shard cannot do: anything that one process would decide without the others. */
export function* findShardContradictions({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { shard, rendezvous, concurrency, rate, maxInFlight, levelDurationMs, passes } = values
  if (shard === null) {
    for (const { name } of Object.values(SHARD_SETTINGS)) {
      if (!isIdle(given, name, 'shard')) continue
      yield contradictAlone(name, 'is for a run that several processes measure', 'shard')
    }
  }
  if (shard == null) return
  if (rendezvous === null) {
    yield contradict(
      'rendezvous',
      'is required with shard: a folder that all shards see, or a URL that takes PUT and GET',
    )
  }
  if (levelDurationMs === 'auto' && values.traceFile == null) {
    yield contradict(
      'level-duration',
      'must be given with shard: no shard sees how long the others need; for example 8s',
    )
  }
  const isOpen = rate != null || values.traceFile != null
  const searched = { concurrency: isOpen ? null : concurrency, rate, 'trace-speed': values.traceSpeed }
  for (const [name, levels] of Object.entries(searched)) {
    if (levels !== 'auto') continue
    yield contradict(
      name,
      `must be a list with shard: no shard sees what all of them measure; measure once with ${name} auto and without shard, and give the levels that it found, for example ${name === 'concurrency' ? '8, 16, 32' : '1, 2, 4'}`,
    )
  }
  if (isOpen && maxInFlight !== undefined && maxInFlight < shard.count)
    yield contradict('max-in-flight', `is shared by ${shard.count} shards, of which each needs one; raise it`)
  if (passes === 'auto')
    yield contradict(
      'passes',
      'must be a number with shard: no shard sees how much the passes of all differ; for example 3',
    )
  yield* findWhatOneDoes(values)
}

/** What only a single process can do. */
function* findWhatOneDoes(values: CheckInput['values']): Iterable<SettingProblem> {
  const { candidateCommand, controlCommand, redeployCommand, control, runs, crossCheck, levelRequests } = values
  const { serverMetrics, append, upload } = values
  const started = {
    'candidate-command': candidateCommand,
    'control-command': controlCommand,
    'redeploy-command': redeployCommand,
  }
  for (const [name, command] of Object.entries(started)) {
    if (command == null) continue
    yield contradict(name, 'is run by one process, and shards are several; start the server before them and remove it')
  }
  if (control != null) {
    yield contradict('control', 'is measured in turns that one process decides about; remove it, or shard')
  }
  if (runs !== undefined && runs > 1) {
    yield contradict('runs', 'must be 1 with shard; start the shards again for the next run')
  }
  if (crossCheck === 'three-point') {
    yield contradict('cross-check', 'sends a load of its own from one process; remove it, or shard')
  }
  if (levelRequests != null) {
    yield contradict(
      'level-requests',
      'is reached at another moment by each shard; remove it, level-duration says how long a level lasts',
    )
  }
  if (serverMetrics instanceof URL) {
    yield contradict('server-metrics', 'are about the load of all shards, and a shard knows only its own; remove it')
  }
  if (upload === false) {
    yield contradict('upload', 'must be on with shard: the first shard gets the parts of the others as artifacts')
  }
  const results = [
    ...listWritten(RUN_SETTINGS, values).filter(({ setting }) => setting !== SHARD_SETTINGS.part.name),
    { setting: 'append', path: append === true ? '' : null },
  ]
  for (const { setting, path } of results) {
    if (path === null) continue
    yield contradict(setting, 'is for what all shards come to; give it to "plateau merge"')
  }
}

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
