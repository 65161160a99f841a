import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { GateResult } from '../../gate.ts'
import { describeSearch } from '../../render/view/plateau.ts'
import { credentialsOf } from '../../settings/auth.ts'
import { toName, toSlug } from '../../settings/lists/history-settings.ts'
import { renderObjectives } from '../../settings/values/objectives.ts'
import { isLoopback, isPrivate } from '../../settings/values/urls.ts'
import type { Settings } from '../../settings.ts'
import { escapeForTerminal, nameAll, quoteForShell } from '../../text.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import { medianOf } from '../../vocabulary/metrics.ts'
import type { ChosenObjectives, GateConfig, GitlabGate, NamedText, GithubGate } from './files.ts'
import type { LevelMetrics } from '../../metrics/level/level-metrics.ts'
import { formatLoad, formatMs } from '../../words/format.ts'
import type { RunReport } from '../../report/run-report.ts'
import { pickAtShare } from '../../stats/percentile.ts'
import type { ObjectiveTime } from '../../settings/values/objectives.ts'
import type { RequestRecord } from '../../vocabulary/request-facts.ts'

/** Where the CI looks for its file, or includes it from, and where that file looks for the config file. */
export interface Places {
  readonly ci: string
  readonly config: string
}

export const GITHUB_PLACES: Places = { ci: '.github/workflows/plateau.yml', config: '.github/plateau.yml' }
export const GITLAB_PLACES: Places = { ci: '.gitlab/plateau.gitlab-ci.yml', config: '.gitlab/plateau.yml' }

interface FoundRun {
  readonly name: string
  readonly config: GateConfig
  /** For people, a sentence each. */
  readonly words: readonly string[]
}

/** What the first run found, as settings and in words. */
export function describeRun(
  settings: Settings,
  { isNamed, carried }: { readonly isNamed: boolean; readonly carried: Carried },
  { report, records }: GateResult,
): FoundRun {
  const { series, context, capabilities } = report
  const { task, outputTokens } = series.workload
  const model = context.model ?? ''
  const name = isNamed || toName(model) === '' ? settings.name : toName(model)
  const input = settings.inputTokens === 'auto' ? String(capabilities['inputTokens']) : series.workload.inputTokens
  const generates = generatesTokens(task)
  const slo = settings.slo === null ? chooseObjectives(report, records) : { objectives: settings.slo, reasons: [] }
  const lines: readonly NamedText[] = [
    ['name', name],
    ['api', series.api],
    ...(settings.task === 'auto' ? [] : [['task', settings.task] as const]),
    ...(model === '' ? [] : [['model', model] as const]),
    ['input-tokens', input],
    ...(generates ? [['output-tokens', outputTokens] as const] : []),
    ...(carried['ready-timeout'] === undefined ? [] : [['ready-timeout', carried['ready-timeout']] as const]),
  ]
  const searched = describeSearch(report)
  const words = [
    `Found: ${series.api}${model === '' ? '' : `, model ${escapeForTerminal(model)}`}, ${input} tokens in${generates ? `, ${outputTokens} out` : ''}.`,
    slo === null
      ? 'No objectives: no level of the first run could be used. Write them under slo in the config file.'
      : `Objectives: ${renderObjectives(slo.objectives)}.`,
    ...(slo?.reasons ?? []),
    ...(searched === null ? [] : [searched]),
    ...(settings.slo === null && report.plan.searchEnd === 'client' ? [MACHINE_BUSY] : []),
  ]
  return { name, config: { settings: lines, slo }, words }
}

const MACHINE_BUSY =
  'More in flight would tell more: when this machine has less to do, or from another, run plateau init again with --force, or give --slo.'

const nameSecret = (setting: string): string => `PLATEAU_${setting.toUpperCase().replaceAll('-', '_')}`

/** Credentials of the first run, by their inputs; the workflow takes each from a secret. */
function listCredentials(settings: Settings): readonly string[] {
  const { auth, apiKey, clientId, clientSecret, tokenUrl } = settings
  const given: Readonly<Record<string, unknown>> = {
    'api-key': apiKey,
    'client-id': clientId,
    'client-secret': clientSecret,
    'token-url': tokenUrl,
  }
  return credentialsOf(auth.kind).filter((name) => (given[name] ?? null) !== null)
}

/** Settings of the first run that say how the endpoint is reached, as they were given; those with an environment variable aside. */
export type Carried = Readonly<
  Partial<Record<'headers' | 'ca-cert' | 'client-cert' | 'client-key' | 'ready-timeout', string>>
>

/** Those that name files. */
export const PEM_FILES = ['ca-cert', 'client-cert', 'client-key'] as const

/** A file as the job names it, which runs in the root of the repository and not where the first run did. */
export function findPlaceFromRoot(path: string, root: string): string {
  const fromRoot = relative(resolve(root), resolve(path))
  const isOutside = fromRoot.startsWith('..') || isAbsolute(fromRoot)
  return isOutside && isAbsolute(path) ? path : fromRoot.split(sep).join('/')
}

/** Says of files that are not part of the repository that the job must have them. */
export function describeFiles(carried: Carried): readonly string[] {
  const outside = PEM_FILES.filter((name) => /^(?:[\\/~]|\.\.|[A-Za-z]:)/.test(carried[name] ?? ''))
  if (outside.length === 0) return []
  return [
    `The job needs the files of ${outside.join(', ')} at the same paths: it writes them there from secrets, before it measures.`,
  ]
}

/** A query is never shown, so the whole address is a secret then. */
const hidesEndpoint = ({ endpoint }: Settings): boolean => endpoint.search !== ''

const showAddress = ({ href }: URL): string => href.replace(/(?<=:\/\/[^/]+)\/$/, '')

/** How the endpoint is reached, as settings in their order; null: what the secret of the setting holds. */
function listReach(settings: Settings, carried: Carried): readonly (readonly [setting: string, text: string | null])[] {
  const { endpoint, auth, variables } = settings
  const credentials = listCredentials(settings)
  const isOpen = credentials.length === 0 && Object.keys(variables).length === 0
  const word = isOpen ? 'none' : 'name' in auth ? `header:${auth.name}` : auth.kind
  return [
    ['endpoint', hidesEndpoint(settings) ? null : showAddress(endpoint)],
    ...(word === 'auto' ? [] : [['auth', word] as const]),
    ...credentials.map((each) => [each, null] as const),
    ...(carried.headers === undefined ? [] : [['headers', null] as const]),
    ...PEM_FILES.flatMap((name) => (carried[name] === undefined ? [] : [[name, carried[name]] as const])),
  ]
}

/** What a gate is called, whose copy of Plateau it uses, and how its endpoint is reached. */
interface Gate {
  readonly name: string
  readonly owner: string
  readonly carried: Carried
}

/** The job of GitLab for these settings, without any of their secrets, which are CI variables. */
export function describeJob(settings: Settings, { name, owner, carried }: Gate): GitlabGate {
  // The other credentials are read from their variables.
  const unnamed = listCredentials(settings).filter((each) => each !== 'token-url')
  const flags = [...listReach(settings, carried), ['config', GITLAB_PLACES.config] as const].flatMap(([name, text]) =>
    unnamed.includes(name) ? [] : [`--${name} ${text === null ? `"$${nameSecret(name)}"` : quoteForShell(text)}`],
  )
  return {
    notes: [
      `In the project's CI variables: ${[...listSecrets(settings, carried).map((each) => `${each} (masked)`), 'NOTE_TOKEN, a project access token with the scope api, for the note'].join(', ')}.`,
      ...listJobNotes(settings),
      ...describeFiles(carried),
    ],
    owner,
    group: `plateau-${name}`,
    name: toSlug(name),
    flags: flags.join(' '),
  }
}

/** What to know where the runners of GitLab itself do not reach the endpoint. */
export function listJobNotes({ endpoint }: Settings): readonly string[] {
  if (!isLoopback(endpoint) && !isPrivate(endpoint)) return []
  return [
    'The endpoint is on the machine that measures or in a private network: give the job the tags of a runner that reaches it.',
  ]
}

/** The workflow for these settings, without any of their secrets. */
export function describeGate(
  settings: Settings,
  { name, owner, branch, carried }: Gate & { readonly branch: string },
): GithubGate {
  const { endpoint, variables } = settings
  const takeSecret = (secret: string): string => `\${{ secrets.${secret} }}`
  return {
    branch,
    owner,
    group: `plateau-${name}`,
    runner: isLoopback(endpoint) || isPrivate(endpoint) ? 'self-hosted' : 'ubuntu-latest',
    notes: [...describeReach(endpoint), ...describeFiles(carried)],
    variables: Object.keys(variables).map((variable) => [variable, takeSecret(variable)]),
    inputs: [
      ...listReach(settings, carried).map(([name, text]) => [name, text ?? takeSecret(nameSecret(name))] as const),
      ['config', GITHUB_PLACES.config],
    ],
  }
}

/** What to know where GitHub's own runners do not reach the endpoint. */
export function describeReach(endpoint: URL): readonly string[] {
  if (isLoopback(endpoint)) {
    return [
      "The endpoint is on the machine that measures, where GitHub's own runners do not reach it: the job asks for a runner of your own (self-hosted), on which a server must listen at that address.",
      "Start it in a step before (Plateau's examples/self-hosted-vllm.yml), or try the gate on ubuntu-latest with the simulated endpoint (Plateau's examples/README.md).",
    ]
  }
  if (!isPrivate(endpoint)) return []
  return [
    "The endpoint is in a private network, where GitHub's own runners do not reach it: a runner of that network measures.",
  ]
}

/** The secrets that the CI's file takes, by their names. */
export function listSecrets(settings: Settings, carried: Carried): readonly string[] {
  return [
    ...(hidesEndpoint(settings) ? [nameSecret('endpoint')] : []),
    ...listCredentials(settings).map(nameSecret),
    ...(carried.headers === undefined ? [] : [nameSecret('headers')]),
    ...Object.keys(settings.variables),
  ]
}

/** The share of the run's requests that a bound is chosen for, before room is added. */
const SHARE = 0.95
/** A bound is this many times what was measured. */
const ROOM = 1.5
/** Bounds that people would write, up to a power of ten. */
const USUAL = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/**
 * Objectives from the times at the knee, where a server is used best: what 95 of 100 requests took there, with half as
 * much again as room, rounded up. Of answers that do not stream the latency. Null where no level can be used.
 */
export function chooseObjectives(
  { levels, plateau: { kneeConcurrency } }: Pick<RunReport, 'levels' | 'plateau'>,
  records: Iterable<RequestRecord>,
): ChosenObjectives | null {
  const usable = levels.filter(({ valid }) => valid)
  const level = usable.find(({ concurrency }) => concurrency >= (kneeConcurrency ?? Infinity)) ?? usable.at(-1)
  if (level === undefined) return null
  const counted = [...records].filter(
    (record) => record.level === level.concurrency && record.phase === 'counted' && record.outcome === 'ok',
  )
  const place = `at ${formatLoad('concurrency', level.concurrency)}${kneeConcurrency === null ? ', the highest that could be used' : ', the knee'}`
  const chosen = listTimes(level).flatMap((time) => {
    const { fact, label } = medianOf(time)
    const times = counted.flatMap((record) => record[fact] ?? [])
    const measured = findShare(times)
    if (measured === null) return []
    const atMostMs = roundUp(measured * ROOM)
    const reason = `${label} ${place}: ${nameShare(times.length)} took at most ${formatMs(measured)}; plus half as much again, rounded up.`
    return [{ objective: { time, atMostMs }, reason }]
  })
  if (chosen.length === 0) return null
  return { objectives: chosen.map(({ objective }) => objective), reasons: chosen.map(({ reason }) => reason) }
}

function listTimes({ ttftMs, tpotMs }: LevelMetrics): readonly ObjectiveTime[] {
  if (ttftMs === null) return ['latency']
  return tpotMs === null ? ['ttft'] : ['ttft', 'tpot']
}

/** The smallest time that so large a share of the requests does not exceed; null without any above zero. */
function findShare(times: readonly number[]): number | null {
  const sorted = times.toSorted((a, b) => a - b)
  const found = pickAtShare(sorted, SHARE) ?? 0
  return found > 0 ? found : null
}

/** Which requests a bound was read off: of fewer than twenty it is that of the slowest. */
function nameShare(requests: number): string {
  if (requests === 1) return 'the one request'
  return requests < 20 ? `${nameAll(requests)} requests` : '95 of 100 requests'
}

/** The next bound that people would write, in milliseconds. */
export function roundUp(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  const step = USUAL.find((each) => each * power >= ms * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(2))
}
