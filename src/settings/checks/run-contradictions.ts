import type { SettingProblem } from '../../errors.ts'
import { CREDENTIALS, credentialsOf } from '../auth.ts'
import { contradict, contradictAlone, isIdle, listCommands } from './check.ts'
import type { CheckInput } from './check.ts'
import { listWritten } from '../setting.ts'
import { RUN_SETTINGS } from '../lists/run-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { CONTROL_SETTINGS, SESSION_SETTINGS } from '../lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from '../lists/endpoint-settings.ts'
import { GATE_SETTINGS } from '../lists/gate-settings.ts'
import { LOAD_SETTINGS } from '../lists/load-settings.ts'
import { REPORT_SETTINGS } from '../lists/report-settings.ts'
import { WORKLOAD_SETTINGS } from '../lists/workload-settings.ts'
import type { SettingList } from '../setting.ts'

/** Contradictions about the sides of a run: the control, and the commands that start both anew. */
export function* findSideContradictions(input: CheckInput): Iterable<SettingProblem> {
  yield* findControlProblems(input)
  yield* findSessionProblems(input)
}

/** What is wrong with the control: its credentials, and the endpoint beside it. */
function* findControlProblems(input: CheckInput): Iterable<SettingProblem> {
  const { control, controlApiKey, auth } = input.values
  if (control === null) yield* findIdleOfControl(input)
  if (control == null) return
  if (auth != null && controlApiKey != null && !credentialsOf(auth.kind).includes('api-key')) {
    yield contradict('control-api-key', `is a key, and auth is ${auth.kind}, which takes none; remove one of them`)
  }
  yield* findBorrowed(input, control)
}

function* findIdleOfControl({ given, values }: CheckInput): Iterable<SettingProblem> {
  // A command may start the control at the endpoint's address.
  if (values.controlCommand !== null) return
  for (const { name } of Object.values(CONTROL_SETTINGS)) {
    // A key in the environment may be meant for other commands.
    if (!isIdle(given, name, 'control') || given.get(name)?.source === 'env') continue
    yield contradict(name, 'is about a control, and there is none; give control or remove it')
  }
}

/** Credentials from another tool's variable are meant for the endpoint's host, and go to no other. */
function* findBorrowed({ values, given }: CheckInput, control: URL): Iterable<SettingProblem> {
  const { endpoint, auth, controlApiKey } = values
  if (endpoint == null || auth == null || endpoint.host === control.host) return
  const own = new Map<string, string | undefined>(
    Object.values(ENDPOINT_SETTINGS).map((setting) => [setting.name, 'env' in setting ? setting.env : undefined]),
  )
  for (const name of credentialsOf(auth.kind).filter((one) => CREDENTIALS.includes(one))) {
    const { source, where } = given.get(name) ?? {}
    if (source !== 'env' || where === own.get(name) || (name === 'api-key' && controlApiKey !== null)) continue
    yield contradict(
      'control',
      `has another host than the endpoint, and ${name} comes from ${where}, which is not for it; give ` +
        `${name === 'api-key' ? 'control-api-key' : name} if it is meant for both`,
    )
  }
}

/** What is wrong with sessions and the commands that start servers. */
function* findSessionProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { candidateCommand, controlCommand, redeployCommand, control, preflight, runs } = values
  if (candidateCommand === null && controlCommand != null) {
    yield contradict(
      'control-command',
      'starts what the candidate is compared with, and nothing starts the candidate; give candidate-command, or instead of it control with the URL of a server that is there',
    )
  }
  if (controlCommand === null && redeployCommand === null && given.has('sessions')) {
    yield contradict(
      'sessions',
      'are counted where both sides are started anew for each, and nothing does so; give candidate-command and control-command, or redeploy-command, or remove it',
    )
  }
  if (redeployCommand != null && candidateCommand != null) {
    yield contradict(
      'redeploy-command',
      'is for servers that run elsewhere, and candidate-command starts one here; remove one of them',
    )
  } else if (redeployCommand != null && control === null) {
    yield contradict(
      'redeploy-command',
      'makes sessions of endpoint and control, and there is no control; give its URL as control',
    )
  }
  if (preflight === false) {
    for (const setting of listCommands({ ...values, controlCommand: null }))
      yield contradict(setting, 'starts what preflight then waits for, and preflight is off; remove one of them')
  }
  yield* findIdleInSessions(values, given)
  if (runs !== undefined && runs > 1 && (controlCommand != null || redeployCommand != null)) {
    yield contradict('runs', 'are of one deployment, and each session makes a new one; use sessions, and remove runs')
  }
}

/**
 * Settings without effect in sessions: another session shows more than a second look, and commands start one side at
 * a time.
 */
function* findIdleInSessions(
  { controlCommand, redeployCommand, confirm }: CheckInput['values'],
  given: CheckInput['given'],
): Iterable<SettingProblem> {
  const cause = controlCommand != null ? 'control-command' : redeployCommand != null ? 'redeploy-command' : null
  if (cause === null) return
  if (isIdle(given, 'confirm', cause) && confirm !== 0) {
    yield contradict(
      'confirm',
      'is about a second look, and another session takes its place; remove it, or use sessions',
    )
  }
  if (isIdle(given, 'pause', cause)) {
    yield contradict('pause', 'is between runs and before a second look, and sessions have neither; remove it')
  }
  if (cause === 'control-command' && isIdle(given, 'control-timing', cause)) {
    yield contradict('control-timing', 'is for a control that is there, and control-command starts it alone; remove it')
  }
}

/** Contradictions about what a run is: scenarios of a config file, a share of one, or what was measured elsewhere. */
export function* findRunContradictions(input: CheckInput): Iterable<SettingProblem> {
  yield* findScenarioProblems(input)
  yield* findShardProblems(input)
  yield* findResultsProblems(input)
}

/** What a run of a mix cannot have. */
function* findUnmixable(values: CheckInput['values'], given: CheckInput['given']): Iterable<SettingProblem> {
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

/** What is wrong with the scenarios of a config file, and what a run of several of them cannot have. */
function* findScenarioProblems({ values, given, scenarios }: CheckInput): Iterable<SettingProblem> {
  if (given.has('scenario') && !given.has('config')) {
    yield contradictAlone('scenario', 'is one of a config file', 'config')
  }
  if (values.mix != null) yield* findUnmixable(values, given)
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
function* findShardProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
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
  const { control, runs, crossCheck, levelRequests, serverMetrics, append, upload } = values
  for (const name of listCommands(values)) {
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

/** What does nothing with `results`, which were measured already. */
function* findResultsProblems({ values, given }: CheckInput): Iterable<SettingProblem> {
  if (values.results == null) return
  for (const { name } of Object.values(IDLE)) {
    // A key in the environment may be meant for other commands.
    if (given.get(name)?.source === 'env' || !isIdle(given, name, 'results')) continue
    yield contradict(name, 'does nothing with results, which were measured already; remove it, or results')
  }
}
