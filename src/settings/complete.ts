import { renderBaselinePlace } from './values/baseline-place.ts'
import type { Entry, Setting, ValuesOf } from './define.ts'
import type { EnvironmentCredentials } from './environment-credentials.ts'
import { toSlug } from './lists/history-settings.ts'
import type { FilePrompt } from './reading/prompts-file.ts'
import type { GivenValues } from './reading/given.ts'
import { showValue } from './reading/given.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS } from './lists/run-settings.ts'
import type { RUN_SETTINGS } from './lists/run-settings.ts'
import type { Settings, SettingsInput, SourcedSetting } from './settings.ts'

/** The settings from values without problems: what follows from other settings is filled in. */
export function completeSettings(
  values: ValuesOf<typeof RUN_SETTINGS>,
  prompts: readonly FilePrompt[] | null,
  caCertPem: string | null,
  { aws, githubIdentity }: EnvironmentCredentials,
  defaults: SettingsInput['defaults'],
): Settings {
  // `required` has made sure of it; the type of a setting without a default cannot know.
  const endpoint = values.endpoint!
  const name = values.name ?? defaults.name ?? defaultName(values.scenario, values.model, endpoint)
  // Field by field: what a new setting does is decided here, and a spread would hide that it does nothing.
  return {
    endpoint,
    api: values.api,
    task: values.task,
    model: values.model,
    apiKey: values.apiKey,
    auth: values.auth,
    aws,
    githubIdentity,
    clientId: values.clientId,
    clientSecret: values.clientSecret,
    tokenUrl: values.tokenUrl,
    oidcAudience: values.oidcAudience,
    headers: values.headers ?? {},
    extraBody: values.extraBody ?? {},
    endpointLabel: values.endpointLabel ?? name,
    allowedHosts: values.allowedHosts ?? [],
    expectVersion: values.expectVersion,
    versionUrl: values.versionUrl,
    requestTimeoutMs: values.requestTimeoutMs,
    readyTimeoutMs: values.readyTimeoutMs,
    preflight: values.preflight,
    soak: values.soak,
    serverMetrics: values.serverMetrics,
    crossCheck: values.crossCheck,
    caCertPem,
    proxy: values.proxy,
    inputTokens: values.inputTokens,
    outputTokens: values.outputTokens,
    prompts,
    prefixCache: values.prefixCache,
    sharedPrefixTokens: values.sharedPrefixTokens,
    batchSize: values.batchSize,
    seed: values.seed ?? name,
    concurrency: values.concurrency,
    // A list says itself where it ends.
    maxConcurrency: values.concurrency === 'auto' ? values.maxConcurrency : Math.max(...values.concurrency),
    passes: values.passes,
    levelDurationMs: values.levelDurationMs,
    levelRequests: values.levelRequests,
    runs: values.runs,
    pauseMs: values.pauseMs,
    warmupRequests: values.warmupRequests,
    maxDurationMs: values.maxDurationMs,
    maxRequests: values.maxRequests,
    maxOutputTokens: values.maxOutputTokens,
    gate: values.gate,
    limits: values.limits ?? [],
    tolerance: values.tolerance,
    metrics: values.metrics,
    throughputWithin: values.throughputWithin,
    confirm: values.confirm,
    falseAlarmRate: values.falseAlarmRate,
    expectedSpread: values.expectedSpread,
    decision: values.decision,
    onNotComparable: values.onNotComparable,
    onUnmeasured: values.onUnmeasured,
    onSkip: values.onSkip,
    name,
    baseline: values.baseline ?? defaults.baseline,
    baselineWorkflow: values.baselineWorkflow,
    baselineRef: values.baselineRef,
    record: values.record,
    historyKeep: values.historyKeep,
    accept: values.accept ?? [],
    acceptLabel: values.acceptLabel,
    comment: values.comment,
    defer: values.defer,
    upload: values.upload,
    artifactContent: values.artifactContent,
    format: values.format,
    reportJson: values.reportJson,
    verdictJson: values.verdictJson,
    html: values.html,
    markdown: values.markdown,
    records: values.records,
    append: values.append,
    dryRun: values.dryRun,
  }
}

/** Every setting that an entry has, with its value and where that comes from, in the order of the list; no secrets. */
export function describeSources(settings: Settings, given: GivenValues, entry: Entry): readonly SourcedSetting[] {
  const computed: Readonly<Record<string, string>> = {
    'endpoint-label': settings.endpointLabel,
    baseline: renderBaselinePlace(settings.baseline),
    'max-concurrency': String(settings.maxConcurrency),
    name: settings.name,
    seed: settings.seed,
  }
  const described = Object.values(entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS).map(
    (setting): SourcedSetting => {
      const value = given.get(setting.name)
      const fallback = computed[setting.name] ?? setting.default ?? fallbackOf(setting)
      if (value === undefined) return { name: setting.name, value: showValue(fallback), source: 'default' }
      return {
        name: setting.name,
        value: setting.secret === true ? 'given, not shown' : showValue(value.text),
        source: value.source,
      }
    },
  )
  return [...described, ...fromEnvironment(settings)]
}

/** What was taken from the environment without being a setting. */
function fromEnvironment({ aws, githubIdentity }: Settings): readonly SourcedSetting[] {
  const secrets = [
    ...(aws === null ? [] : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']),
    ...(aws === null || aws.sessionToken === null ? [] : ['AWS_SESSION_TOKEN']),
    ...(githubIdentity === null ? [] : ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']),
  ]
  return secrets.map((name) => ({ name, value: 'given, not shown', source: 'env' }))
}

/** What happens when nothing is given; a default that differs by entry has been computed. */
function fallbackOf({ derived }: Setting<unknown>): string {
  return typeof derived === 'string' ? derived.replaceAll('`', '') : 'none'
}

/** The serving endpoint of Databricks' native paths, which those of the OpenAI-compatible ones are not. */
const SERVED =
  /\/serving-endpoints\/(?!(?:completions|embeddings|responses)\/?$)([^/]+)(?:\/served-models\/[^/]+)?(?:\/invocations)?\/?$/

/** Never the host: names are shown in reports, and hosts only when asked for. */
function defaultName(scenario: string | null, model: string | null, endpoint: URL): string {
  const served = SERVED.exec(endpoint.pathname)?.[1]
  for (const text of [scenario, model, served]) {
    const slug = toSlug(text ?? '')
    if (slug !== '') return slug
  }
  return 'endpoint'
}
