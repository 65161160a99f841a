import { asNumber, asObject, asText, parseJson } from '../json.ts'
import type { Json } from '../json.ts'
import { TO_MS } from './aiperf-json.ts'
import { sum } from '../stats/mean.ts'
import { followMembers, MEASURES_NOTHING, readEpoch, readFigure, ResultError, SAYS_NOTHING } from './tool-result.ts'
import type { StatedTime, ToolResult } from './tool-result.ts'

/** `profile_export.jsonl`: a line a request. Its figures are computed as aiperf computes those of its JSON, with percentiles interpolated between neighbours. */

/** Whether the first line is one. */
export function isAiperfJsonl(text: string): boolean {
  const first = asObject(parseJson(text.slice(0, text.indexOf('\n') + 1 || undefined)))
  return first !== null && 'request_start_ns' in followMembers(first, 'metadata') && 'metrics' in first
}

/** Each line is of one request, and none of the run; `profile_export_aiperf.json` beside it says what is meant here. */
const LACKS =
  'A JSONL of aiperf says neither version nor model, nor how many requests there were: one that ends too early reads like a whole one. Better give its JSON.'

/** Reads one. @throws ResultError */
export function readAiperfJsonl(text: string): ToolResult {
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
  const rateOf = (name: string): number | null => {
    const total = sum(valuesOf(name))
    return total === 0 ? null : total / seconds
  }
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
        ttftMs: summarise(valuesOf('time_to_first_token')),
        ttfoMs: summarise(valuesOf('time_to_first_output_token')),
        tpotMs: summarise(valuesOf('inter_token_latency')),
        interChunkMs: summarise(valuesOf('inter_chunk_latency')),
        latencyMs: summarise(valuesOf('request_latency')),
        outputTokensPerSecond: rateOf('output_sequence_length'),
        inputTokensPerSecond: rateOf('input_sequence_length'),
        requestsPerSecond: answered.length === 0 ? null : answered.length / seconds,
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

function summarise(values: readonly number[]): StatedTime | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0)
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
