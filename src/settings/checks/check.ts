import type { SettingProblem } from '../../errors.ts'
import { findApi, readTaskInName } from '../../vendors/apis.ts'
import type { Variables } from '../../vendors/vendor.ts'
import { metricOf } from '../../vocabulary/metrics.ts'
import type { MetricName } from '../../vocabulary/metrics.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import type { Task } from '../../vocabulary/load.ts'
import type { BaselinePlace } from '../lists/history-settings.ts'
import type { EntryPoint, GivenValues } from '../setting.ts'
import type { FilePrompt } from '../prompts-file/prompt.ts'
import type { Trace } from '../trace.ts'
import type { RunValues } from '../lists/run-settings.ts'

/** What the checks for contradictions between settings look at. */
export interface CheckInput {
  /** Settings that could not be read are undefined and contradict nothing. */
  readonly values: RunValues
  readonly given: GivenValues
  readonly prompts: readonly FilePrompt[] | null
  /** Null where none is given, or it could not be read. */
  readonly trace: Trace | null
  readonly entry: EntryPoint
  /** What `auth` takes from the environment. */
  readonly variables: Variables
  /** As given or by default; undefined when it could not be read. */
  readonly baseline: BaselinePlace | undefined
  /** Whether these are the settings of a scenario in a mix. */
  readonly isOfMix: boolean
  /** How many scenarios are measured, with `scenario: all`; null: the one that is named, or none. */
  readonly scenarios: number | null
  /** `YYYY-MM-DD`, UTC; null: not known. */
  readonly today: string | null
}

/** A problem between two settings; the message names both and the remedy. */
export function contradict(setting: string, message: string): SettingProblem {
  return { setting, given: null, message }
}

/** The same where it has no meaning without another one, which is not given. */
export function contradictAlone(setting: string, why: string, needed: string): SettingProblem {
  return contradict(setting, `${why}, and ${needed} is not given; give it or remove ${setting}`)
}

/**
 * Whether it is a mistake to give a setting that `cause` makes useless. In a config file it may be meant for other
 * scenarios, or for runs without the flag or input that makes it useless here.
 */
export function isIdle(given: GivenValues, name: string, cause: string): boolean {
  const source = given.get(name)?.source
  if (source !== 'file') return source !== undefined
  const causeSource = given.get(cause)?.source
  return !given.has('scenario') && (causeSource === undefined || causeSource === 'file')
}

/** The API that is named; null where the URL or the answers have to tell it. */
export function apiOf({ api }: RunValues): ReturnType<typeof findApi> | null {
  return api === undefined || api === 'auto' ? null : findApi(api)
}

/** The settings that start a command on this machine. */
export function listCommands({
  candidateCommand,
  controlCommand,
  redeployCommand,
}: Pick<RunValues, 'candidateCommand' | 'controlCommand' | 'redeployCommand'>): readonly string[] {
  const commands = {
    'candidate-command': candidateCommand,
    'control-command': controlCommand,
    'redeploy-command': redeployCommand,
  }
  return Object.entries(commands).flatMap(([setting, command]) => (command == null ? [] : [setting]))
}

/** The task that follows from the settings alone; null where preflight has to find it. */
export function taskOf({ api, task }: RunValues): Task | null {
  const named = api === undefined || api === 'auto' ? null : readTaskInName(api)
  return named ?? (task === undefined || task === 'auto' ? null : task)
}

/** Whether the task is known to generate nothing, as embeddings, rerank and score do. */
export function lacksTokens(task: Task | null): task is Task {
  return task !== null && !generatesTokens(task)
}

/** The end of a clause that begins with what the task lacks. */
export function describeLacking(task: Task): string {
  return task === 'embeddings' ? 'embeddings do not have' : `${task} does not have`
}

/** Whether a task that generates nothing has this metric. */
export function isWithoutTokens(metric: MetricName): boolean {
  const { needsStream, countsTokens } = metricOf(metric)
  return !needsStream && countsTokens !== true
}
