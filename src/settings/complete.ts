import type { ValuesOf } from './define.ts'
import type { Variables } from '../vendors/auth-way.ts'
import { readEndpointName } from '../vendors/vendors.ts'
import type { DecidingSetting, RUN_SETTINGS } from './lists/run-settings.ts'
import type { Limit } from './values/limits.ts'
import { toSlug } from './lists/history-settings.ts'
import type { Certificates, ClientPem } from './reading/files.ts'
import type { FilePrompt } from './reading/prompts-file.ts'
import type { Acceptance } from './values/acceptance.ts'
import type { Shard } from './values/shard.ts'
import { renderBaselinePlace } from './values/baseline-place.ts'
import type { BaselinePlace } from './values/baseline-place.ts'

/** Settings that are used up before a run is told anything: it gets what came of them. */
type UsedUp =
  'promptsFile' | 'caCert' | 'clientCert' | 'clientKey' | 'config' | 'scenario' | 'githubToken' | 'allowFork'

/** The settings that a run is told, as they were read. */
type Told = Omit<ValuesOf<typeof RUN_SETTINGS>, UsedUp>

/**
 * Everything a run is told: read, checked against each other, and complete. Its fields are those of `RUN_SETTINGS`, and
 * what they mean stands there; written out are only those that completing adds or narrows.
 */
export interface Settings extends Told {
  /** Without user info. May hold a query, which is never shown. */
  readonly endpoint: URL
  /** What `auth` takes from the environment. Never shown. */
  readonly variables: Variables
  /** Names are lower case. Values are never shown. */
  readonly headers: Readonly<Record<string, string>>
  /** Members added to the body of every request. */
  readonly extraBody: Readonly<Record<string, unknown>>
  /** Never the endpoint's host unless the user wrote it. */
  readonly endpointLabel: string
  /** Empty when not restricted. The endpoint has been checked. */
  readonly allowedHosts: readonly string[]
  /** PEM text of additional certificate authorities; null: the system's only. */
  readonly caCertPem: string | null
  /** What the endpoint is shown that wants a client certificate; null: nothing. The key is never shown to anybody. */
  readonly clientPem: ClientPem | null
  /** The variable of the environment that names a proxy which is not used, because `proxy` is not given; null: none does. */
  readonly unusedProxy: string | null
  /** The lines of the prompts file, all of one kind and at least one; null: prompts are generated. */
  readonly prompts: readonly FilePrompt[] | null
  /** Everything random comes from it, except the nonce that keeps prompts unique. */
  readonly seed: string
  /** No level is above it, not even one of a list. */
  readonly maxConcurrency: number
  readonly limits: readonly Limit[]
  /** One series of runs; `[a-z0-9-]`. */
  readonly name: string
  readonly baseline: BaselinePlace
  readonly accept: readonly Acceptance[]
  /** The settings that decide, as they were given. */
  readonly decidedBy: readonly DecidingSetting[]
  /** What whoever starts it calls the commands of its two sides. */
  readonly commandNames: CommandNames
}

/** For each side the setting that starts it, as messages name it. */
export type CommandNames = Readonly<Record<'candidate' | 'control', string>>

const COMMAND_NAMES: CommandNames = { candidate: 'candidate-command', control: 'control-command' }

/** What stands for settings whose default depends on who asks. */
export interface EntryDefaults {
  readonly baseline: BaselinePlace
  readonly name: string | null
  readonly commandNames?: CommandNames
}

/**
 * The settings from values without problems: what follows from other settings is filled in. That somebody then reads each
 * of them is checked by `test/architecture/idle-names.test.ts`.
 */
export function completeSettings(
  values: ValuesOf<typeof RUN_SETTINGS>,
  prompts: readonly FilePrompt[] | null,
  { caCertPem, clientPem }: Certificates,
  { variables, unusedProxy }: { readonly variables: Variables; readonly unusedProxy: string | null },
  defaults: EntryDefaults,
  decidedBy: readonly DecidingSetting[],
): Settings {
  // `required` has made sure of it; the type of a setting without a default cannot know.
  const endpoint = values.endpoint!
  const name = values.name ?? defaults.name ?? chooseDefaultName(values.scenario, values.model, endpoint)
  // Field by field: what a new setting does is decided here, and a spread would hide that it does nothing.
  return {
    endpoint,
    api: values.api,
    task: values.task,
    model: values.model,
    apiKey: values.apiKey,
    auth: values.auth,
    variables,
    clientId: values.clientId,
    clientSecret: values.clientSecret,
    tokenUrl: values.tokenUrl,
    oidcAudience: values.oidcAudience,
    headers: values.headers ?? {},
    extraBody: values.extraBody ?? {},
    endpointLabel: values.endpointLabel ?? name,
    allowedHosts: values.allowedHosts ?? [],
    control: values.control,
    controlApiKey: values.controlApiKey,
    controlModel: values.controlModel,
    controlTiming: values.controlTiming,
    candidateCommand: values.candidateCommand,
    controlCommand: values.controlCommand,
    redeployCommand: values.redeployCommand,
    sessions: values.sessions,
    expectVersion: values.expectVersion,
    versionUrl: values.versionUrl,
    requestTimeoutMs: values.requestTimeoutMs,
    readyTimeoutMs: values.readyTimeoutMs,
    preflight: values.preflight,
    selfProof: values.selfProof,
    soak: values.soak,
    serverMetrics: values.serverMetrics,
    crossCheck: values.crossCheck,
    caCertPem,
    clientPem,
    insecureTls: values.insecureTls,
    proxy: values.proxy,
    unusedProxy: values.proxy === null ? unusedProxy : null,
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
    clientThreads: values.clientThreads,
    maxDurationMs: values.maxDurationMs,
    maxRequests: values.maxRequests,
    maxOutputTokens: values.maxOutputTokens,
    shard: values.shard,
    rendezvous: values.rendezvous,
    rendezvousTimeoutMs: values.rendezvousTimeoutMs,
    part: values.part ?? namePart(values.shard),
    gate: values.gate,
    limits: values.limits ?? [],
    tolerance: values.tolerance,
    metrics: values.metrics,
    throughputWithin: values.throughputWithin,
    slo: values.slo,
    sloShare: values.sloShare,
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
    decidedBy,
    commandNames: defaults.commandNames ?? COMMAND_NAMES,
    acceptLabel: values.acceptLabel,
    comment: values.comment,
    defer: values.defer,
    upload: values.upload,
    pricePerHour: values.pricePerHour,
    artifactContent: values.artifactContent,
    format: values.format,
    reportJson: values.reportJson,
    verdictJson: values.verdictJson,
    html: values.html,
    markdown: values.markdown,
    junit: values.junit,
    csv: values.csv,
    requestsCsv: values.requestsCsv,
    openmetrics: values.openmetrics,
    records: values.records,
    append: values.append,
    dryRun: values.dryRun,
  }
}

/**
 * The settings whose default follows from others, by their names, as a user would write what they came to: those that
 * `completeSettings` fills in.
 */
export function listComputed(settings: Settings): Readonly<Record<string, string>> {
  return {
    'endpoint-label': settings.endpointLabel,
    baseline: renderBaselinePlace(settings.baseline),
    // A list says itself where it ends.
    'max-concurrency':
      settings.concurrency === 'auto' ? String(settings.maxConcurrency) : 'not used, concurrency is a list',
    name: settings.name,
    seed: settings.seed,
    ...(settings.part !== null && { part: settings.part }),
  }
}

/** Beside the history, where nobody commits it. */
function namePart(shard: Shard | null): string | null {
  return shard === null ? null : `.plateau/part-${shard.number}-of-${shard.count}.part`
}

/** Never the host: names are shown in reports, and hosts only when asked for. */
function chooseDefaultName(scenario: string | null, model: string | null, endpoint: URL): string {
  for (const text of [scenario, model, readEndpointName(endpoint)]) {
    const slug = toSlug(text ?? '')
    if (slug !== '') return slug
  }
  return 'endpoint'
}
