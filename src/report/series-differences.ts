import type { SeriesDifference } from './verdict.ts'
import type { SeriesFields, Workload } from './series.ts'

/** How one field of a series is shown. */
interface FieldWords<T> {
  readonly words: string
  /** The setting that would mend a difference; null when none would. */
  readonly setting: string | null
  readonly show: (value: T) => string
}

type FieldTable<Fields> = { readonly [Field in keyof Fields]: FieldWords<Fields[Field]> }

/** Every field, so that none can be forgotten. */
const FIELDS: FieldTable<Omit<SeriesFields, 'workload'>> = {
  name: { words: 'name', setting: 'name', show: String },
  api: { words: 'API', setting: 'api', show: String },
  concurrency: {
    words: 'concurrency',
    setting: 'concurrency',
    show: (value) => (value === 'auto' ? 'auto' : value.join(', ')),
  },
  passes: { words: 'passes', setting: 'passes', show: String },
  levelDuration: { words: 'length of a level', setting: 'level-duration', show: (value) => `${value}s` },
  levelRequests: {
    words: 'requests of a level',
    setting: 'level-requests',
    show: (value) => (value === null ? 'none' : String(value)),
  },
  connection: { words: 'connections', setting: 'proxy', show: String },
  method: { words: 'way of measuring', setting: null, show: (value) => `version ${value}` },
}

const WORKLOAD_FIELDS: FieldTable<Workload> = {
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
}

/**
 * The fields in which two series differ, in the reader's words, each with the setting that would mend it. Texts are as
 * somebody wrote them: they are escaped where they are shown.
 */
export function seriesDifferences(before: SeriesFields, now: SeriesFields): SeriesDifference[] {
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
