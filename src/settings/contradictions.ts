import type { SettingProblem } from '../errors.ts'
import type { Task } from '../protocol/api.ts'
import { findMetric } from './metric-names.ts'
import type { FilePrompt } from './prompts-file.ts'
import type { GivenValues } from './resolve.ts'
import type { RunValues } from './run-settings.ts'
import { isAllowedHost } from './urls.ts'

/**
 * Settings that are right one by one and wrong together. Each message names the remedy; settings that could not be read
 * are undefined and contradict nothing. A value that was given and would do nothing is a contradiction too.
 */
export function findContradictions(
  values: RunValues,
  given: GivenValues,
  prompts: readonly FilePrompt[] | null,
): readonly SettingProblem[] {
  return [
    ...keyProblems(values, given),
    ...endpointProblems(values, given),
    ...workloadProblems(values, given, prompts),
    ...loadProblems(values, given),
    ...limitProblems(values),
    ...outputProblems(values, given),
  ]
}

function* keyProblems({ auth, apiKey, headers }: RunValues, given: GivenValues): Iterable<SettingProblem> {
  // A key in the environment serves many commands; only one given on purpose contradicts `none`.
  if (auth?.kind === 'none' && given.get('api-key')?.source === 'flag') {
    yield problem('auth', 'is none, but an api-key is given; remove one of them')
  }
  if (auth?.kind === 'header' && apiKey === null) {
    yield problem('auth', `sends the key in ${auth.name}, but there is no key; set PLATEAU_API_KEY or --api-key`)
  }
  const keyHeader = auth?.kind === 'header' ? auth.name : auth?.kind === 'bearer' ? 'authorization' : null
  if (apiKey != null && headers != null && keyHeader !== null && Object.hasOwn(headers, keyHeader)) {
    yield problem('headers', `sets ${keyHeader}, which carries the api-key; remove one of them, or set auth to none`)
  }
}

function* endpointProblems(values: RunValues, given: GivenValues): Iterable<SettingProblem> {
  const { endpoint, versionUrl, allowedHosts, api, task, expectVersion, caCert } = values
  if (allowedHosts != null && endpoint != null && !isAllowedHost(endpoint, allowedHosts)) {
    yield problem(
      'endpoint',
      `has the host ${endpoint.host}, which is not among allowed-hosts; add it there if it is right`,
    )
  }
  if (allowedHosts != null && versionUrl != null && !isAllowedHost(versionUrl, allowedHosts)) {
    yield problem(
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
    yield problem('task', `is only for api: databricks; ${api} has one task, remove task`)
  }
  if (values.preflight === false && expectVersion != null) {
    yield problem('expect-version', 'is checked in preflight, which is off; remove one of them')
  }
  if (values.preflight === false && values.soak === 'auto' && given.has('soak')) {
    yield problem('soak', 'comes after preflight, which is off; set soak to off, or leave preflight on')
  }
  if (versionUrl != null && expectVersion === null) {
    yield problem('version-url', 'is where expect-version looks, which is not given; give it or remove version-url')
  }
  if (caCert != null && endpoint?.protocol === 'http:') {
    yield problem('ca-cert', 'is for an https endpoint, and this one is http; remove it or change endpoint')
  }
}

function* workloadProblems(
  values: RunValues,
  given: GivenValues,
  prompts: readonly FilePrompt[] | null,
): Iterable<SettingProblem> {
  const { inputTokens, promptsFile, prefixCache, sharedPrefixTokens, batchSize } = values
  const task = taskOf(values)
  if (promptsFile != null) {
    for (const name of ['input-tokens', 'shared-prefix-tokens']) {
      if (given.has(name))
        yield problem(name, 'is for generated prompts, and prompts-file gives them; remove one of them')
    }
  }
  if (sharedPrefixTokens !== undefined && sharedPrefixTokens > 0) {
    if (prefixCache === 'avoid') {
      yield problem('shared-prefix-tokens', 'makes prompts begin alike; set prefix-cache to allow, or remove it')
    }
    if (
      inputTokens !== undefined &&
      inputTokens !== 'auto' &&
      inputTokens.kind === 'fixed' &&
      inputTokens.tokens <= sharedPrefixTokens
    ) {
      yield problem('shared-prefix-tokens', `must be below input-tokens (${inputTokens.tokens}), of which it is a part`)
    }
  }
  if (batchSize !== undefined && batchSize > 1 && task !== null && task !== 'embeddings') {
    yield problem('batch-size', `must be 1 for ${task}; only embeddings take several texts in a request`)
  }
  const kind = prompts?.[0]?.kind
  if (kind === 'messages' && task !== null && task !== 'chat') {
    yield problem(
      'prompts-file',
      `has "messages", and ${task} takes none; use ${task === 'embeddings' ? '"input"' : '"prompt"'}`,
    )
  }
  if (kind === 'input' && task !== null && task !== 'embeddings') {
    yield problem(
      'prompts-file',
      `has "input", which is for embeddings; use "prompt"${task === 'chat' ? ' or "messages"' : ''}`,
    )
  }
  if (batchSize !== undefined && batchSize > 1 && prompts !== null) {
    yield problem('batch-size', 'is for generated prompts; in a prompts-file a line with a list of "input" is a batch')
  }
}

/** The task that the settings alone say, or null. */
function taskOf({ api, task }: RunValues): Task | null {
  if (api === 'openai-chat') return 'chat'
  if (api === 'openai-completions') return 'completions'
  if (api === 'openai-embeddings') return 'embeddings'
  return task === undefined || task === 'auto' ? null : task
}

function* loadProblems(values: RunValues, given: GivenValues): Iterable<SettingProblem> {
  const { concurrency, maxConcurrency, levelDurationMs, maxDurationMs } = values
  if (
    concurrency !== undefined &&
    concurrency !== 'auto' &&
    maxConcurrency !== undefined &&
    given.has('max-concurrency')
  ) {
    const above = concurrency.filter((level) => level > maxConcurrency)
    if (above.length > 0) {
      yield problem(
        'concurrency',
        `has ${above.join(', ')}, above max-concurrency ${maxConcurrency}; max-concurrency is for auto, remove it or raise it`,
      )
    }
  }
  if (levelDurationMs !== undefined && maxDurationMs != null && levelDurationMs > maxDurationMs) {
    yield problem(
      'level-duration',
      'is longer than max-duration, so that no level could end; shorten it or raise max-duration',
    )
  }
}

function* limitProblems(values: RunValues): Iterable<SettingProblem> {
  const { limits, concurrency, maxConcurrency, throughputWithin } = values
  const task = taskOf(values)
  for (const { metric, concurrency: level } of limits ?? []) {
    const info = findMetric(metric)
    if (level === null && info?.scope === 'level' && concurrency === 'auto') {
      yield problem(
        'limits',
        `has ${metric} without a level, and concurrency: auto chooses the levels; write for example ${metric}@8, or list the levels in concurrency`,
      )
    }
    if (level !== null && concurrency !== undefined && concurrency !== 'auto' && !concurrency.includes(level)) {
      yield problem(
        'limits',
        `has ${metric}@${level}, and concurrency has no level ${level}; it has ${concurrency.join(', ')}`,
      )
    }
    if (level !== null && concurrency === 'auto' && maxConcurrency !== undefined && level > maxConcurrency) {
      yield problem(
        'limits',
        `has ${metric}@${level}, above max-concurrency ${maxConcurrency}; raise max-concurrency or lower the level`,
      )
    }
    if (task === 'embeddings' && !hasMetric(metric)) {
      yield problem(
        'limits',
        `has ${metric}, which embeddings do not have; use latency-p50, requests-per-second or input-throughput`,
      )
    }
    if (metric === 'throughput-within' && throughputWithin === null) {
      yield problem(
        'limits',
        'has throughput-within, and the setting throughput-within does not say within what; give it',
      )
    }
  }
  const missing = task === 'embeddings' ? throughputWithin?.find(({ metric }) => !hasMetric(metric)) : undefined
  if (missing !== undefined) {
    yield problem('throughput-within', `has ${missing.metric}, which embeddings do not have; use latency-p50`)
  }
}

/** Embeddings do not stream and generate no tokens. */
function hasMetric(metric: string): boolean {
  return metric !== 'throughput' && !/^(ttft|ttfo|tpot|inter-chunk)-/.test(metric)
}

function* outputProblems({ reportJson, records }: RunValues, given: GivenValues): Iterable<SettingProblem> {
  if (reportJson != null && reportJson === records) {
    yield problem('records', 'names the same file as report-json; give each its own')
  }
  if (given.has('scenario') && !given.has('config')) {
    yield problem('scenario', 'is one of a config file, and config is not given; give it or remove scenario')
  }
}

function problem(setting: string, message: string): SettingProblem {
  return { setting, given: null, message }
}
