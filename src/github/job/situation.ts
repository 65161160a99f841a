import { domainToUnicode } from 'node:url'
import { RECORDING_EVENTS } from '../../baseline/artifact-rules.ts'
import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import type { Settings } from '../../settings.ts'
import { credentialsOf } from '../../settings/auth.ts'
import { listCommands } from '../../settings/checks/check.ts'
import { isSecretName } from '../../settings/secrets.ts'
import { isDefaultBranch, isEnterpriseServer } from '../context.ts'
import type { ActionContext } from '../context.ts'

/** What a run of this event does. */
type Situation =
  /** Measures. `joinsHistory`: what `record: auto` means here. */
  | { readonly kind: 'measure'; readonly joinsHistory: boolean }
  /** Sends nothing to the endpoint. */
  | { readonly kind: 'skip'; readonly reason: SkipReason }

/** Codes of `REASONS`. */
export type SkipReason = 'fork' | 'dependabot' | 'no-key' | 'no-writer' | 'foreign-commit'

/** What GitHub shows about the run. */
export interface SituationFacts {
  /** True when the measured code is not known to be of this repository. */
  readonly isForeign: boolean
  /** Whether the person who caused it may write here; false when unknown, and not asked when the event implies it. */
  readonly isByWriter: boolean
}

/** The few settings that decide it; a skip must not depend on the others being valid. */
interface SituationSettings {
  readonly hasKey: boolean
  /** `auth: none`: the endpoint needs no key. */
  readonly needsNoKey: boolean
  /** With `results` nothing is sent, so nothing can be done with a key. */
  readonly sendsNothing: boolean
  /** `let-forks-use-my-key`. */
  readonly allowFork: boolean
  /** Why it could not be read; else null. */
  readonly allowForkProblem: SettingProblem | null
}

/** Events that only people with write access can cause, or that are judged by where the pull request comes from. */
const TRUSTED_EVENTS: ReadonlySet<string> = new Set([
  'push',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'merge_group',
  'deployment',
  'deployment_status',
  'release',
  'create',
  'workflow_run',
  'pull_request',
  'pull_request_target',
])

/**
 * Whether this event measures, and whether it records by itself.
 *
 * @throws SettingsError for `pull_request_target` from a fork: whoever opened it could get the key.
 */
export function judgeSituation(context: ActionContext, settings: SituationSettings, facts: SituationFacts): Situation {
  const { event, actor } = context
  // The token of such a run of a fork may only read, and there is no key: what the job's own steps measured can be judged.
  if (settings.sendsNothing && event === 'pull_request') return { kind: 'measure', joinsHistory: false }
  if ((facts.isForeign || isOfFork(context)) && !(settings.allowFork && hasSecretsForForks(event))) {
    if (event === 'pull_request_target') throw refuseFork(settings.allowForkProblem)
    return { kind: 'skip', reason: isOfFork(context) ? 'fork' : 'foreign-commit' }
  }
  if (actor === 'dependabot[bot]') return { kind: 'skip', reason: 'dependabot' }
  if (!settings.hasKey && !settings.needsNoKey && !settings.sendsNothing && isByAnybody(context))
    return { kind: 'skip', reason: 'no-key' }
  if (isByAnybody(context) && !facts.isByWriter) return { kind: 'skip', reason: 'no-writer' }
  return { kind: 'measure', joinsHistory: recordsByItself(context) }
}

/** True for an event that people without write access can cause. */
export function isByAnybody({ event }: Pick<ActionContext, 'event'>): boolean {
  return !TRUSTED_EVENTS.has(event)
}

/**
 * Refuses an event that may be about anybody's code and does not say whose: it must not get the key.
 *
 * @throws SettingsError
 */
export function checkEvent({ event, pullRequest, workflowRun, mergeGroup, deployment }: ActionContext): void {
  const isWhole =
    event === 'workflow_run'
      ? workflowRun !== null
      : event === 'merge_group'
        ? mergeGroup !== null
        : event.startsWith('deployment')
          ? deployment !== null
          : !event.startsWith('pull_request') || pullRequest !== null
  if (isWhole) return
  const message =
    `holds no usable event, so it is not known whose code a run of ${event} would measure with your key: nothing is sent. ` +
    'The runner writes this file; does a step of the job or act replace it?'
  throw new SettingsError([{ setting: 'GITHUB_EVENT_PATH', given: null, message }])
}

/**
 * True when this run joins the history. The file of a release is read-only, so a run joins it only with `record:
 * always`.
 */
export function joinsHistory(
  { record, baseline }: Pick<Settings, 'record' | 'baseline'>,
  situation: Extract<Situation, { readonly kind: 'measure' }>,
): boolean {
  if (record === 'never' || baseline.kind === 'none') return false
  return record === 'always' || (situation.joinsHistory && baseline.kind !== 'release-asset')
}

/** True when a header is named like one that carries a key. */
export function carriesKey(headers: Settings['headers']): boolean {
  return Object.keys(headers).some(isSecretName)
}

/**
 * Checks complete settings for what only the action can know.
 *
 * @throws SettingsError with all problems.
 */
export function checkOnGithub(settings: Settings, context: ActionContext): void {
  const problems = [
    ...findKeyProblems(settings, context),
    ...findCommandProblems(settings, context),
    ...findServerProblems(settings, context),
  ]
  if (problems.length > 0) throw new SettingsError(problems)
}

function findKeyProblems(
  { auth, apiKey, headers, results }: Settings,
  { event }: ActionContext,
): readonly SettingProblem[] {
  // The runner passes an input that was not given and a secret that does not exist as the same empty text. A missing
  // secret must not count as "no key needed", so an endpoint without a key needs `auth: none`. The other ways have
  // been found to have what they need.
  if (results !== null || !credentialsOf(auth.kind).includes('api-key') || apiKey !== null || carriesKey(headers))
    return []
  const message =
    `is empty in this run (${event}): look at the secret that it comes from: its name, that it exists for this ` +
    'repository and environment, and that a called workflow gets it (secrets: inherit). For an endpoint without a key set auth: none'
  return [{ setting: 'api-key', given: null, message }]
}

/** The code of a fork would run with all permissions of this job. */
function findCommandProblems(settings: Settings, context: ActionContext): readonly SettingProblem[] {
  if (!isOfFork(context)) return []
  const message =
    'runs nothing for a pull request of a fork: whoever opened it would decide what is run on this machine. ' +
    'Give it only where github.event.pull_request.head.repo.fork is false'
  return listCommands(settings).map((setting) => ({ setting, given: null, message }))
}

function findServerProblems(
  { baseline, defer, upload }: Settings,
  { serverUrl }: ActionContext,
): readonly SettingProblem[] {
  const isEnterprise = isEnterpriseServer(serverUrl)
  const problems: SettingProblem[] = []
  if (baseline.kind === 'artifact' && isEnterprise) {
    const message =
      'GitHub Enterprise Server has no artifacts that this action can read and write; set baseline: file:<path> ' +
      '(a file that you keep yourself), or baseline: none to have limits only'
    problems.push({ setting: 'baseline', given: 'artifact', message })
  }
  if (defer && (isEnterprise || !upload)) {
    const why = isEnterprise ? 'GitHub Enterprise Server has none' : 'upload is false'
    problems.push({
      setting: 'defer',
      given: 'true',
      message: `hands the result over as an artifact, and ${why}; remove defer`,
    })
  }
  return problems
}

function isOfFork({ pullRequest, workflowRun, repository }: ActionContext): boolean {
  if (pullRequest !== null) return pullRequest.headRepositoryId !== repository.id
  return workflowRun !== null && workflowRun.headRepositoryId !== repository.id
}

/** True for events whose runs have secrets even when outsiders cause them. */
function hasSecretsForForks(event: string): boolean {
  return ['pull_request_target', 'workflow_run', 'issue_comment'].includes(event) || event.startsWith('deployment')
}

function recordsByItself(context: ActionContext): boolean {
  const { event, workflowRun, repository } = context
  if (event === 'workflow_run') {
    return (
      workflowRun?.event === 'push' &&
      workflowRun.headRepositoryId === repository.id &&
      repository.defaultBranch !== null &&
      workflowRun.headBranch === repository.defaultBranch
    )
  }
  return RECORDING_EVENTS.includes(event) && isDefaultBranch(context)
}

function refuseFork(unread: SettingProblem | null): SettingsError {
  if (unread !== null) return new SettingsError([unread])
  const message =
    'is not set, and this is a pull_request_target run of a fork: whoever opened the pull request would decide what is ' +
    'measured with your key. Use on: pull_request, where forks are skipped; or set let-forks-use-my-key: true if you mean it'
  return new SettingsError([{ setting: 'let-forks-use-my-key', given: null, message }])
}

/** Parts of an event that nobody can write freely: where it happened and who caused it. */
const NOT_WRITTEN = new Set(['repository', 'repo', 'organization', 'enterprise', 'sender', 'installation'])

/**
 * True when the event names the endpoint's host (a deployment status, the inputs of a dispatch, the text of a pull
 * request). Then whoever causes such an event decides where the key goes, unless `allowed-hosts` does.
 */
export function isNamedByEvent(endpoint: URL, event: unknown): boolean {
  const name = trimDots(endpoint.hostname)
  const spellings = [name, domainToUnicode(name)]
  return asTexts(event).some((text) => {
    const plain = text.normalize('NFKC').toLowerCase()
    return (
      spellings.some((spelling) => plain.includes(spelling)) ||
      text.split(NOT_IN_URLS).some((word) => hostOf(word) === name)
    )
  })
}

const NOT_IN_URLS = /[\s"'`<>(),;|]+/

/**
 * The host that a word names, as a URL normalises it (other notations of an address, escapes, another alphabet); null
 * when there is none.
 */
function hostOf(word: string): string | null {
  const url = /^[a-z]+:\/\//i.test(word) ? word : `https://${word}`
  return word !== '' && URL.canParse(url) ? trimDots(new URL(url).hostname) : null
}

/** `host.` and `host` are the same host. */
function trimDots(name: string): string {
  return name.replace(/(?<!\.)\.+$/, '')
}

function asTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => (NOT_WRITTEN.has(key) ? [] : asTexts(member)))
}
