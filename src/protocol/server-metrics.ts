/** A server's metrics at one moment; null where it has none. Sums and counts grow from the start of the server. */
export interface ServerSample {
  /** The server's name as shown: `vLLM`. */
  readonly server: string
  /** Requests being worked on, and requests waiting in its queue. */
  readonly running: number | null
  readonly waiting: number | null
  /** 0 to 1; the fullest of several engines. */
  readonly kvCacheUsage: number | null
  readonly ttft: SumAndCount | null
  readonly tpot: SumAndCount | null
  readonly queue: SumAndCount | null
  /** Prompt tokens looked up in the prefix cache, and found there. */
  readonly prefixQueries: number | null
  readonly prefixHits: number | null
  /** Times that it took a running request's place in the KV cache away, so that part of its work is done again. */
  readonly preemptions: number | null
}

/** A histogram's or summary's total: seconds and observations. */
interface SumAndCount {
  readonly sumSeconds: number
  readonly count: number
}

/** The names that one server uses. Where versions differ, the newer name comes first; the first one found counts. */
interface Names extends Partial<
  Readonly<Record<'kvCacheUsage' | 'prefixQueries' | 'prefixHits' | 'preemptions', readonly string[]>> &
    Readonly<Record<'ttft' | 'tpot' | 'queue', readonly Total[]>>
> {
  readonly server: string
  readonly running: readonly string[]
  readonly waiting: readonly string[]
}

/** The names of a sum in seconds and of its count. */
interface Total {
  readonly sum: string
  readonly count: string
}

/**
 * All servers whose metrics are understood. The one without a prefix comes last, because its names are the least
 * specific.
 */
const SERVERS: readonly Names[] = [
  ...['vllm:', 'vllm_'].map((prefix) => nameLikeVllm('vLLM', prefix)),
  ...['sglang:', 'sglang_'].map((prefix): Names => ({
    server: 'SGLang',
    running: [`${prefix}num_running_reqs`],
    waiting: [`${prefix}num_queue_reqs`],
    kvCacheUsage: [`${prefix}token_usage`],
    ttft: [nameHistogram(`${prefix}time_to_first_token_seconds`)],
    tpot: [
      nameHistogram(`${prefix}inter_token_latency_seconds`),
      nameHistogram(`${prefix}time_per_output_token_seconds`),
    ],
    queue: [nameHistogram(`${prefix}queue_time_seconds`)],
    prefixQueries: [`${prefix}prompt_tokens_total`],
    prefixHits: [`${prefix}cached_tokens_total`],
    // Not the gauge `num_retracted_reqs`, which is about the last batch alone.
    preemptions: [`${prefix}num_retracted_requests_total`, `${prefix}num_retracted_reqs_total`],
  })),
  {
    server: 'TGI',
    running: ['tgi_batch_current_size'],
    waiting: ['tgi_queue_size'],
    tpot: [nameHistogram('tgi_request_mean_time_per_token_duration')],
    queue: [nameHistogram('tgi_request_queue_duration')],
  },
  {
    server: 'llama.cpp',
    running: ['llamacpp:requests_processing'],
    waiting: ['llamacpp:requests_deferred'],
    kvCacheUsage: ['llamacpp:kv_cache_usage_ratio'],
    tpot: [{ sum: 'llamacpp:tokens_predicted_seconds_total', count: 'llamacpp:tokens_predicted_total' }],
  },
  nameLikeVllm('LMDeploy', 'lmdeploy:'),
  nameLikeVllm('TensorRT-LLM', 'trtllm_'),
  nameLikeVllm('NIM', ''),
]

/** vLLM's names, which others use with a prefix of their own. */
function nameLikeVllm(server: string, prefix: string): Names {
  const nameGauges = (...names: readonly string[]) => names.map((name) => prefix + name)
  const nameHistograms = (...names: readonly string[]) => names.map((name) => nameHistogram(prefix + name))
  return {
    server,
    running: nameGauges('num_requests_running'),
    waiting: nameGauges('num_requests_waiting'),
    kvCacheUsage: nameGauges('kv_cache_usage_perc', 'gpu_cache_usage_perc', 'kv_cache_utilization'),
    ttft: nameHistograms('time_to_first_token_seconds'),
    tpot: nameHistograms(
      'request_time_per_output_token_seconds',
      'inter_token_latency_seconds',
      'time_per_output_token_seconds',
    ),
    queue: nameHistograms('request_queue_time_seconds'),
    prefixQueries: nameGauges('prefix_cache_queries_total', 'gpu_prefix_cache_queries_total'),
    prefixHits: nameGauges('prefix_cache_hits_total', 'gpu_prefix_cache_hits_total'),
    preemptions: nameGauges('num_preemptions_total'),
  }
}

function nameHistogram(name: string): Total {
  return { sum: `${name}_sum`, count: `${name}_count` }
}

const WANTED: ReadonlySet<string> = new Set(SERVERS.flatMap(listSampleNames))

function listSampleNames(names: Names): string[] {
  const { server: _, ...lists } = names
  return Object.values(lists)
    .flat()
    .flatMap((name) => (typeof name === 'string' ? name : [name.sum, name.count]))
}

/** Names of the servers whose metrics are understood, for messages. */
export const SERVERS_WITH_METRICS: readonly string[] = [...new Set(SERVERS.map(({ server }) => server))]

/** Reads a metrics page. Null when it is not one, or not of a known server. */
export function readServerMetrics(page: string): ServerSample | null {
  const samples = Map.groupBy(readPrometheus(page, WANTED), ({ name }) => name)
  if (samples.size === 0) return null
  const sumUp = (name: string): number | null => sumOf(samples.get(name))
  const readTotal = (names: Total): SumAndCount | null => totalOf(names, sumUp)
  for (const names of SERVERS) {
    const sample: ServerSample = {
      server: names.server,
      running: readFirst(names.running, sumUp),
      waiting: readFirst(names.waiting, sumUp),
      kvCacheUsage: readFirst(names.kvCacheUsage, (name) => findHighestShare(samples.get(name))),
      ttft: readFirst(names.ttft, readTotal),
      tpot: readFirst(names.tpot, readTotal),
      queue: readFirst(names.queue, readTotal),
      prefixQueries: readFirst(names.prefixQueries, sumUp),
      prefixHits: readFirst(names.prefixHits, sumUp),
      preemptions: readFirst(names.preemptions, sumUp),
    }
    const { running, waiting, ttft, tpot, queue } = sample
    if ([running, waiting, ttft, tpot, queue].some((value) => value !== null)) return sample
  }
  return null
}

function readFirst<Name, Value>(names: readonly Name[] = [], read: (name: Name) => Value | null): Value | null {
  for (const name of names) {
    const value = read(name)
    if (value !== null) return value
  }
  return null
}

function totalOf({ sum, count }: Total, sumUp: (name: string) => number | null): SumAndCount | null {
  const [sumSeconds, observations] = [sumUp(sum), sumUp(count)]
  return sumSeconds === null || observations === null ? null : { sumSeconds, count: observations }
}

/** Labels of the parts of one engine, which all report the same requests. */
const RANKS: ReadonlySet<string> = new Set(['tp_rank', 'pp_rank', 'moe_ep_rank'])

/** The sum over models, engines and replicas; the parts of one engine count once. */
function sumOf(samples: readonly PrometheusSample[] = []): number | null {
  const engines = new Map<string, number>()
  for (const { labels, value } of keepUsable(samples)) {
    const engine = [...labels].flatMap(([name, text]) => (RANKS.has(name) ? [] : `${name}=${JSON.stringify(text)}`))
    const key = engine.sort().join()
    engines.set(key, Math.max(value, engines.get(key) ?? 0))
  }
  return engines.size === 0 ? null : [...engines.values()].reduce((sum, value) => sum + value)
}

function findHighestShare(samples: readonly PrometheusSample[] = []): number | null {
  const values = keepUsable(samples).map(({ value }) => Math.min(1, value))
  return values.length === 0 ? null : Math.max(...values)
}

/** Larger figures are nonsense, and their sums may not be finite. */
const LARGEST = 1e15

/** Where SGLang has a sample for each priority, it also has one for all of them, with an empty label. */
function keepUsable(samples: readonly PrometheusSample[]): readonly PrometheusSample[] {
  const numbers = samples.filter(({ value }) => value >= 0 && value <= LARGEST)
  const whole = numbers.filter(({ labels }) => labels.get('priority') === '')
  return whole.length > 0 ? whole : numbers
}

/** One sample line of a metrics page. */
interface PrometheusSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** May be NaN or infinite: servers write those. */
  readonly value: number
}

/** How much of a page is read, in characters and lines; samples beyond that are ignored. */
const LONGEST_PAGE = 4 * 1_048_576
const MOST_LINES = 100_000

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,|(?=\}))/y
const LABELS_END = /[ \t]*\}/y
/** The value, followed perhaps by a timestamp and an exemplar, which are ignored. */
const VALUE = /^[ \t]*([^ \t#]+)(?:[ \t]+[-+.\deE]+)?[ \t]*(?:#.*)?$/
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INFINITE = /^[+-]?inf(?:inity)?$/i

/**
 * The samples with wanted names of a page in Prometheus' text format (0.0.4) or OpenMetrics. Everything else is
 * ignored. Of the thousands of lines of a page only a few matter: for the others, only the name is read.
 */
export function readPrometheus(page: string, wanted: ReadonlySet<string>): PrometheusSample[] {
  const samples: PrometheusSample[] = []
  const length = Math.min(page.length, LONGEST_PAGE)
  let start = 0
  for (let lines = 0; lines < MOST_LINES && start < length; lines++) {
    const end = page.indexOf('\n', start)
    // Every line of a page is terminated; an unterminated one was cut, perhaps inside its number.
    if (end < 0 || end > length) break
    const sample = readLine(page, start, page[end - 1] === '\r' ? end - 1 : end, wanted)
    if (sample !== null) samples.push(sample)
    start = end + 1
  }
  return samples
}

function readLine(page: string, from: number, end: number, wanted: ReadonlySet<string>): PrometheusSample | null {
  let start = from
  while (isBlank(page[start])) start++
  NAME.lastIndex = start
  const name = NAME.exec(page)?.[0]
  if (name === undefined || !wanted.has(name)) return null
  const rest = page.slice(start + name.length, end)
  const labels = new Map<string, string>()
  const valueAt = readLabels(rest, labels)
  if (valueAt === null) return null
  const value = readNumber(VALUE.exec(rest.slice(valueAt))?.[1] ?? '')
  return value === null ? null : { name, labels, value }
}

/** Reads the labels after a sample's name, and returns where its value begins; null where the line is not a sample. */
function readLabels(rest: string, labels: Map<string, string>): number | null {
  const brace = /^[ \t]*\{/.exec(rest)
  if (brace === null) return isBlank(rest[0]) ? 0 : null
  let at = brace[0].length
  for (;;) {
    LABEL.lastIndex = at
    const label = LABEL.exec(rest)
    if (label === null) break
    labels.set(label[1]!, unescapeLabel(label[2]!))
    at = LABEL.lastIndex
    if (label[3] === '') break
  }
  LABELS_END.lastIndex = at
  return LABELS_END.test(rest) ? LABELS_END.lastIndex : null
}

function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\\"n])/g, (_, sign) => (sign === 'n' ? '\n' : String(sign))) : text
}

function readNumber(word: string): number | null {
  if (DECIMAL.test(word)) return Number(word)
  if (INFINITE.test(word)) return word.startsWith('-') ? -Infinity : Infinity
  return /^nan$/i.test(word) ? NaN : null
}

function isBlank(sign: string | undefined): boolean {
  return sign === ' ' || sign === '\t'
}
