import { describe, expect, it } from 'vitest'
import { databricksMetrics } from '../../../src/simulator/metrics/databricks.ts'
import { METRICS_KINDS, metricsPage, type MetricsKind } from '../../../src/simulator/metrics/pages.ts'
import { createTally } from '../../../src/simulator/metrics/tally.ts'

function stateAfterOneRequest(model = 'tiny') {
  const tally = createTally()
  tally.received(1, { atMs: 0, inputTokens: 64, cachedTokens: 16, generates: true, finishReason: 'stop' })
  tally.admitted(1, 100, 100)
  tally.stepped(1)
  tally.took({ id: 1, tokens: 1, last: false, at: 0 }, 300)
  tally.took({ id: 1, tokens: 2, last: true, at: 0 }, 400)
  return { model, totals: tally.totals, running: 3, waiting: 2, slots: 4 }
}

/** The samples of a page, by name and labels as they stand there. */
function samplesOf(page: string | null): ReadonlyMap<string, number> {
  const lines = page!.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('a metrics page', () => {
  const vllm = 'model_name="tiny",engine="0"'
  it.each<[kind: MetricsKind, samples: Readonly<Record<string, number>>]>([
    [
      'vllm',
      {
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
      },
    ],
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
    const samples = samplesOf(metricsPage(kind, stateAfterOneRequest()))
    for (const [name, value] of Object.entries(expected)) expect(samples.get(name), name).toBeCloseTo(value, 9)
  })

  it('gives every metric one type, before its samples', () => {
    for (const kind of METRICS_KINDS) {
      if (kind === 'none') continue
      const seen = new Set<string>()
      for (const line of metricsPage(kind, stateAfterOneRequest())!.trimEnd().split('\n')) {
        const type = /^# TYPE (\S+) (gauge|counter|histogram)$/.exec(line)
        if (type !== null) {
          expect(seen).not.toContain(type[1])
          seen.add(type[1]!)
        } else if (!line.startsWith('# HELP ')) {
          expect(line).toMatch(/^\S+ -?[0-9.e+-]+$/)
          const name = /^[^{ ]+/.exec(line)![0]
          expect([...seen]).toContain(seen.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))
        }
      }
    }
  })

  it('does not exist for a server that has none', () => {
    expect(metricsPage('none', stateAfterOneRequest())).toBeNull()
  })

  it('escapes the name of the model', () => {
    expect(metricsPage('nim', stateAfterOneRequest('a"b\\c'))).toContain(String.raw`{model_name="a\"b\\c"} 3`)
  })

  it('of Databricks counts minutes and milliseconds', () => {
    const samples = samplesOf(databricksMetrics(stateAfterOneRequest(), { all: 9, refused: 2, failed: 1 }))
    const of = (name: string) => samples.get(`${name}{served_model_name="tiny"}`)
    expect([of('request_count_total'), of('request_4xx_count_total'), of('request_5xx_count_total')]).toEqual([9, 2, 1])
    expect(of('request_latency_ms_sum')).toBeCloseTo(400, 9)
    expect(of('provisioned_concurrent_requests_total')).toBe(4)
  })
})
