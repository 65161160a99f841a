import { generatesTokens } from '../vocabulary/load.ts'
import { asNumber, asObject, asText, parseJson } from '../json.ts'
import type { Json } from '../json.ts'
import {
  defineJsonForm,
  defineTextForm,
  collectTime,
  computeRate,
  MEASURES_NOTHING,
  nameArrivals,
  readConcurrency,
  readCount,
  readFigure,
  readMoment,
  readPositive,
  ResultError,
  SAYS_NOTHING,
} from './tool-result.ts'
import type { ResultForm, StatedTime, ToolResult } from './tool-result.ts'

/** What `vllm bench serve` saves (`--save-result`), and vllm-bench, its double in Rust: one load a file, with the same members. */
export const VLLM_FORMS: readonly ResultForm[] = [
  defineJsonForm('vllm bench serve (--save-result)', isVllmBenchServe, (json) => readVllm(json, 'vllm bench serve')),
  defineTextForm('vllm bench serve (--append-result)', isVllmAppended, readVllmAppended),
  defineJsonForm('vllm-bench in Rust (--save-result)', isVllmBench, (json) => readVllm(json, 'vllm-bench')),
]

/** Whether a JSON is one of either. */
function isVllm(json: Json): boolean {
  return 'request_throughput' in json && 'completed' in json && ('median_e2el_ms' in json || 'median_ttft_ms' in json)
}

/** Whether a JSON has members that only the tool in Rust writes. */
function isOfRust(json: Json): boolean {
  return 'steady_state' in json || 'max_model_len' in json
}

/** Whether a JSON is one of `vllm bench serve`. */
function isVllmBenchServe(json: Json): boolean {
  return isVllm(json) && !isOfRust(json)
}

/** Whether a JSON is one of vllm-bench. */
function isVllmBench(json: Json): boolean {
  return isVllm(json) && isOfRust(json)
}

/** Whether a text is several of `vllm bench serve`, a line each, as `--append-result` leaves them. */
function isVllmAppended(text: string): boolean {
  const lines = listLines(text)
  return lines.length > 1 && lines.every((line) => line !== null && isVllmBenchServe(line))
}

/** Reads several: each is a load. @throws ResultError */
function readVllmAppended(text: string): ToolResult {
  const results = listLines(text).map((line) => readVllm(line ?? {}, 'vllm bench serve'))
  const models = new Set(results.map(({ model }) => model))
  if (models.size > 1) throw new ResultError('holds results of several models')
  const notes = new Set(results.flatMap((result) => result.notes))
  return { ...results[0]!, levels: results.flatMap(({ levels }) => levels), notes: [...notes] }
}

function listLines(text: string): (Json | null)[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => asObject(parseJson(line)))
}

/** Reads one of either. @throws ResultError */
function readVllm(json: Json, tool: 'vllm bench serve' | 'vllm-bench'): ToolResult {
  const ok = readCount(json['completed'])
  const seconds = readPositive(json['duration'])
  if (ok === null || seconds === null) throw new ResultError('states no duration, or no number of completed requests')
  const backend = asText(json['endpoint_type']) ?? asText(json['backend']) ?? ''
  const task = readTask(backend)
  const prompts = readCount(json['num_prompts'])
  // A ramp has more than one rate.
  const rate = asText(json['ramp_up_strategy']) === null ? readRate(json['request_rate']) : 0
  const stated = readConcurrency(json['max_concurrency'])
  const all = rate === null && stated === null ? readConcurrency(prompts) : null
  const rateOf = (name: string, total: string): number | null =>
    readPositive(json[name]) ?? computeRate(readPositive(json[total]), seconds)
  // `mean_ttft_ms`, `p99_ttft_ms` and so on; of the percentiles those that were asked for.
  const readTimeNamed = (name: string): StatedTime | null =>
    collectTime((what) => readFigure(json[`${PREFIXES[what] ?? what}_${name}_ms`]))
  return {
    ...SAYS_NOTHING,
    tool,
    startedAt: readDate(json['date']),
    model: asText(json['model_id']),
    api: `openai-${task}`,
    task,
    levelRequests: prompts,
    levels: [
      {
        ...MEASURES_NOTHING,
        ...(rate === null
          ? { concurrency: stated ?? all }
          : { rate, arrivals: nameArrivals('gamma', json['burstiness'] ?? 1, false), maxInFlight: stated }),
        ok,
        // Older versions state only how many requests were planned.
        failed: readCount(json['failed']) ?? Math.max(0, (prompts ?? ok) - ok),
        seconds,
        ttftMs: readTimeNamed('ttft'),
        tpotMs: readTimeNamed('tpot'),
        interChunkMs: readTimeNamed('itl'),
        latencyMs: readTimeNamed('e2el'),
        outputTokensPerSecond: generatesTokens(task) ? rateOf('output_throughput', 'total_output_tokens') : null,
        inputTokensPerSecond: rateOf('input_throughput', 'total_input_tokens'),
        requestsPerSecond: readPositive(json['request_throughput']),
      },
    ],
    notes:
      all === null
        ? []
        : [`It had no --max-concurrency: all ${all} requests were sent at once, which is what level ${all} is.`],
  }
}

const PREFIXES: Readonly<Partial<Record<keyof StatedTime, string>>> = { sd: 'std', p50: 'median' }

/** Requests a second; null for `inf`, which sends all requests at once. */
function readRate(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value) : asNumber(value)
  return number !== null && Number.isFinite(number) && number > 0 ? number : null
}

/** The task by the name of the backend: what is no chat streams text without roles, unless it embeds or ranks. */
function readTask(backend: string): ToolResult['task'] {
  if (/embed|pooling|rerank/.test(backend)) return 'embeddings'
  return /chat|responses|audio/.test(backend) ? 'chat' : 'completions'
}

/** `20261128-031730`, in the local time of the machine that measured, which is taken as UTC; or ISO 8601. */
function readDate(value: unknown): string | null {
  const parts = typeof value === 'string' ? /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(value) : null
  if (parts === null) return readMoment(value)
  const [, year, month, day, hour, minute, second] = parts
  return readMoment(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
