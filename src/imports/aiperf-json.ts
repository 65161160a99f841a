import { asArray, asObject, asText } from '../json.ts'
import type { Json } from '../json.ts'
import {
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
} from './tool-result.ts'
import type { StatedLevel, StatedTime, SummaryForm, ToolResult } from './tool-result.ts'

/** `profile_export_aiperf.json`: one load. Read are the forms of 0.13 (`input_config.phases`) and of 0.2 (`input_config.loadgen`). */

/** The newest version of the form that was looked at. */
const NEWEST_MAJOR = 1

const FORM: Omit<SummaryForm, 'toMs'> = {
  mean: ['avg'],
  sd: ['std'],
  min: ['min'],
  max: ['max'],
  p50: ['p50'],
  p90: ['p90'],
  p95: ['p95'],
  p99: ['p99'],
}

/** The factor from each unit to milliseconds. */
export const TO_MS: Readonly<Record<string, number>> = { ms: 1, sec: 1000, s: 1000, us: 1e-3, ns: 1e-6 }

/**
 * Whether a JSON is one. One of genai-perf, which became aiperf, counts too: reading it then says that `request_count`
 * is missing.
 */
export function isAiperfJson(json: Json): boolean {
  return 'unit' in followMembers(json, 'request_latency') && 'unit' in followMembers(json, 'request_throughput')
}

/** Reads one. @throws ResultError */
export function readAiperfJson(json: Json): ToolResult {
  const input = followMembers(json, 'input_config')
  const endpoint = followMembers(input, 'endpoint')
  const load = findLoad(input)
  const dataset = findDataset(input)
  const amount = (name: string): number | null => readFigure(followMembers(json, name)['avg'])
  const time = (name: string): StatedTime | null => {
    const summary = followMembers(json, name)
    return readTime(summary, { ...FORM, toMs: TO_MS[asText(summary['unit']) ?? 'ms'] ?? 1 })
  }
  const ok = readCount(amount('request_count'))
  const seconds = readPositive(amount('benchmark_duration'))
  if (ok === null || seconds === null) throw new ResultError('states no benchmark_duration, or no request_count')
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
    api: { chat: 'openai-chat', completions: 'openai-completions', embeddings: 'openai-embeddings' }[task],
    task,
    inputTokens: dataset.input,
    outputTokens: dataset.output,
    levelRequests: readCount(load['requests'] ?? load['request_count']),
    levelSeconds: readPositive(load['duration'] ?? load['benchmark_duration']),
    levels: [
      {
        ...MEASURES_NOTHING,
        ...readLoad(load),
        ok,
        failed: readCount(amount('error_request_count')) ?? 0,
        seconds,
        ttftMs: time('time_to_first_token'),
        ttfoMs: time('time_to_first_output_token'),
        tpotMs: time('inter_token_latency'),
        interChunkMs: time('inter_chunk_latency'),
        latencyMs: time('request_latency'),
        outputTokensPerSecond: readPositive(amount('output_token_throughput')),
        inputTokensPerSecond: readPositive(amount('input_token_throughput')) ?? divide(amount('total_isl'), seconds),
        requestsPerSecond: readPositive(amount('request_throughput')),
        inFlight: readPositive(amount('effective_concurrency')),
        cut: json['was_cancelled'] === true ? 'aiperf was cancelled' : null,
      },
    ],
    notes: noteNewerForm('aiperf', schema, NEWEST_MAJOR),
  }
}

function divide(total: number | null, seconds: number): number | null {
  return total === null || total === 0 ? null : total / seconds
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
