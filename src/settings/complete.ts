import type { ValuesOf } from './setting.ts'
import type { Variables } from '../vendors/vendor.ts'
import { readEndpointName } from '../vendors/vendors.ts'
import type { DecidingSetting, RUN_SETTINGS } from './lists/run-settings.ts'
import type { Limit } from './values/limits.ts'
import { toName, renderBaselinePlace } from './lists/history-settings.ts'
import type { Certificates, ClientPem } from './reading/files.ts'
import { samplePrompts } from './prompts-file/prompts-file.ts'
import type { SentPrompts, PromptsFile } from './prompts-file/prompts-file.ts'
import { removeLaterTurns } from './prompts-file/prompt.ts'
import type { Durations, Lengths } from './values/distributions.ts'
import type { Images } from './values/images.ts'
import type { FilePrompt } from './prompts-file/prompt.ts'
import { fixLength, renderCharacters } from './values/distributions.ts'
import { averageLengths, cutTrace } from './trace.ts'
import type { Trace, TraceFile } from './trace.ts'
import type { Acceptance } from './values/acceptance.ts'
import type { Shard } from './lists/shard-settings.ts'
import type { BaselinePlace } from './lists/history-settings.ts'

/** Settings that a run does not get as they were read, but only what follows from them, such as the prompts of a file. */
const USED_UP = [
  'promptsFile',
  'traceFile',
  'promptsColumn',
  'promptsLength',
  'promptsSample',
  'caCert',
  'clientCert',
  'clientKey',
  'config',
  'scenario',
  'mix',
  'githubToken',
  'allowFork',
] as const

/** The settings that a run gets as they were read. */
type Told = Omit<RunValues, (typeof USED_UP)[number]>

/** Values without a problem. */
type RunValues = ValuesOf<typeof RUN_SETTINGS>

/** A scenario of a mix: what its requests are, and their share of all. */
export interface MixedScenario {
  readonly name: string
  readonly percent: number
  /** The model that its requests name, where that is not the run's; else null. */
  readonly model: string | null
  readonly inputTokens: Lengths | 'auto'
  readonly outputTokens: Lengths
  readonly prompts: readonly FilePrompt[] | null
  readonly prefixCache: 'avoid' | 'allow'
  readonly sharedPrefixTokens: number
  /** Null: its requests stand alone. */
  readonly turns: Lengths | 'file' | null
  readonly thinkTime: Durations
  readonly systemPromptTokens: number
  readonly images: Images | null
}

/**
 * All settings of a run: read, checked against each other, and complete. The fields are explained in `RUN_SETTINGS`;
 * listed here are only those that completing adds or narrows. `test/architecture/idle-names.test.ts` checks that each is read somewhere.
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
  /** PEM text of additional certificate authorities; null: only the system's. */
  readonly caCertPem: string | null
  /** The client certificate and its key; null: none. The key is never shown to anybody. */
  readonly clientPem: ClientPem | null
  /** The environment variable that names a proxy, unused because `proxy` is not given; null: there is none. */
  readonly unusedProxy: string | null
  /** The prompts of the prompts file that are sent, at least one and all of one kind; null: prompts are generated. */
  readonly prompts: readonly FilePrompt[] | null
  /** What is replayed, as far as `level-requests` and `level-duration` let it; where it has no lengths, `prompts` is what is sent. Null: no trace. */
  readonly trace: Trace | null
  /** What was chosen from the prompts file or the trace file, for the report; null: there is none. */
  readonly sentPrompts: SentPrompts | null
  /** The scenarios of a mix, each with what its requests are; null: all requests are alike. */
  readonly mix: readonly MixedScenario[] | null
  /** Everything random follows from it, except the nonce that keeps prompts unique. */
  readonly seed: string
  /** No level is above it, even where levels are listed; null: none is known. */
  readonly maxConcurrency: number | null
  readonly limits: readonly Limit[]
  /** One series of runs; `[a-z0-9-]`. */
  readonly name: string
  readonly baseline: BaselinePlace
  readonly accept: readonly Acceptance[]
  /** The settings that the verdict depends on, as they were given. */
  readonly decidedBy: readonly DecidingSetting[]
  /** What the two commands are called in messages. */
  readonly commandNames: CommandNames
}

/** For each side, the name of the setting that starts it. */
type CommandNames = Readonly<Record<'candidate' | 'control', string>>

const COMMAND_NAMES: CommandNames = { candidate: 'candidate-command', control: 'control-command' }

/** The reserved end of a name that no network has (RFC 2606). */
const NOWHERE = new URL('http://nothing-is-sent.invalid')

/** Defaults that differ between the command and the action. */
export interface EntryDefaults {
  readonly baseline: BaselinePlace
  readonly name: string | null
  readonly commandNames?: CommandNames
}

/** Makes the settings from values without problems, filling in what follows from others. */
export function completeSettings(
  values: RunValues,
  { promptsFile, traceFile }: { readonly promptsFile: PromptsFile | null; readonly traceFile: TraceFile | null },
  { caCertPem, clientPem }: Certificates,
  { variables, unusedProxy }: { readonly variables: Variables; readonly unusedProxy: string | null },
  defaults: EntryDefaults,
  decidedBy: readonly DecidingSetting[],
): Settings {
  // Missing only beside `results`, with which nothing is sent anywhere.
  const endpoint = values.endpoint ?? NOWHERE
  const name = values.name ?? defaults.name ?? chooseDefaultName(values, endpoint)
  const seed = values.seed ?? name
  const replayed = traceFile === null ? null : cutTrace(traceFile, values)
  return {
    ...leaveOutUsedUp(values),
    endpoint,
    name,
    seed,
    variables,
    headers: values.headers ?? {},
    extraBody: values.extraBody ?? {},
    endpointLabel: values.endpointLabel ?? name,
    allowedHosts: values.allowedHosts ?? [],
    caCertPem,
    clientPem,
    unusedProxy: values.proxy === null ? unusedProxy : null,
    ...completeLengths(values, replayed),
    ...completePrompts(values, promptsFile, replayed, seed),
    trace: replayed?.trace ?? null,
    // Conversations rely on the prefix cache, and what the requests of a trace share they share on purpose.
    prefixCache: values.turns === null && replayed === null ? values.prefixCache : 'allow',
    mix: null,
    // A list says itself where it ends.
    maxConcurrency: values.concurrency === 'auto' ? values.maxConcurrency : Math.max(...values.concurrency),
    // All of a trace counts.
    warmupRequests: replayed === null ? values.warmupRequests : 0,
    part: values.part ?? namePart(values.shard),
    limits: values.limits ?? [],
    baseline: values.baseline ?? defaults.baseline,
    accept: values.accept ?? [],
    decidedBy,
    commandNames: defaults.commandNames ?? COMMAND_NAMES,
  }
}

function leaveOutUsedUp(values: RunValues): Told {
  const usedUp = new Set<string>(USED_UP)
  return Object.fromEntries(Object.entries(values).filter(([key]) => !usedUp.has(key))) as unknown as Told
}

/** The beginning of the value that a setting without effect is shown with. */
export const UNUSED = 'not used'

/** The values that `completeSettings` computed from other settings, by name, as a user would write them. */
export function listComputed(settings: Settings): Readonly<Record<string, string>> {
  return {
    'endpoint-label': settings.endpointLabel,
    baseline: renderBaselinePlace(settings.baseline),
    // A list says itself where it ends.
    ...listLoad(settings),
    name: settings.name,
    seed: settings.seed,
    ...(settings.turns !== null && { 'prefix-cache': settings.prefixCache }),
    ...(settings.part !== null && { part: settings.part }),
  }
}

/** The prompts of a file that are sent, those of a trace among them, and what the report says of them. */
function completePrompts(
  { turns, promptsLength, promptsSample }: RunValues,
  promptsFile: PromptsFile | null,
  replayed: TraceFile | null,
  seed: string,
): Pick<Settings, 'prompts' | 'sentPrompts'> {
  if (promptsFile === null)
    return { prompts: replayed?.prompts?.map(removeLaterTurns) ?? null, sentPrompts: describeReplayed(replayed) }
  const read = turns === 'file' ? promptsFile.prompts : promptsFile.prompts.map(removeLaterTurns)
  const prompts = samplePrompts(read, promptsSample, seed)
  const length = promptsLength === null ? null : renderCharacters(promptsLength)
  const sentPrompts = {
    ...promptsFile.account,
    sent: prompts.length,
    length,
    seed: promptsSample === null ? null : seed,
  }
  return { prompts, sentPrompts }
}

/** The lengths that soak and single requests have, those of the whole run where there is no trace. */
function completeLengths(
  { inputTokens, outputTokens }: RunValues,
  replayed: TraceFile | null,
): Pick<Settings, 'inputTokens' | 'outputTokens'> {
  const lengths = replayed?.trace.lengths ?? null
  if (lengths === null) return { inputTokens, outputTokens }
  const { input, output } = averageLengths(lengths)
  return { inputTokens: fixLength(input), outputTokens: output === null ? outputTokens : fixLength(output) }
}

function describeReplayed(replayed: TraceFile | null): SentPrompts | null {
  if (replayed === null) return null
  return { ...replayed.account, sent: replayed.trace.atMs.length, length: null, seed: null }
}

/** Which settings of the load have no effect, and why. */
function listLoad({ rate, trace, concurrency, maxConcurrency }: Settings): Readonly<Record<string, string>> {
  if (trace !== null) return Object.fromEntries(UNUSED_BY_TRACE.map((name) => [name, `${UNUSED}, a trace is given`]))
  if (rate === null) {
    const most = concurrency === 'auto' ? String(maxConcurrency ?? 'none') : `${UNUSED}, concurrency is a list`
    return { 'max-concurrency': most, arrivals: NO_RATE, 'max-in-flight': NO_RATE, 'trace-speed': NO_TRACE }
  }
  return { concurrency: A_RATE, 'max-concurrency': A_RATE, 'trace-speed': NO_TRACE }
}

const UNUSED_BY_TRACE = ['concurrency', 'max-concurrency', 'rate', 'arrivals', 'warmup-requests']
const NO_RATE = `${UNUSED}, no rate is given`
const NO_TRACE = `${UNUSED}, no trace is given`
const A_RATE = `${UNUSED}, a rate is given`

/** In the folder of the history, which no repository keeps. */
function namePart(shard: Shard | null): string | null {
  return shard === null ? null : `.plateau/part-${shard.number}-of-${shard.count}.part`
}

/** Never the host: names are shown in reports, and hosts only when asked for. */
function chooseDefaultName({ scenario, model, results }: RunValues, endpoint: URL): string {
  for (const text of [scenario, model, results === null ? readEndpointName(endpoint) : 'results']) {
    const name = toName(text ?? '')
    if (name !== '') return name
  }
  return 'endpoint'
}
