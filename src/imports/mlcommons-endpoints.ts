import { asText } from '../json.ts'
import type { Json } from '../json.ts'
import {
  defineJsonForm,
  computeRate,
  followMembers,
  MEASURES_NOTHING,
  readConcurrency,
  readCount,
  readPositive,
  readTime,
  ResultError,
  SAYS_NOTHING,
} from './tool-result.ts'
import type { ResultForm, StatedTime, SummaryForm, ToolResult } from './tool-result.ts'

/** `result_summary.json` of mlcommons endpoints: one load; times are nanoseconds. */
export const MLCOMMONS_FORMS: readonly ResultForm[] = [
  defineJsonForm('mlcommons endpoints (result_summary.json)', isMlcommonsEndpoints, readMlcommonsEndpoints),
]

const FORM: SummaryForm = {
  toMs: 1e-6,
  mean: ['avg'],
  sd: ['std_dev'],
  p50: ['median'],
  p90: ['percentiles', '90.0'],
  p95: ['percentiles', '95.0'],
  p99: ['percentiles', '99.0'],
}

/** Whether a JSON is one. */
function isMlcommonsEndpoints(json: Json): boolean {
  return 'n_samples_completed' in json && 'duration_ns' in json
}

/** Reads one. @throws ResultError */
function readMlcommonsEndpoints(json: Json): ToolResult {
  const nanoseconds = readPositive(json['duration_ns'])
  const ok = readCount(json['n_samples_completed'])
  if (nanoseconds === null || ok === null) throw new ResultError('states no duration_ns, or no n_samples_completed')
  const seconds = nanoseconds / 1e9
  const load = followMembers(json, 'run_config', 'load_pattern')
  const kind = asText(load['type'])
  const readTimeNamed = (name: string): StatedTime | null => readTime(followMembers(json, name), FORM)
  return {
    ...SAYS_NOTHING,
    tool: 'mlcommons endpoints',
    version: asText(json['version']),
    levelRequests: readCount(json['n_samples_issued']),
    levels: [
      {
        ...MEASURES_NOTHING,
        ...(kind === 'poisson'
          ? { rate: readPositive(load['target_qps']) ?? 0, arrivals: kind }
          : { concurrency: readConcurrency(load['target_concurrency']) }),
        ok,
        failed: readCount(json['n_samples_failed']) ?? 0,
        seconds,
        ttftMs: readTimeNamed('ttft'),
        tpotMs: readTimeNamed('tpot'),
        latencyMs: readTimeNamed('latency'),
        outputTokensPerSecond: readPositive(json['tps']),
        inputTokensPerSecond: computeRate(
          readPositive(followMembers(json, 'input_sequence_lengths')['total']),
          seconds,
        ),
        requestsPerSecond: readPositive(json['qps']),
        cut: json['complete'] === false ? 'mlcommons endpoints says that it is not complete' : null,
      },
    ],
  }
}
