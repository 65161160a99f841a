import { asArray, asObject, asText, asNumber, parseJson } from '../json.ts'
import type { Json } from '../json.ts'
import {
  defineJsonForm,
  defineTextForm,
  collectTime,
  computeRate,
  followMembers,
  MEASURES_NOTHING,
  nameArrivals,
  readConcurrency,
  readCount,
  readFigure,
  readHost,
  readMoment,
  readPositive,
  readTime,
  ResultError,
  SAYS_NOTHING,
  noteNewerForm,
  readEpoch,
} from './tool-result.ts'
import type { ResultForm, StatedLevel, StatedTime, StatedTimeField, SummaryForm, ToolResult } from './tool-result.ts'
import { sum } from 'simple-statistics'

const AIPERF_JSON = 'aiperf (profile_export_aiperf.json)'
const AIPERF_CSV = 'aiperf (profile_export_aiperf.csv)'

/** The three files that aiperf leaves of a run; each says less than the one before. */
export const AIPERF_FORMS: readonly ResultForm[] = [
  defineJsonForm(AIPERF_JSON, isAiperfJson, readAiperfJson),
  defineTextForm(AIPERF_CSV, isAiperfCsv, readAiperfCsv, [AIPERF_JSON]),
  defineTextForm('aiperf (profile_export.jsonl)', isAiperfJsonl, readAiperfJsonl, [AIPERF_JSON, AIPERF_CSV]),
]

/** `profile_export_aiperf.json`: one load. Read are the forms of 0.13 (`input_config.phases`) and of 0.2 (`input_config.loadgen`). */

/** The newest version of the form that was looked at. */
const NEWEST_MAJOR = 1

const FORM: Omit<SummaryForm, 'toMs'> = { mean: ['avg'], sd: ['std'] }

/** The factor from each unit to milliseconds. */
const TO_MS: Readonly<Record<string, number>> = { ms: 1, sec: 1000, s: 1000, us: 1e-3, ns: 1e-6 }

/**
 * Whether a JSON is one. One of genai-perf, which became aiperf, counts too: reading it then says that `request_count`
 * is missing.
 */
function isAiperfJson(json: Json): boolean {
  return 'unit' in followMembers(json, 'request_latency') && 'unit' in followMembers(json, 'request_throughput')
}

/** Reads one. @throws ResultError */
function readAiperfJson(json: Json): ToolResult {
  const input = followMembers(json, 'input_config')
  const endpoint = followMembers(input, 'endpoint')
  const load = findLoad(input)
  const dataset = findDataset(input)
  const readAverage = (name: string): number | null => readFigure(followMembers(json, name)['avg'])
  const readTimeNamed = (name: string): StatedTime | null => {
    const summary = followMembers(json, name)
    return readTime(summary, { ...FORM, toMs: TO_MS[asText(summary['unit']) ?? 'ms'] ?? 1 })
  }
  const level = readLevel(readAverage, readTimeNamed, 'states no benchmark_duration, or no request_count')
  const schema = asText(json['schema_version'])
  const kind = asText(endpoint['type']) ?? 'chat'
  const task = /embed|rank/.test(kind) ? 'embeddings' : /completions/.test(kind) ? 'completions' : 'chat'
  return {
    ...SAYS_NOTHING,
    tool: 'aiperf',
    version: asText(json['aiperf_version']),
    startedAt: readMoment(json['start_time']),
    model: readModel(input),
    host: readHost(asArray(endpoint['urls'])?.[0] ?? endpoint['url']),
    api: `openai-${task}`,
    task,
    inputTokens: dataset.input,
    outputTokens: dataset.output,
    levelRequests: readCount(load['requests'] ?? load['request_count']),
    levelSeconds: readPositive(load['duration'] ?? load['benchmark_duration']),
    levels: [
      {
        ...level,
        ...readLoad(load),
        inputTokensPerSecond: level.inputTokensPerSecond ?? computeRate(readAverage('total_isl'), level.seconds),
        cut: json['was_cancelled'] === true ? 'aiperf was cancelled' : null,
      },
    ],
    notes: noteNewerForm('aiperf', schema, NEWEST_MAJOR),
  }
}

/** A level by what aiperf calls its figures and times; `lacks` says what is missing without which it is none. */
function readLevel(
  readAverage: (name: string) => number | null,
  readTimeNamed: (name: string) => StatedTime | null,
  lacks: string,
): StatedLevel {
  const ok = readCount(readAverage('request_count'))
  const seconds = readPositive(readAverage('benchmark_duration'))
  if (ok === null || seconds === null) throw new ResultError(lacks)
  return {
    ...MEASURES_NOTHING,
    ok,
    failed: readCount(readAverage('error_request_count')) ?? 0,
    seconds,
    ...readTimes(readTimeNamed),
    outputTokensPerSecond: readPositive(readAverage('output_token_throughput')),
    inputTokensPerSecond: readPositive(readAverage('input_token_throughput')),
    requestsPerSecond: readPositive(readAverage('request_throughput')),
    inFlight: readPositive(readAverage('effective_concurrency')),
  }
}

function readTimes(read: (name: string) => StatedTime | null): Pick<StatedLevel, StatedTimeField> {
  return {
    ttftMs: read('time_to_first_token'),
    ttfoMs: read('time_to_first_output_token'),
    tpotMs: read('inter_token_latency'),
    interChunkMs: read('inter_chunk_latency'),
    latencyMs: read('request_latency'),
  }
}

/** Kinds of phases that send requests without waiting for answers. */
const OPEN_KINDS = new Set(['poisson', 'gamma', 'constant', 'fixed_schedule', 'user_centric'])

/** A number of requests in flight, or a rate, which may have such a number as its ceiling. */
function readLoad(load: Json): Partial<StatedLevel> {
  const kind = asText(load['type']) ?? asText(load['arrival_pattern']) ?? asText(load['request_rate_mode'])
  const rate = readPositive(load['rate'] ?? load['request_rate'])
  const concurrency = readConcurrency(load['concurrency'])
  if (rate === null && !OPEN_KINDS.has(asText(load['type']) ?? '')) return { concurrency }
  const shape = load['smoothness'] ?? load['arrival_smoothness']
  const isRamped = (load['rate_ramp'] ?? load['request_rate_ramp_duration'] ?? null) !== null
  return { rate: rate ?? 0, arrivals: nameArrivals(kind, shape, isRamped), maxInFlight: concurrency }
}

/** The phase that was measured. */
function findLoad(input: Json): Json {
  const phases = (asArray(input['phases']) ?? []).map((each) => asObject(each) ?? {})
  return phases.find(({ kind }) => kind === 'profiling') ?? phases[0] ?? followMembers(input, 'loadgen')
}

function findDataset(input: Json): { readonly input: string | null; readonly output: string | null } {
  const dataset = asObject(asArray(input['datasets'])?.[0])
  const mean = (lengths: Json): string | null => readCount(lengths['mean'])?.toString() ?? null
  if (dataset !== null) {
    return {
      input: mean(followMembers(dataset, 'prompts', 'isl')),
      output: mean(followMembers(dataset, 'prompts', 'osl')),
    }
  }
  return {
    input: mean(followMembers(input, 'input', 'prompt', 'input_tokens')),
    output: mean(followMembers(input, 'input', 'prompt', 'output_tokens')),
  }
}

function readModel(input: Json): string | null {
  const item = asObject(asArray(followMembers(input, 'models')['items'])?.[0])
  return asText(item?.['name']) ?? asText(asArray(followMembers(input, 'endpoint')['model_names'])?.[0])
}

/** `profile_export_aiperf.csv`: tables with a blank line between, times first, then single figures; two digits after the point. */

const TIMES = /^Metric,.*\bavg\b/m
const FIGURES = /^Metric,Value\r?$/m

/** Whether a text is one. */
function isAiperfCsv(text: string): boolean {
  return TIMES.test(text.slice(0, 200)) && FIGURES.test(text) && /^"?Request Latency \(/m.test(text)
}

/** Reads one. @throws ResultError */
function readAiperfCsv(text: string): ToolResult {
  const rows = text.split(/\r?\n/).map(splitRow)
  const columns = rows.find(([first, second]) => first === 'Metric' && second !== 'Value') ?? []
  const byName = new Map<string, { readonly unit: string; readonly cells: readonly string[] }>()
  for (const [heading = '', ...cells] of rows) {
    const { name, unit } = splitHeading(heading)
    // A name that comes a second time is a figure of the server's machine.
    if (!byName.has(name)) byName.set(name, { unit, cells })
  }
  const readFirstCell = (name: string): number | null => readNumber(byName.get(name)?.cells[0])
  const readTimeNamed = (name: string): StatedTime | null => {
    const row = byName.get(name)
    if (row === undefined) return null
    return collectTime((name) => {
      const value = readNumber(row.cells[columns.indexOf(FORM[name]?.[0] ?? name) - 1])
      return value === null ? null : value * (TO_MS[row.unit] ?? 1)
    })
  }
  return {
    ...SAYS_NOTHING,
    tool: 'aiperf',
    levels: [readLevel(readFirstCell, readTimeNamed, 'states no Benchmark Duration, or no Request Count')],
    notes: ['A CSV of aiperf has two digits after the point, so its times are coarse where they are short.'],
  }
}

/** `Request Latency (ms)` is a name and a unit; the name as the JSON has it, `request_latency`. */
function splitHeading(heading: string): { readonly name: string; readonly unit: string } {
  const found = /^(.*?)(?: \(([^()]*)\))?$/.exec(heading)
  return { name: (found?.[1] ?? heading).toLowerCase().replaceAll(' ', '_'), unit: found?.[2] ?? '' }
}

/** The cells of a line; a quoted one may hold commas. */
function splitRow(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  )
}

function readNumber(cell: string | undefined): number | null {
  return cell === undefined || cell.trim() === '' || !Number.isFinite(Number(cell)) ? null : Number(cell)
}

/** `profile_export.jsonl`: a line a request. Its figures are computed as aiperf computes those of its JSON, with percentiles interpolated between neighbours. */

/** Whether the first line is one. */
function isAiperfJsonl(text: string): boolean {
  const first = asObject(parseJson(text.slice(0, text.indexOf('\n') + 1 || undefined)))
  return first !== null && 'request_start_ns' in followMembers(first, 'metadata') && 'metrics' in first
}

/** Each line is of one request, and none of the run; `profile_export_aiperf.json` beside it says what is meant here. */
const LACKS =
  'A JSONL of aiperf says neither version nor model, nor how many requests there were: one that ends too early reads like a whole one. Better give its JSON.'

/** Reads one. @throws ResultError */
function readAiperfJsonl(text: string): ToolResult {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const records = lines.map((line) => asObject(parseJson(line)))
  const unread = records.filter((record) => record === null).length
  const measured = records.filter((record) => record !== null).filter(isMeasured)
  const answered = measured.filter(({ error }) => error === undefined || error === null)
  const spans = measured.map(({ metadata }) => readSpan(asObject(metadata) ?? {}))
  const start = Math.min(...spans.map(({ start }) => start))
  const end = Math.max(...spans.map(({ end }) => end))
  if (!(end > start)) throw new ResultError('has no request with a start and an end')
  const seconds = end - start
  const valuesOf = (name: string): number[] => answered.flatMap((record) => readValues(record, name))
  const rateOf = (name: string): number | null => computeRate(sum(valuesOf(name)), seconds)
  return {
    ...SAYS_NOTHING,
    tool: 'aiperf',
    startedAt: readEpoch(start),
    levels: [
      {
        ...MEASURES_NOTHING,
        ok: answered.length,
        failed: measured.length - answered.length,
        seconds,
        ...readTimes((name) => summariseValues(valuesOf(name))),
        outputTokensPerSecond: rateOf('output_sequence_length'),
        inputTokensPerSecond: rateOf('input_sequence_length'),
        requestsPerSecond: computeRate(answered.length, seconds),
      },
    ],
    notes: [LACKS, ...(unread === 0 ? [] : [`${unread} of ${lines.length} lines are not JSON, and are left out.`])],
  }
}

/** Whether a request counts; those of the warm-up do not. */
function isMeasured({ metadata }: Json): boolean {
  const phase = asText(asObject(metadata)?.['benchmark_phase'])
  return phase === null || phase === 'profiling'
}

/** In seconds; not a number where it is not stated. */
function readSpan(metadata: Json): { readonly start: number; readonly end: number } {
  const read = (name: string): number | null => {
    const nanoseconds = asNumber(metadata[name])
    return nanoseconds === null ? null : nanoseconds / 1e9
  }
  return { start: read('request_start_ns') ?? Infinity, end: read('request_end_ns') ?? -Infinity }
}

/** The values of a metric of one request, times in milliseconds: one, or one for each chunk. */
function readValues(record: Json, name: string): number[] {
  const { value, unit } = followMembers(record, 'metrics', name)
  const scale = TO_MS[asText(unit) ?? ''] ?? 1
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((each) => {
    const figure = readFigure(each)
    return figure === null ? [] : [figure * scale]
  })
}

function summariseValues(values: readonly number[]): StatedTime | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  const mean = sum(sorted) / n
  const squares = sum(sorted.map((value) => (value - mean) ** 2))
  const quantile = (share: number): number => {
    const at = (n - 1) * share
    const [left, right] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
    return left + (right - left) * (at - Math.floor(at))
  }
  return {
    mean,
    sd: Math.sqrt(squares / n),
    min: sorted[0]!,
    max: sorted[n - 1]!,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p95: quantile(0.95),
    p99: quantile(0.99),
  }
}
