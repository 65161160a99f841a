import { describe, expect, it } from 'vitest'
import { findUntyped, samplesOf, stateAfterOneRequest } from '../simulator/page-reading.ts'
import { ALL_METRICS } from './metrics-pages.ts'

describe('a metrics page', () => {
  const vllm = 'model_name="tiny",engine="0"'
  it.each<[kind: keyof typeof ALL_METRICS, samples: Readonly<Record<string, number>>]>([
    [
      'sglang',
      {
        'sglang:num_running_reqs{model_name="tiny"}': 3,
        'sglang:num_queue_reqs{model_name="tiny"}': 2,
        'sglang:cache_hit_rate{model_name="tiny"}': 0.25,
        'sglang:gen_throughput{model_name="tiny"}': 20,
        'sglang:queue_time_seconds_sum{model_name="tiny"}': 0.1,
        'sglang:e2e_request_latency_seconds_count{model_name="tiny"}': 1,
      },
    ],
    [
      'tgi',
      {
        tgi_batch_current_size: 3,
        tgi_queue_size: 2,
        tgi_request_count: 1,
        tgi_request_queue_duration_sum: 0.1,
        tgi_request_mean_time_per_token_duration_sum: 0.15,
        'tgi_request_generated_tokens_bucket{le="2.0"}': 1,
      },
    ],
    [
      'llamacpp',
      {
        'llamacpp:requests_processing': 3,
        'llamacpp:requests_deferred': 2,
        'llamacpp:prompt_tokens_total': 48,
        'llamacpp:tokens_predicted_total': 2,
        'llamacpp:predicted_tokens_seconds': 20,
        'llamacpp:n_busy_slots_per_decode': 1,
      },
    ],
    [
      'nim',
      {
        'num_requests_running{model_name="tiny"}': 3,
        'num_request_max{model_name="tiny"}': 4,
        'time_to_first_token_seconds_count{model_name="tiny"}': 1,
      },
    ],
    [
      'lmdeploy',
      {
        [`lmdeploy:num_requests_waiting{${vllm}}`]: 2,
        [`lmdeploy:e2e_request_latency_seconds_sum{${vllm}}`]: 0.4,
      },
    ],
  ])('says what %s says, under its names', (kind, expected) => {
    const samples = samplesOf(ALL_METRICS[kind](stateAfterOneRequest()))
    for (const [name, value] of Object.entries(expected)) expect(samples.get(name), name).toBeCloseTo(value, 9)
  })

  it.each(Object.entries(ALL_METRICS))('of %s gives every metric one type, before its samples', (_, page) => {
    expect(findUntyped(page(stateAfterOneRequest()))).toEqual([])
  })
})
