import { asArray, asObject, asText } from '../json.ts'
import type { Json } from '../json.ts'
import {
  defineJsonForm,
  followMembers,
  MEASURES_NOTHING,
  nameArrivals,
  readConcurrency,
  readCount,
  readEpoch,
  readFigure,
  readHost,
  readPositive,
  readTime,
  ResultError,
  SAYS_NOTHING,
  noteNewerForm,
} from './tool-result.ts'
import type { ResultForm, StatedLevel, SummaryForm, ToolResult } from './tool-result.ts'

/** `benchmarks.json` of guidellm: all benchmarks of a run, one a load. Read are versions 1 and 2, and what came before versions were stated. */
export const GUIDELLM_FORMS: readonly ResultForm[] = [
  defineJsonForm('guidellm (benchmarks.json)', isGuidellm, readGuidellm),
]

/** The newest version of the form that was looked at. */
const NEWEST = 2

const FORM: SummaryForm = {
  toMs: 1,
  sd: ['std_dev'],
  p50: ['median'],
  p90: ['percentiles', 'p90'],
  p95: ['percentiles', 'p95'],
  p99: ['percentiles', 'p99'],
}
const IN_SECONDS: SummaryForm = { ...FORM, toMs: 1000 }

/** Whether a JSON is one. */
function isGuidellm(json: Json): boolean {
  const first = asObject(asArray(json['benchmarks'])?.[0])
  return first !== null && 'time_to_first_token_ms' in followMembers(first, 'metrics')
}

/**
 * Reads the text of one.
 *
 * @throws ResultError
 */
function readGuidellm(json: Json): ToolResult {
  const benchmarks = (asArray(json['benchmarks']) ?? []).map((each) => asObject(each) ?? {})
  const metadata = followMembers(json, 'metadata')
  const version = readFigure(metadata['version'])
  const first = benchmarks[0]!
  const backend = findBackend(json, first)
  const spec = followMembers(json, 'config', 'spec')
  const data = asObject(asArray(spec['data'])?.[0]) ?? readOldData(json)
  const limits = asArray(spec['constraints'])?.map((each) => asObject(each) ?? {}) ?? []
  const limitOf = (kind: string): Json => limits.find((each) => each['kind'] === kind) ?? {}
  const format = asText(backend['request_format']) ?? asText(followMembers(json, 'args')['request_type']) ?? ''
  const isChat = !/completions?$/.test(format) || /chat/.test(format)
  return {
    ...SAYS_NOTHING,
    tool: 'guidellm',
    version: asText(metadata['guidellm_version']),
    startedAt: readEpoch(first['start_time']),
    model: asText(backend['model']) ?? asText(followMembers(json, 'args')['model']),
    host: readHost(backend['target']) ?? readHost(followMembers(json, 'args')['target']),
    api: isChat ? 'openai-chat' : 'openai-completions',
    task: isChat ? 'chat' : 'completions',
    inputTokens: readCount(data['prompt_tokens'])?.toString() ?? null,
    outputTokens: readCount(data['output_tokens'])?.toString() ?? null,
    levelRequests: readCount(limitOf('max_requests')['count']),
    levelSeconds: readPositive(limitOf('max_duration')['seconds'] ?? limitOf('max_duration')['duration']),
    levels: benchmarks.map(readBenchmark),
    notes: noteNewerForm('guidellm', version, NEWEST),
  }
}

/** What was asked, wherever the version keeps it. */
function findBackend(json: Json, first: Json): Json {
  const places = [
    followMembers(json, 'config', 'spec', 'backend'),
    followMembers(first, 'config', 'backend'),
    followMembers(first, 'worker'),
  ]
  const found = places.find((place) => Object.keys(place).length > 0) ?? {}
  return { target: found['backend_target'], model: found['backend_model'], ...found }
}

/** `prompt_tokens=256,output_tokens=128` or JSON, as the command line took it. */
function readOldData(json: Json): Json {
  const data = followMembers(json, 'args')['data']
  const text = asText(data) ?? asText(asArray(data)?.[0]) ?? ''
  const pick = (name: string): number | null => {
    const digits = new RegExp(`${name}"?\\s*[=:]\\s*(\\d{1,9})`).exec(text)?.[1]
    return digits === undefined ? null : Number(digits)
  }
  return { prompt_tokens: pick('prompt_tokens'), output_tokens: pick('output_tokens') }
}

function readBenchmark(benchmark: Json): StatedLevel {
  const metrics = followMembers(benchmark, 'metrics')
  const summarise = (name: string, form = FORM) => readTime(followMembers(metrics, name, 'successful'), form)
  const rateOf = (name: string) => readPositive(followMembers(metrics, name, 'successful')['mean'])
  const counts = findCounts(benchmark)
  const ok = readCount(counts['successful'])
  if (ok === null) throw new ResultError('states no numbers of requests')
  return {
    ...MEASURES_NOTHING,
    ...readLoad(benchmark),
    ok,
    failed: readCount(counts['errored']) ?? 0,
    seconds: readFigure(benchmark['duration']) ?? countSeconds(benchmark),
    ttftMs: summarise('time_to_first_token_ms'),
    ttfoMs: summarise('time_to_first_output_token_ms'),
    tpotMs: summarise('time_per_output_token_ms'),
    interChunkMs: summarise('inter_token_latency_ms'),
    latencyMs: summarise('request_latency', IN_SECONDS),
    outputTokensPerSecond: rateOf('output_tokens_per_second'),
    inputTokensPerSecond: rateOf('prompt_tokens_per_second'),
    requestsPerSecond: rateOf('requests_per_second'),
    inFlight: readPositive(followMembers(metrics, 'request_concurrency', 'successful')['mean']),
  }
}

function findCounts(benchmark: Json): Json {
  const places = [
    followMembers(benchmark, 'metrics', 'request_totals'),
    followMembers(benchmark, 'request_totals'),
    followMembers(benchmark, 'scheduler_metrics', 'requests_made'),
    followMembers(benchmark, 'run_stats', 'requests_made'),
  ]
  return places.find((place) => 'successful' in place) ?? {}
}

/** The load of a benchmark: a number of streams, or a rate. */
function readLoad(benchmark: Json): Partial<StatedLevel> {
  const places = [followMembers(benchmark, 'config', 'strategy'), followMembers(benchmark, 'args', 'strategy')]
  const strategy = places.find((place) => Object.keys(place).length > 0) ?? {}
  const streams = readConcurrency(strategy['streams']) ?? readConcurrency(strategy['max_concurrency'])
  switch (strategy['type_']) {
    case 'synchronous':
      return { concurrency: 1 }
    case 'concurrent':
    case 'throughput':
      return { concurrency: streams }
    default:
      return {
        rate: readPositive(strategy['rate']) ?? 0,
        arrivals: nameArrivals(asText(strategy['type_']), null, readPositive(strategy['rampup_duration']) !== null),
        maxInFlight: readConcurrency(strategy['max_concurrency']),
      }
  }
}

function countSeconds({ start_time: start, end_time: end }: Json): number {
  return Math.max(0, (readFigure(end) ?? 0) - (readFigure(start) ?? 0))
}
