import type { SettingProblem } from '../../errors.ts'
import { listWritten } from '../define.ts'
import { RUN_SETTINGS } from '../lists/run-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { contradict, contradictAlone, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

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
