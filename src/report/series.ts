import { sha256 } from '../sha256.ts'
import { renderDurations, renderLengths, renderArrivals } from '../settings/values/distributions.ts'
import { replaceSecretValues } from '../settings/secrets.ts'
import { renderImages } from '../settings/values/images.ts'
import type { Settings } from '../settings.ts'

/** Version of the way of measuring; runs of different ones are not compared. */
export const METHOD = 1

/** What must be equal for two runs to be compared: what was asked for, not what came of it. */
export interface SeriesFields {
  readonly name: string
  /** Absent where Plateau itself measured. */
  readonly source?: SeriesSource
  readonly api: string
  readonly workload: SeriesWorkload
  /** The setting: `auto`, or the list; empty where the levels are rates. */
  readonly concurrency: 'auto' | readonly number[]
  /** Where the levels are rates: requests a second, the form of the gaps between them, and the ceiling. Else all three are absent. */
  readonly rates?: 'auto' | readonly number[]
  readonly arrivals?: string
  readonly maxInFlight?: number
  /** Where a trace is replayed: its speeds, and the SHA-256 of its times, lengths and blocks; `maxInFlight` is there, too. */
  readonly speeds?: 'auto' | readonly number[]
  readonly trace?: string
  readonly passes: number | 'auto'
  /** Seconds, or the word. */
  readonly levelDuration: number | 'auto'
  /** `level-requests`, or null. */
  readonly levelRequests: number | null
  /** How connections are used, for example `keep-alive`. */
  readonly connection: string
  readonly method: number
}

/** The tool of others that measured, and in two words what it calls TTFT and TPOT (`vocabulary/tools.ts`). */
interface SeriesSource {
  readonly tool: string
  readonly ttft: string
  readonly tpot: string
}

/** What the requests of a run ask for. */
export interface SeriesWorkload {
  /** chat, completions or embeddings. */
  readonly task: string
  /** The setting as text, for example `512` or `normal(512,64)`; `auto, 256` where `auto` took less than usual. */
  readonly inputTokens: string
  readonly outputTokens: string
  /** SHA-256 of the prompts file, or null. */
  readonly promptsHash: string | null
  /** `extra-body` without its secrets as canonical JSON, or null. */
  readonly extraBody: string | null
  /** Lower case, sorted. */
  readonly headerNames: readonly string[]
  readonly prefixCache: 'avoid' | 'allow'
  /** Tokens of the prefix that all requests share, 0 for none. */
  readonly sharedPrefixTokens: number
  readonly batchSize: number
  /** Of conversations: their turns, `4`, `uniform(2,8)` or `file`; think-time in seconds, or as text where it is drawn; tokens of the system prompt. Else all three are absent. */
  readonly turns?: string
  readonly thinkTime?: number | string
  readonly systemPromptTokens?: number
  /** The setting as text; absent where there are none. */
  readonly images?: string
  /** The parts of a mix with their shares and what they ask for; absent where all requests are alike. */
  readonly mix?: string
}

/** The fields and their key: equal keys mean comparable runs. */
export interface Series extends SeriesFields {
  /** SHA-256 in hex of the canonical JSON of the fields. */
  readonly key: string
}

/** Adds the key. */
export function addSeriesKey(fields: SeriesFields): Series {
  return { ...fields, key: sha256(encodeCanonically(fields)) }
}

/** Marks in a text that was not stored whole: a hidden secret, or a cut. */
const NOT_WHOLE = /\*\*\*|… \(SHA-256 [0-9a-f]{12}\)/
/** From this many characters on, a text may have been cut without a mark. */
const LONG = 20_000

/**
 * Whether the key belongs to the fields; also true where that cannot be told, because another version of the method
 * may have other fields, and secrets and very long texts are not stored whole. Thus editing a field makes a report or
 * history unreadable rather than another series.
 */
export function fitsItsKey({ key, ...fields }: Series): boolean {
  if (fields.method !== METHOD) return true
  const json = encodeCanonically(fields)
  return sha256(json) === key || json.length >= LONG || NOT_WHOLE.test(json)
}

/** JSON with sorted keys and no white space: equal values give equal text. */
export function encodeCanonically(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encodeCanonically).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${encodeCanonically(member)}`)
  return `{${members.join(',')}}`
}

/** A field of the series that differs from all recorded runs, and the setting that would make it equal. */
export interface SeriesDifference {
  readonly field: string
  readonly setting: string | null
  readonly before: string
  readonly now: string
}

/** Levels of one or another kind. */
function showLevels(levels: 'auto' | readonly number[] = []): string {
  return levels === 'auto' ? levels : levels.join(', ') || 'none'
}

/** How one field of a series is shown. */
interface FieldWords<T> {
  readonly words: string
  /** The setting that would make it equal; null when none would. */
  readonly setting: string | null
  readonly show: (value: T) => string
}

type FieldTable<Fields> = { readonly [Field in keyof Fields]-?: FieldWords<Fields[Field]> }

/** Every field, so that none can be forgotten. */
const FIELDS: FieldTable<Omit<SeriesFields, 'workload'>> = {
  name: { words: 'name', setting: 'name', show: String },
  source: {
    words: 'tool that measured',
    setting: null,
    show: (source) => (source === undefined ? 'Plateau' : `${source.tool} (TTFT ${source.ttft}, TPOT ${source.tpot})`),
  },
  api: { words: 'API', setting: 'api', show: String },
  concurrency: { words: 'concurrency', setting: 'concurrency', show: showLevels },
  rates: { words: 'rate', setting: 'rate', show: showLevels },
  speeds: { words: 'speed of the trace', setting: 'trace-speed', show: showLevels },
  trace: {
    words: 'trace',
    setting: 'trace-file',
    show: (hash) => (hash === undefined ? 'none' : `a file (SHA-256 ${hash.slice(0, 12)})`),
  },
  arrivals: { words: 'arrivals', setting: 'arrivals', show: (value) => value ?? 'none' },
  maxInFlight: {
    words: 'ceiling of requests in flight',
    setting: 'max-in-flight',
    show: (value) => String(value ?? 'none'),
  },
  passes: { words: 'passes', setting: 'passes', show: String },
  levelDuration: {
    words: 'length of a level',
    setting: 'level-duration',
    show: (value) => (value === 'auto' ? value : `${value}s`),
  },
  levelRequests: {
    words: 'requests of a level',
    setting: 'level-requests',
    show: (value) => (value === null ? 'none' : String(value)),
  },
  connection: { words: 'connections', setting: 'proxy', show: String },
  method: { words: 'way of measuring', setting: null, show: (value) => `version ${value}` },
}

const WORKLOAD_FIELDS: FieldTable<SeriesWorkload> = {
  task: { words: 'task', setting: 'task', show: String },
  inputTokens: { words: 'input tokens', setting: 'input-tokens', show: String },
  outputTokens: { words: 'output tokens', setting: 'output-tokens', show: String },
  promptsHash: {
    words: 'prompts',
    setting: 'prompts-file',
    show: (hash) => (hash === null ? 'generated' : `a file (SHA-256 ${hash.slice(0, 12)})`),
  },
  extraBody: { words: 'extra body', setting: 'extra-body', show: (value) => value ?? 'none' },
  headerNames: {
    words: 'headers',
    setting: 'headers',
    show: (names) => (names.length === 0 ? 'none' : names.join(', ')),
  },
  prefixCache: { words: 'prefix cache', setting: 'prefix-cache', show: String },
  sharedPrefixTokens: { words: 'shared prefix', setting: 'shared-prefix-tokens', show: (value) => `${value} tokens` },
  batchSize: { words: 'texts of a request', setting: 'batch-size', show: String },
  turns: { words: 'turns of a conversation', setting: 'turns', show: (value) => value ?? 'none' },
  thinkTime: {
    words: 'think-time',
    setting: 'think-time',
    show: (value = 0) => (typeof value === 'number' ? `${value}s` : value),
  },
  systemPromptTokens: {
    words: 'system prompt',
    setting: 'system-prompt-tokens',
    show: (value) => `${value ?? 0} tokens`,
  },
  images: { words: 'images of a request', setting: 'images', show: (value) => value ?? 'none' },
  mix: { words: 'mix', setting: 'mix', show: (value) => value ?? 'none' },
}

/** Every field but the method, as the setting that gives it and the text shown. */
export function listSeriesSettings(series: SeriesFields): (readonly [string, string])[] {
  return [...settingsOf(WORKLOAD_FIELDS, series.workload), ...settingsOf(FIELDS, series)]
}

function settingsOf<Fields extends object>(table: FieldTable<Fields>, fields: Fields): (readonly [string, string])[] {
  return (Object.keys(table) as (keyof Fields)[]).flatMap((field) => {
    const { setting, show } = table[field]
    return setting === null || fields[field] === undefined ? [] : [[setting, show(fields[field])] as const]
  })
}

/**
 * The fields in which two series differ, in words, each with the setting that would make it equal. Texts are
 * unescaped: escape them where they are shown.
 */
export function findSeriesDifferences(before: SeriesFields, now: SeriesFields): SeriesDifference[] {
  return [...differencesOf(WORKLOAD_FIELDS, before.workload, now.workload), ...differencesOf(FIELDS, before, now)]
}

function differencesOf<Fields extends object>(
  table: FieldTable<Fields>,
  before: Fields,
  now: Fields,
): SeriesDifference[] {
  const fields = Object.keys(table) as (keyof Fields)[]
  return fields.flatMap((field) => {
    const { words, setting, show } = table[field]
    const texts = { before: show(before[field]), now: show(now[field]) }
    return texts.before === texts.now ? [] : [{ field: words, setting, ...texts }]
  })
}

/** What must be equal for two runs to be compared: the settings as they were asked for. */
export function buildSeries({
  settings,
  api,
  task,
  shrunkTo = null,
}: {
  readonly settings: Settings
  readonly api: string
  readonly task: string
  /** Input tokens of `auto` where the endpoint accepts fewer than usual, else null. */
  readonly shrunkTo?: number | null
}): Series {
  const { extraBody, prompts } = settings
  return addSeriesKey({
    name: settings.name,
    api,
    workload: {
      task,
      inputTokens: inputTokensOf(settings, shrunkTo),
      outputTokens: settings.trace?.lengths == null ? renderLengths(settings.outputTokens) : 'trace',
      promptsHash: prompts === null ? null : sha256(encodeCanonically(prompts)),
      extraBody: Object.keys(extraBody).length === 0 ? null : encodeCanonically(replaceSecretValues(extraBody)),
      headerNames: Object.keys(settings.headers).sort(),
      prefixCache: settings.prefixCache,
      sharedPrefixTokens: settings.sharedPrefixTokens,
      batchSize: countSequencesPerRequest(settings),
      ...conversationFieldsOf(settings),
      ...(settings.images !== null && { images: renderImages(settings.images) }),
      ...(settings.mix !== null && { mix: describeMix(settings.mix) }),
    },
    ...loadFieldsOf(settings),
    passes: settings.passes,
    levelDuration: settings.levelDurationMs === 'auto' ? 'auto' : settings.levelDurationMs / 1000,
    levelRequests: settings.levelRequests,
    connection: settings.proxy === null ? 'http/1.1 keep-alive' : 'http/1.1 keep-alive, proxy',
    method: METHOD,
  })
}

function conversationFieldsOf({ turns, thinkTime, systemPromptTokens }: Settings) {
  if (turns === null) return {}
  return {
    turns: turns === 'file' ? turns : renderLengths(turns),
    thinkTime: renderDurations(thinkTime),
    systemPromptTokens,
  }
}

function loadFieldsOf({ rate, trace, traceSpeed, arrivals, maxInFlight, concurrency }: Settings) {
  if (trace !== null)
    return { concurrency: [], speeds: traceSpeed, trace: sha256(encodeCanonically(trace)), maxInFlight }
  if (rate === null) return { concurrency }
  return { concurrency: [], rates: rate, arrivals: renderArrivals(arrivals), maxInFlight }
}

function inputTokensOf({ inputTokens, prompts, trace }: Settings, shrunkTo: number | null): string {
  if (trace !== null) return 'trace'
  if (inputTokens !== 'auto') return renderLengths(inputTokens)
  return shrunkTo === null || prompts !== null ? 'auto' : `auto, ${shrunkTo}`
}

/** Models are left out: which one answers is what people want to compare. */
function describeMix(mix: NonNullable<Settings['mix']>): string {
  return mix
    .map((part) => {
      const { name, percent, inputTokens, outputTokens, prompts, prefixCache, sharedPrefixTokens } = part
      const input = inputTokens === 'auto' ? 'auto' : renderLengths(inputTokens)
      const sent = prompts === null ? `${input} in` : `prompts ${sha256(encodeCanonically(prompts)).slice(0, 12)}`
      const cache =
        prefixCache === 'avoid' || part.turns !== null ? '' : `, cache allowed, ${sharedPrefixTokens} shared`
      const more = [...describeTalk(part), ...(part.images === null ? [] : [`images ${renderImages(part.images)}`])]
      return `${name} ${percent}% (${[sent, `${renderLengths(outputTokens)} out${cache}`, ...more].join(', ')})`
    })
    .join(', ')
}

function describeTalk({ turns, thinkTime, systemPromptTokens }: NonNullable<Settings['mix']>[number]): string[] {
  if (turns === null) return []
  const many = turns === 'file' ? 'turns of the file' : `${renderLengths(turns)} turns`
  const pause = renderDurations(thinkTime)
  return [many, `think-time ${typeof pause === 'number' ? `${pause}s` : pause}`, `system prompt ${systemPromptTokens}`]
}

/** Texts in one embeddings request; for a prompts file the average of its lines. */
function countSequencesPerRequest({ batchSize, prompts }: Settings): number {
  if (prompts === null) return batchSize
  const texts = prompts.reduce((sum, prompt) => sum + (prompt.kind === 'input' ? prompt.texts.length : 1), 0)
  return texts / prompts.length
}
