/**
 * What an unknown name probably meant: our name for what other tools call so, else the most similar name. Null when
 * none is close: a wrong suggestion is worse than none.
 */
export function findNearest(text: string, names: readonly string[]): string | null {
  const asked = spellAsOurs(text)
  const foreign = findForeign(text, names)
  if (foreign !== null) return foreign
  const longer = names.find((name) => asked.length >= 3 && name.startsWith(`${asked}-`))
  return (
    longer ??
    findMisspelt(asked, names) ??
    names.find((name) => asked.length >= 3 && name.startsWith(asked)) ??
    findByEnding(asked, names)
  )
}

function spellAsOurs(text: string): string {
  return text.toLowerCase().replaceAll(/[_ ]/g, '-')
}

/** The name with the fewest edits, if they are few. */
function findMisspelt(asked: string, names: readonly string[]): string | null {
  let best: string | null = null
  // A third of the letters may differ, but not the first one of a short name: `rate` is not a misspelt `gate`.
  let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1
  for (const name of names) {
    if (asked.length < 6 && asked[0] !== name[0]) continue
    const distance = countEdits(asked, name)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** The name of which this is the last word, misspelt or not, where one alone ends so: `rerank` means `openai-rerank`. */
function findByEnding(asked: string, names: readonly string[]): string | null {
  if (asked.length < 3) return null
  const endings = names.flatMap((name) => /-([^-]+)$/.exec(name)?.[1] ?? [])
  const word = endings.includes(asked) ? asked : findMisspelt(asked, endings)
  const ending = word === null ? [] : names.filter((name) => name.endsWith(`-${word}`))
  return ending.length === 1 ? ending[0]! : null
}

/** `did you mean tpot-p50?`, with the name as `spell` writes it; null where none is similar. */
export function suggestName(
  text: string,
  names: readonly string[],
  spell: (name: string) => string = String,
): string | null {
  const similar = findNearest(text, names)
  return similar === null ? null : `did you mean ${spell(similar)}?`
}

/** All names, with the one that was probably meant: `text, json; did you mean json?`. For few names. */
export function listAllowed(text: string, names: readonly string[], spell: (name: string) => string = String): string {
  const suggestion = suggestName(text, names, spell)
  return `${names.map(spell).join(', ')}${suggestion === null ? '' : `; ${suggestion}`}`
}

/** Our name for what another tool, or another of our commands, calls so; null when there is none. */
export function findForeign(text: string, names: readonly string[]): string | null {
  const asked = spellAsOurs(text)
  const called = [...(FOREIGN_NAMES.get(asked) ?? []), ...nameForeignMetric(asked)]
  return called.find((name) => names.includes(name)) ?? null
}

/** Our names, and what benchmarks and load generators call the same. */
const FOREIGN_NAMES = listForeign({
  concurrency:
    'users vus clients workers threads connections parallel parallelism max-concurrent num-concurrent-requests batch-concurrency levels',
  rate: 'qps rps request-rate requests-per-second arrival-rate',
  arrivals: 'burstiness arrival-distribution request-distribution arrival',
  'max-in-flight': 'max-inflight max-outstanding',
  'level-duration': 'duration time run-time window test-duration',
  'level-requests': 'requests num-requests num-prompts num-samples request-count iterations',
  passes: 'repeat repeats repetitions rounds',
  'warmup-requests': 'warmup warm-up num-warmups',
  control: 'control-url reference reference-url control-endpoint',
  'control-api-key': 'control-key',
  endpoint: 'url base-url host server target address api-base',
  model: 'model-name served-model-name model-id',
  'api-key': 'key token api-token bearer openai-api-key',
  headers: 'header',
  'request-timeout': 'timeout',
  'input-tokens': 'input-len input-length isl prompt-tokens prompt-length random-input-len',
  'output-tokens': 'max-tokens max-new-tokens output-len output-length osl random-output-len',
  'prompts-file': 'prompts dataset dataset-path input-file',
  limits: 'assert thresholds',
  slo: 'slos sla goodput objectives',
  tolerance: 'threshold max-regression margin',
  'report-json': 'output out output-file save-result json',
  history: 'baseline',
  baseline: 'history compare-with',
  // Settings of `plateau ab`.
  url: 'endpoint',
  a: 'control-command',
  b: 'candidate-command',
  // APIs, by servers that are mostly used over them.
  'openai-chat': 'vllm sglang nim lmdeploy tensorrt-llm trt-llm litellm openrouter groq mistral azure azure-openai',
  anthropic: 'claude',
  llamacpp: 'llama.cpp llama-cpp',
})

/** What stands before the percentile here, and what others call that time. */
const FOREIGN_TIMES = listForeign({
  ttft: 'ttft time-to-first-token first-token',
  tpot: 'tpot time-per-output-token',
  'inter-chunk': 'itl inter-token inter-token-latency tbt',
  latency: 'latency e2e e2el e2e-latency end-to-end request-latency response-time',
})

/** Our names of other metrics, and theirs. */
const FOREIGN_METRICS = listForeign({
  'error-rate': 'errors failures failure-rate fail-rate',
  throughput: 'tps tokens-per-second output-throughput output-token-throughput',
  // What is compared.
  'plateau-throughput': 'throughput tps tokens-per-second output-throughput output-token-throughput',
  'requests-per-second': 'rps request-throughput',
})

const AVERAGES: readonly string[] = ['mean', 'avg', 'average', 'median']

/**
 * Our names of another tool's metric, such as `itl-p99`, `p99-ttft-ms` or `mean-tpot`; averages become medians. The last is that of the
 * time alone, for places that take no percentile.
 */
function nameForeignMetric(asked: string): readonly string[] {
  const words = asked.split('-').filter((word) => word !== 'ms')
  const isStatistic = (word: string): boolean => /^p\d\d$/.test(word) || AVERAGES.includes(word)
  const time = FOREIGN_TIMES.get(words.filter((word) => !isStatistic(word)).join('-'))?.[0]
  if (time === undefined) return FOREIGN_METRICS.get(asked) ?? []
  const statistic = words.find(isStatistic)
  return [`${time}-${statistic === undefined || AVERAGES.includes(statistic) ? 'p50' : statistic}`, time]
}

/** Each of their names with those of ours that it may mean. */
function listForeign(names: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> {
  const pairs = Object.entries(names).flatMap(([name, others]) => others.split(' ').map((other) => ({ other, name })))
  const grouped = Map.groupBy(pairs, ({ other }) => other)
  return new Map([...grouped].map(([other, found]) => [other, found.map(({ name }) => name)]))
}

/**
 * What to say of a name that is not a setting. `spell` writes a setting's name as the reader would; `otherwise` is
 * added where none is similar.
 */
export function explainUnknown(
  name: string,
  names: readonly string[],
  { spell, otherwise }: { readonly spell: (name: string) => string; readonly otherwise: string },
): string {
  const suggestion = suggestName(name, names, spell)
  return `is not a setting${suggestion === null ? otherwise : `; ${suggestion}`}`
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function countEdits(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let distance = Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforePrevious[j - 2]! + 1)
      }
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
