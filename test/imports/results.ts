/** Small results of other load tools, in the forms that those write, made up here: every figure is another, so that none is mistaken. */

/** A summary as guidellm writes it, with figures that grow from `base`. */
function summaryOf(base: number, count = 200) {
  return {
    mean: base + 0.1,
    median: base,
    std_dev: 0.5,
    min: base - 1,
    max: base + 9,
    count,
    percentiles: { p50: base, p90: base + 4, p95: base + 5, p99: base + 7 },
  }
}
const successful = (base: number) => ({ successful: summaryOf(base), errored: summaryOf(0), incomplete: summaryOf(0) })

/** One benchmark of guidellm at so many streams, or with another strategy. */
export function aGuidellmBenchmark(streams: number, strategy: object = { type_: 'concurrent', streams }) {
  return {
    type_: 'generative_benchmark',
    config: { strategy },
    metrics: {
      request_totals: { successful: 200, errored: 1, incomplete: 2, total: 203 },
      requests_per_second: successful(6 * streams),
      request_concurrency: successful(streams),
      request_latency: successful(2),
      time_to_first_token_ms: successful(52 + streams),
      time_to_first_output_token_ms: successful(53 + streams),
      time_per_output_token_ms: successful(10.6),
      inter_token_latency_ms: successful(9.9),
      prompt_tokens_per_second: successful(300 * streams),
      output_tokens_per_second: successful(360 * streams),
    },
    start_time: 1_795_835_372.2,
    end_time: 1_795_835_402.2,
    duration: 30,
  }
}

/** `benchmarks.json` of guidellm. */
export function aGuidellm(benchmarks: readonly object[] = [aGuidellmBenchmark(4)], metadata: object = {}) {
  return {
    metadata: { version: 2, guidellm_version: '0.8.1', ...metadata },
    config: {
      spec: {
        backend: { target: 'http://gpu-7:8000', model: 'llama-8b', request_format: '/v1/chat/completions' },
        constraints: [{ kind: 'max_requests', count: 200 }],
        data: [{ kind: 'synthetic_text', prompt_tokens: 64, output_tokens: 32 }],
      },
    },
    benchmarks,
  }
}

/** What `vllm bench serve` saves. */
export function aVllmBenchServe(overrides: object = {}) {
  return {
    date: '20261128-031730',
    endpoint_type: 'openai-chat',
    backend: 'openai-chat',
    model_id: 'llama-8b',
    num_prompts: 200,
    request_rate: 'inf',
    max_concurrency: 4,
    duration: 33.5,
    completed: 199,
    failed: 1,
    total_input_tokens: 6700,
    total_output_tokens: 12_800,
    request_throughput: 5.9,
    output_throughput: 382.1,
    mean_ttft_ms: 60.5,
    median_ttft_ms: 59.2,
    std_ttft_ms: 5,
    p99_ttft_ms: 67.2,
    mean_tpot_ms: 9.95,
    median_tpot_ms: 9.98,
    p90_tpot_ms: 10.4,
    mean_itl_ms: 9.6,
    median_itl_ms: 10.01,
    p99_itl_ms: 17.6,
    median_e2el_ms: 686.9,
    ...overrides,
  }
}

/** What vllm-bench (Rust) saves. */
export function aVllmBench(overrides: object = {}) {
  return { ...aVllmBenchServe({ date: '2026-11-28T03:33:12Z', max_model_len: null }), steady_state: null, ...overrides }
}

function aMetric(unit: string, base: number) {
  return {
    unit,
    avg: base + 0.3,
    p50: base,
    p90: base + 4,
    p95: base + 5,
    p99: base + 7,
    min: base - 1,
    max: base + 9,
    std: 2,
  }
}

/** `profile_export_aiperf.json`. */
export function anAiperf(overrides: object = {}) {
  return {
    schema_version: '1.4',
    aiperf_version: '0.13.0',
    request_throughput: { unit: 'requests/sec', avg: 5.6 },
    request_latency: aMetric('ms', 686),
    request_count: { unit: 'requests', avg: 200 },
    error_request_count: { unit: 'requests', avg: 1 },
    time_to_first_token: aMetric('ms', 53),
    inter_token_latency: aMetric('ms', 10.05),
    inter_chunk_latency: aMetric('ms', 9.99),
    output_token_throughput: { unit: 'tokens/sec', avg: 361 },
    total_isl: { unit: 'tokens', avg: 12_800 },
    benchmark_duration: { unit: 'sec', avg: 35.5 },
    effective_concurrency: { unit: 'requests', avg: 3.9 },
    input_config: {
      models: { items: [{ name: 'llama-8b' }] },
      endpoint: { urls: ['http://gpu-7:8000'], type: 'chat', streaming: true },
      datasets: [{ name: 'main', prompts: { isl: { mean: 64 }, osl: { mean: 32 } } }],
      phases: [{ name: 'profiling', kind: 'profiling', type: 'concurrency', requests: 200, concurrency: 4 }],
    },
    was_cancelled: false,
    start_time: '2026-11-28T03:15:37.947450',
    ...overrides,
  }
}

/** `profile_export_aiperf.csv`. */
export const AIPERF_CSV = [
  'Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std',
  'Effective Concurrency,3.89,0.00,4.00,,,,,,4.00,,4.00,4.00,4.00,0.60',
  'Inter Chunk Latency (ms),10.06,1.93,19.53,7604.16,3.91,6.54,7.67,9.44,9.99,10.40,12.65,13.84,17.38,2.23',
  'Inter Token Latency (ms),10.06,10.00,10.13,120.70,10.00,10.00,10.00,10.01,10.05,10.12,10.13,10.13,10.13,0.05',
  '"Input, Tokens ""Total"" (ms)",1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,1.00,0.00',
  'Request Latency (ms),688.94,680.76,707.24,8267.24,680.79,680.93,681.08,681.50,686.32,696.62,697.02,701.64,706.12,8.32',
  'Time to First Token (ms),55.26,50.73,72.09,663.08,50.74,50.77,50.81,50.96,52.94,58.39,59.83,65.41,70.75,6.03',
  '',
  'Metric,Value',
  'Benchmark Duration (sec),35.50',
  'Error Request Count,1.00',
  'Output Token Throughput (tokens/sec),360.98',
  'Request Count,200.00',
  'Request Throughput (requests/sec),5.64',
  '',
].join('\r\n')

/** A line of `profile_export.jsonl`: a request that starts after so many seconds and lasts half a second. */
export function anAiperfRecord(startSeconds: number, ttftMs: number, overrides: object = {}) {
  const start = 1_795_835_737_000_000_000 + startSeconds * 1e9
  return {
    metadata: { benchmark_phase: 'profiling', request_start_ns: start, request_end_ns: start + 5e8 },
    metrics: {
      time_to_first_token: { value: ttftMs, unit: 'ms' },
      inter_token_latency: { value: 10, unit: 'ms' },
      inter_chunk_latency: { value: [9, 11], unit: 'ms' },
      request_latency: { value: 0.5, unit: 'sec' },
      output_sequence_length: { value: 32, unit: 'tokens' },
      input_sequence_length: { value: 64, unit: 'tokens' },
    },
    ...overrides,
  }
}

const inSeconds = (base: number) => ({
  mean: base + 0.001,
  min: base,
  max: base * 2,
  median: base,
  p90: base + 0.01,
  p95: base + 0.02,
  p99: base + 0.03,
})

/** `stage_0_lifecycle_metrics.json` of inference-perf. */
export function anInferencePerfStage(load: object = { requested_rate: 12, achieved_rate: 7, concurrency: 4 }) {
  return {
    benchmark_time_seconds: 37,
    load_summary: { count: 201, schedule_delay: { mean: 0.3 }, send_duration: 30, ...load },
    successes: {
      count: 200,
      latency: {
        request_latency: inSeconds(0.683),
        normalized_time_per_output_token: inSeconds(0.0107),
        time_per_output_token: inSeconds(0.01),
        time_to_first_token: inSeconds(0.0513),
        inter_token_latency: inSeconds(0.0099),
      },
      throughput: { input_tokens_per_sec: 652, output_tokens_per_sec: 344.7, requests_per_sec: 5.4 },
    },
    failures: { count: 1, request_latency: null },
  }
}

/** `summary_lifecycle_metrics.json` of inference-perf. */
export function anInferencePerfSummary() {
  const { load_summary: _load, ...rest } = anInferencePerfStage()
  return { ...rest, load_summary: { count: 201, schedule_delay: { mean: 0.3 } } }
}

const inNanoseconds = (ms: number) => ({
  avg: ms * 1e6 + 1e5,
  median: ms * 1e6,
  std_dev: 2e5,
  min: ms * 1e6 - 1e6,
  max: ms * 1e6 + 9e6,
  percentiles: { '99.0': ms * 1e6 + 7e6, '95.0': ms * 1e6 + 5e6, '90.0': ms * 1e6 + 4e6 },
})

/** `result_summary.json` of mlcommons endpoints. */
export function anMlcommonsEndpoints(overrides: object = {}) {
  return {
    version: '0.1.0',
    n_samples_issued: 201,
    n_samples_completed: 200,
    n_samples_failed: 1,
    duration_ns: 34_000_000_000,
    complete: true,
    ttft: inNanoseconds(53.8),
    tpot: inNanoseconds(10.02),
    latency: inNanoseconds(686.2),
    input_sequence_lengths: { total: 12_800 },
    qps: 5.88,
    tps: 376.5,
    run_config: { load_pattern: { type: 'concurrency', target_qps: null, target_concurrency: 4 } },
    ...overrides,
  }
}

/** A file of a result; `path` as a tool names it. */
export function aResultFile(result: object | string, path = 'results/result.json') {
  const text = typeof result === 'string' ? result : JSON.stringify(result)
  return { path, text, writtenAt: '2026-11-29T00:00:00.000Z' }
}

/** Each form once, by its name in the table of forms, with the levels that it says or is said to have. */
export const ONE_OF_EACH: Readonly<
  Record<string, { readonly text: string; readonly concurrency: 'auto' | readonly [4] }>
> = {
  'guidellm (benchmarks.json)': { text: JSON.stringify(aGuidellm()), concurrency: 'auto' },
  'vllm bench serve (--save-result)': { text: JSON.stringify(aVllmBenchServe()), concurrency: 'auto' },
  'vllm bench serve (--append-result)': {
    text: `${JSON.stringify(aVllmBenchServe())}\n${JSON.stringify(aVllmBenchServe({ max_concurrency: 8 }))}\n`,
    concurrency: 'auto',
  },
  'vllm-bench in Rust (--save-result)': { text: JSON.stringify(aVllmBench()), concurrency: 'auto' },
  'aiperf (profile_export_aiperf.json)': { text: JSON.stringify(anAiperf()), concurrency: 'auto' },
  'aiperf (profile_export_aiperf.csv)': { text: AIPERF_CSV, concurrency: [4] },
  'aiperf (profile_export.jsonl)': {
    text: [0, 0.5, 1, 1.5, 2].map((at) => `${JSON.stringify(anAiperfRecord(at, 50 + at))}\n`).join(''),
    concurrency: [4],
  },
  'inference-perf (stage_N_lifecycle_metrics.json)': {
    text: JSON.stringify(anInferencePerfStage()),
    concurrency: 'auto',
  },
  'inference-perf (summary_lifecycle_metrics.json)': {
    text: JSON.stringify(anInferencePerfSummary()),
    concurrency: [4],
  },
  'mlcommons endpoints (result_summary.json)': { text: JSON.stringify(anMlcommonsEndpoints()), concurrency: 'auto' },
}
