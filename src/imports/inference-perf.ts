import type { Json } from '../json.ts'
import {
  defineJsonForm,
  followMembers,
  MEASURES_NOTHING,
  readConcurrency,
  readCount,
  readFigure,
  readPositive,
  readTime,
  ResultError,
  SAYS_NOTHING,
} from './tool-result.ts'
import type { ResultForm, StatedTime, SummaryForm, ToolResult } from './tool-result.ts'

const STAGE = 'inference-perf (stage_N_lifecycle_metrics.json)'

/** `stage_N_lifecycle_metrics.json` of inference-perf, one a load, and its summary over all stages, which does not say at which load. */
export const INFERENCE_PERF_FORMS: readonly ResultForm[] = [
  defineJsonForm(STAGE, isStage, readInferencePerf),
  defineJsonForm('inference-perf (summary_lifecycle_metrics.json)', isSummary, readInferencePerf, [STAGE]),
]

const FORM: SummaryForm = { toMs: 1000, sd: ['std'], p50: ['median'] }

function isOfInferencePerf(json: Json): boolean {
  return 'load_summary' in json && 'successes' in json && 'failures' in json
}

/** Whether a JSON is that of a stage. */
function isStage(json: Json): boolean {
  return isOfInferencePerf(json) && 'requested_rate' in followMembers(json, 'load_summary')
}

/** Whether a JSON is the summary over all stages. */
function isSummary(json: Json): boolean {
  return isOfInferencePerf(json) && !isStage(json)
}

/** Reads one of either. @throws ResultError */
function readInferencePerf(json: Json): ToolResult {
  const load = followMembers(json, 'load_summary')
  const successes = followMembers(json, 'successes')
  const throughput = followMembers(successes, 'throughput')
  const ok = readCount(successes['count'])
  if (ok === null) throw new ResultError('states no number of successes')
  const requestsPerSecond = readPositive(throughput['requests_per_sec'])
  const readTimeNamed = (name: string): StatedTime | null => readTime(followMembers(successes, 'latency', name), FORM)
  const concurrency = readConcurrency(load['concurrency'])
  return {
    ...SAYS_NOTHING,
    tool: 'inference-perf',
    task: 'completions',
    levels: [
      {
        ...MEASURES_NOTHING,
        concurrency,
        // In a closed loop a stage states the rate at which requests were made, not at which they were sent.
        rate: concurrency === null ? readPositive(load['requested_rate']) : null,
        ok,
        failed: readCount(followMembers(json, 'failures')['count']) ?? 0,
        seconds:
          readPositive(json['benchmark_time_seconds']) ??
          (requestsPerSecond === null ? (readFigure(load['send_duration']) ?? 0) : ok / requestsPerSecond),
        ttftMs: readTimeNamed('time_to_first_token'),
        tpotMs: readTimeNamed('time_per_output_token'),
        interChunkMs: readTimeNamed('inter_token_latency'),
        latencyMs: readTimeNamed('request_latency'),
        outputTokensPerSecond: readPositive(throughput['output_tokens_per_sec']),
        inputTokensPerSecond: readPositive(throughput['input_tokens_per_sec']),
        requestsPerSecond,
      },
    ],
  }
}
