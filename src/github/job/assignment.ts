import { resolve } from 'node:path'
import { SettingsError } from '../../errors.ts'
import { GATE_SETTINGS } from '../../settings/lists/gate-settings.ts'
import { CONTROL_SETTINGS } from '../../settings/lists/control-settings.ts'
import { ENDPOINT_SETTINGS } from '../../settings/lists/endpoint-settings.ts'
import {
  isByAnybody,
  isNamedByEvent,
  carriesKey,
  checkEvent,
  checkOnGithub,
  joinsHistory,
  judgeSituation,
} from './situation.ts'
import { hasCredentials, addBorrowed } from '../../settings/auth.ts'
import { readConfig } from '../../settings/reading/files.ts'
import type { ReadBytes } from '../../settings/reading/files.ts'
import { HISTORY_SETTINGS } from '../../settings/lists/history-settings.ts'
import { REPORT_SETTINGS } from '../../settings/lists/report-settings.ts'
import { layerGiven, readValues, readEnvironment } from '../../settings/setting.ts'
import { tellScenario } from '../../settings/scenarios.ts'
import type { ConfigFile } from '../../settings/reading/config-file.ts'
import type { GivenValues } from '../../settings/setting.ts'
import { SHARD_SETTINGS } from '../../settings/lists/shard-settings.ts'
import type { Shard } from '../../settings/lists/shard-settings.ts'
import { ACTION_SETTINGS } from '../../settings/lists/run-settings.ts'
import { findSecrets, findSecretsInEnvironment, findSecretsInherited } from '../../settings/secrets.ts'
import { resolveScenarios } from '../../settings.ts'
import type { Settings, SourcedSetting } from '../../settings.ts'
import { pickPolicy, DEFAULT_POLICY } from '../../verdict/conclude.ts'
import type { VerdictPolicy } from '../../report/verdict.ts'
import { connectGithub, describeRefusal } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'
import { placeConfig, decodeText, placeFiles, NO_TOKEN } from './base-files.ts'
import { commitsOf, readContext, readPayload, nameJob, inputOf, legOf, readInputs, readJobTotal } from '../context.ts'
import type { ActionContext, PullRequestRef } from '../context.ts'
import { listHostsIn } from '../step.ts'
import type { ActionLog, StepPorts } from '../step.ts'
import { findSubject, findSoughtHead, mayWrite } from '../pull-request/pull-request.ts'
import type { Subject } from '../pull-request/pull-request.ts'
import type { SituationFacts, SkipReason } from './situation.ts'

/** A run of the action, before it measures. */
export interface Job {
  readonly context: ActionContext
  /** When this job started, ISO 8601. */
  readonly startedAt: string
  /** Null without a token. */
  readonly client: GithubClient | null
  /** The open pull request that it is about. */
  readonly pull: PullRequestRef | null
  /** Commit that the run is judged against; null when there is none. */
  readonly base: string | null
  /** The folder of relative paths. */
  readonly workspace: string
  /** This job among those of the run. */
  readonly leg: string
  /** Number of jobs in its matrix, each with its own gate. */
  readonly jobTotal: number
}

/** A job that may not measure. */
export interface SkipAssignment {
  readonly job: Job
  readonly reason: SkipReason
  readonly name: string
  readonly policy: VerdictPolicy
  readonly checkRun: boolean
  readonly defer: boolean
  /** Which of several jobs with one gate it is; null: it has its own. */
  readonly shard: Shard | null
}

/** What a job measures under one name: all of it, or one scenario. */
export interface MeasureAssignment {
  readonly job: Job
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
  /** A sentence about where the settings come from, or null. */
  readonly settingsNote: string | null
  /** Whether this run joins the history. */
  readonly joinsHistory: boolean
  /** What the comment goes by: the name, or with `scenario: all` that of all scenarios together. */
  readonly commentName: string
}

/** What a job is to do, under one name, or with `scenario: all` under one for each scenario. */
type Assignment =
  | { readonly kind: 'skip'; readonly parts: readonly SkipAssignment[] }
  | { readonly kind: 'measure'; readonly parts: readonly MeasureAssignment[] }

/** What `readAssignment` needs from outside. */
export interface AssignmentPorts extends Pick<
  StepPorts,
  'env' | 'readFile' | 'log' | 'signal' | 'wallClock' | 'githubPauseMs'
> {
  readonly readBytes: ReadBytes
}

/**
 * Finds out what this run is, whether it may measure, and with which settings. Masks secrets before anything else
 * uses them.
 *
 * @throws SettingsError
 */
export async function readAssignment(ports: AssignmentPorts): Promise<Assignment> {
  const { env, readFile, readBytes, log, wallClock } = ports
  const inputs = readInputs(ACTION_SETTINGS, env)
  const secretsGiven = [
    ...findSecrets(ACTION_SETTINGS, inputs),
    ...findSecretsInEnvironment(ACTION_SETTINGS, env),
    ...findSecretsInherited(ACTION_SETTINGS, inputs, env),
  ]
  for (const secret of secretsGiven) log.hide(secret)
  // Before the settings are read, so that no message shows a host.
  log.hideHosts(
    HOSTED.flatMap(({ name }) => listHostsIn(inputs.get(name)?.text ?? '')),
    labelOf(inputs),
  )
  const context = readContext(env, readFile)
  checkEvent(context)
  const { job, pullTrouble, facts } = await describeJob(context, inputs, ports)
  const readLocal: ReadBytes = (path) => readBytes(resolve(job.workspace, path))
  const source = await placeConfig(job, inputs, readLocal, pullTrouble)
  const config = await readConfig(inputs, decodeText(source.readBytes), 'action')
  const { shard = null } = readValues(SHARD_SETTINGS, inputs).values
  const jobName = nameJob(context.job, inputOf(env, 'matrix'), shard)
  const all = listGiven(inputs, config, jobName)

  const before = all.map((given) => readBeforeSettings(inputs, given, jobName, env))
  const situation = judgeSituation({ ...context, pullRequest: job.pull }, before[0]!, facts)
  if (situation.kind === 'skip') {
    const { reason } = situation
    const skipped = { job, reason, shard }
    const parts = before.map(({ name, policy, checkRun, defer }) => ({ ...skipped, name, policy, checkRun, defer }))
    return { kind: 'skip', parts }
  }
  const files = await placeFiles(job, [...all, ...(config.mixed?.values() ?? [])], readLocal, pullTrouble)
  const resolved = await resolveScenarios({
    inputs,
    env,
    readFile: decodeText(files.readBytes),
    readBytes: files.readBytes,
    config,
    wallClock,
    defaults: { baseline: { kind: 'artifact' }, name: jobName },
  })
  const event = readPayload(env['GITHUB_EVENT_PATH'], readFile)
  for (const { settings, sources, secrets } of resolved) {
    for (const secret of secrets) log.hide(secret)
    hideHosts(settings, sources, log)
    checkOnGithub(settings, context)
  }
  if (resolved.some(({ settings }) => goesWhereEventSays(settings, event))) log.warning(NAMED_BY_EVENT)
  const settingsNote = [source.note, ...files.notes].filter((note) => note !== null).join(' ') || null
  const parts = resolved.map(({ settings, sources }) => ({
    job,
    settings,
    sources,
    settingsNote,
    joinsHistory: joinsHistory(settings, situation),
    commentName: resolved.length === 1 ? settings.name : nameAll(layerGiven(inputs, config.given), jobName),
  }))
  return { kind: 'measure', parts }
}

/** What inputs and config file give, for each scenario that is meant. */
function listGiven(inputs: GivenValues, { given, scenarios }: ConfigFile, jobName: string): readonly GivenValues[] {
  const several = [...(scenarios ?? [])]
  if (several.length === 0) return [layerGiven(inputs, given)]
  return several.map(([name, own]) =>
    tellScenario(
      layerGiven(inputs, own, given),
      { name, own, count: several.length },
      { list: ACTION_SETTINGS, defaultName: jobName },
    ),
  )
}

/** The name of all scenarios together, whose own names were found to be right. */
function nameAll(given: GivenValues, jobName: string): string {
  return readValues(HISTORY_SETTINGS, given).values.name ?? jobName
}

function goesWhereEventSays({ endpoint, control, tokenUrl, allowedHosts }: Settings, event: unknown): boolean {
  const goals = [endpoint, control, tokenUrl].filter((url) => url !== null)
  return allowedHosts.length === 0 && goals.some((url) => isNamedByEvent(url, event))
}

/** Settings that may name the endpoint's host or a related one. */
const HOSTED = [
  ENDPOINT_SETTINGS.endpoint,
  CONTROL_SETTINGS.control,
  ENDPOINT_SETTINGS.versionUrl,
  ENDPOINT_SETTINGS.tokenUrl,
  ENDPOINT_SETTINGS.serverMetrics,
  ENDPOINT_SETTINGS.proxy,
  ENDPOINT_SETTINGS.allowedHosts,
]

/**
 * Hides the hosts of the settings, including the config file. A label that nobody gave is only the name, which tells
 * less than `[host]`.
 */
function hideHosts(settings: Settings, sources: readonly SourcedSetting[], log: ActionLog): void {
  const { endpoint, control, versionUrl, tokenUrl, proxy } = settings
  const urls = [endpoint, control, versionUrl, tokenUrl, proxy].flatMap((url) => url?.toString() ?? [])
  const isGiven = sources.some(({ name, source }) => name === LABEL && source !== 'default')
  log.hideHosts(urls.flatMap(listHostsIn), isGiven ? settings.endpointLabel : null)
}

const LABEL = ENDPOINT_SETTINGS.endpointLabel.name

function labelOf(inputs: GivenValues): string | null {
  return inputs.get(LABEL)?.text.trim() ?? null
}

/** Otherwise whoever causes the event decides where the key goes. */
const NAMED_BY_EVENT =
  'the host of the endpoint comes from the event, and allowed-hosts does not say where the key may go; set allowed-hosts'

async function describeJob(
  context: ActionContext,
  inputs: GivenValues,
  { env, log, signal, wallClock, githubPauseMs }: AssignmentPorts,
): Promise<{ readonly job: Job; readonly pullTrouble: string | null; readonly facts: SituationFacts }> {
  const startedAt = wallClock().toISOString()
  const token = inputs.get('github-token')?.text ?? ''
  const client = token === '' ? null : connectGithub(token, context, { log: log.info, signal, pauseMs: githubPauseMs })
  const { pull, isForeign, trouble } = await findSubjectOrTrouble(client, context, log)
  const job = {
    context,
    startedAt,
    client,
    pull,
    base: commitsOf(context, pull).base,
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
    leg: legOf(context.job, inputOf(env, 'matrix')),
    jobTotal: readJobTotal(inputOf(env, 'job-total')),
  }
  const isByWriter = isByAnybody(context) && (await checkWriter(client, context, log))
  return { job, pullTrouble: trouble, facts: { isForeign, isByWriter } }
}

/** A pull request that cannot be found costs only the comment, unless its base has the settings. */
async function findSubjectOrTrouble(
  client: GithubClient | null,
  context: ActionContext,
  log: ActionLog,
): Promise<Subject & { readonly trouble: string | null }> {
  if (client === null) {
    if (context.commented !== null) throw refuseComment(NO_TOKEN)
    const mayHaveOne = context.pullRequest === null && findSoughtHead(context) !== null
    return { pull: context.pullRequest, isForeign: false, trouble: mayHaveOne ? NO_TOKEN : null }
  }
  try {
    return { ...(await findSubject(client, context)), trouble: null }
  } catch (error) {
    const trouble = describeRefusal(error, 'pull-requests: read')
    if (context.commented !== null) throw refuseComment(trouble)
    log.warning(`the pull request of this commit could not be found: ${trouble}`)
    return { pull: null, isForeign: false, trouble }
  }
}

/** Only GitHub can say whose code a comment is about. */
function refuseComment(why: string): SettingsError {
  const message = `cannot find the pull request that this comment is on, so nothing is sent: ${why}`
  return new SettingsError([{ setting: 'github-token', given: null, message }])
}

/** Whether the person behind an event that anybody can cause has write access; no if that cannot be found out. */
async function checkWriter(
  client: GithubClient | null,
  { actor, event }: ActionContext,
  log: ActionLog,
): Promise<boolean> {
  const refuse = (why: string): boolean => {
    log.warning(`anybody can cause ${event}, and whether ${actor} may write here was not found out: ${why}`)
    return false
  }
  if (client === null) return refuse(NO_TOKEN)
  try {
    return await mayWrite(client, actor)
  } catch (error) {
    return refuse(describeRefusal(error, 'contents: read'))
  }
}

/** The few values that are needed before the settings; what cannot be read counts as not given. */
function readBeforeSettings(inputs: GivenValues, given: GivenValues, jobName: string, env: NodeJS.ProcessEnv) {
  const { headers } = readValues(ENDPOINT_SETTINGS, inputs).values
  const credentials = addBorrowed(ENDPOINT_SETTINGS, layerGiven(inputs, readEnvironment(ENDPOINT_SETTINGS, env)), env)
  const { values, problems } = readValues(REPORT_SETTINGS, inputs)
  const { name } = readValues(HISTORY_SETTINGS, given).values
  const { checkRun, defer } = readValues(REPORT_SETTINGS, given).values
  const policy = readValues(GATE_SETTINGS, given).values
  const controlKey = layerGiven(inputs, readEnvironment(CONTROL_SETTINGS, env)).get('control-api-key')?.text ?? ''
  return {
    hasKey: hasCredentials(credentials, env) || controlKey.trim() !== '' || carriesKey(headers ?? {}),
    needsNoKey: inputs.get('auth')?.text.trim() === 'none',
    sendsNothing: (given.get('results')?.text.trim() ?? '') !== '',
    allowFork: values.allowFork === true,
    allowForkProblem: problems.find(({ setting }) => setting === REPORT_SETTINGS.allowFork.name) ?? null,
    checkRun: checkRun === true,
    defer: defer === true,
    name: name ?? jobName,
    policy: pickPolicy({ ...DEFAULT_POLICY, ...policy }),
  } as const
}
