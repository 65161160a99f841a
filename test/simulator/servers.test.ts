import { describe, expect, it } from 'vitest'
import { renderVllmMetrics } from '../../src/simulator/servers.ts'
import { findUntyped, samplesOf, stateAfterOneRequest } from './page-reading.ts'

describe('the metrics page of vLLM', () => {
  const vllm = 'model_name="tiny",engine="0"'

  it('says what happened, under its names', () => {
    const samples = samplesOf(renderVllmMetrics(stateAfterOneRequest()))
    const expected = {
      [`vllm:num_requests_running{${vllm}}`]: 3,
      [`vllm:num_requests_waiting{${vllm}}`]: 2,
      [`vllm:kv_cache_usage_perc{${vllm}}`]: 0.75,
      [`vllm:gpu_cache_usage_perc{${vllm}}`]: 0.75,
      [`vllm:prefix_cache_queries_total{${vllm}}`]: 64,
      [`vllm:prefix_cache_hits_total{${vllm}}`]: 16,
      [`vllm:generation_tokens_total{${vllm}}`]: 2,
      [`vllm:time_to_first_token_seconds_sum{${vllm}}`]: 0.3,
      [`vllm:time_to_first_token_seconds_bucket{${vllm},le="0.25"}`]: 0,
      [`vllm:time_to_first_token_seconds_bucket{${vllm},le="0.5"}`]: 1,
      [`vllm:time_to_first_token_seconds_bucket{${vllm},le="+Inf"}`]: 1,
      [`vllm:request_queue_time_seconds_sum{${vllm}}`]: 0.1,
      [`vllm:request_success_total{${vllm},finished_reason="stop"}`]: 1,
    }
    for (const [name, value] of Object.entries(expected)) expect(samples.get(name), name).toBeCloseTo(value, 9)
  })

  it('gives every metric one type, before its samples', () => {
    expect(findUntyped(renderVllmMetrics(stateAfterOneRequest()))).toEqual([])
    expect(findUntyped('a 1\n# TYPE b gauge\nb x\n# TYPE b gauge\nb 1\n')).toEqual(['a 1', 'b x', '# TYPE b gauge'])
  })

  it('escapes the name of the model', () => {
    expect(renderVllmMetrics(stateAfterOneRequest('a"b\\c'))).toContain(String.raw`{model_name="a\"b\\c",engine="0"} 3`)
  })
})
