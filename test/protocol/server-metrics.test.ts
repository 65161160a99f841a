import { expect, test } from 'vitest'
import { readServerMetrics, readPrometheus } from '../../src/protocol/server-metrics.ts'
import { findApi } from '../../src/vendors/apis.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import fc from 'fast-check'

function read(...lines: readonly string[]) {
  return readServerMetrics(lines.map((line) => `${line}\n`).join(''))
}

test('vLLM, in the words of its newer versions', () => {
  const sample = read(
    '# TYPE vllm:num_requests_running gauge',
    'vllm:num_requests_running{engine="0",model_name="m"} 3.0',
    'vllm:num_requests_waiting{engine="0",model_name="m"} 2.0',
    'vllm:num_requests_waiting_by_reason{reason="capacity"} 2.0',
    'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25',
    'vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1000',
    'vllm:prefix_cache_queries_created{engine="0",model_name="m"} 1.7e9',
    'vllm:prefix_cache_hits_total{engine="0",model_name="m"} 100',
    'vllm:num_preemptions_total{engine="0",model_name="m"} 7',
    'vllm:time_to_first_token_seconds_bucket{le="0.1",model_name="m"} 4',
    'vllm:time_to_first_token_seconds_sum{model_name="m"} 0.5',
    'vllm:time_to_first_token_seconds_count{model_name="m"} 5',
    'vllm:inter_token_latency_seconds_sum{model_name="m"} 9',
    'vllm:inter_token_latency_seconds_count{model_name="m"} 900',
    'vllm:request_time_per_output_token_seconds_sum{model_name="m"} 0.06',
    'vllm:request_time_per_output_token_seconds_count{model_name="m"} 5',
    'vllm:request_queue_time_seconds_sum{model_name="m"} 0.1',
    'vllm:request_queue_time_seconds_count{model_name="m"} 5',
  )
  expect(sample).toEqual({
    server: 'vLLM',
    running: 3,
    waiting: 2,
    kvCacheUsage: 0.25,
    ttft: { sumSeconds: 0.5, count: 5 },
    tpot: { sumSeconds: 0.06, count: 5 },
    queue: { sumSeconds: 0.1, count: 5 },
    prefixQueries: 1000,
    prefixHits: 100,
    preemptions: 7,
  })
})

test('vLLM, in the words of its older versions', () => {
  expect(
    read(
      'vllm:num_requests_running 1',
      'vllm:gpu_cache_usage_perc 0.5',
      'vllm:time_per_output_token_seconds_sum 2',
      'vllm:time_per_output_token_seconds_count 100',
      'vllm:gpu_prefix_cache_queries_total 7',
      'vllm:gpu_prefix_cache_hits_total 3',
    ),
  ).toMatchObject({
    running: 1,
    waiting: null,
    kvCacheUsage: 0.5,
    ttft: null,
    tpot: { sumSeconds: 2, count: 100 },
    prefixQueries: 7,
    prefixHits: 3,
  })
})

test.each([
  ['SGLang', ['sglang:num_running_reqs 4', 'sglang:num_queue_reqs 1', 'sglang:token_usage 0.3']],
  ['TGI', ['tgi_batch_current_size 4', 'tgi_queue_size 1']],
  ['llama.cpp', ['llamacpp:requests_processing 4', 'llamacpp:requests_deferred 1']],
  ['LMDeploy', ['lmdeploy:num_requests_running{engine="0"} 4', 'lmdeploy:num_requests_waiting 1']],
  ['TensorRT-LLM', ['trtllm_num_requests_running 4', 'trtllm_num_requests_waiting 1']],
  ['NIM', ['num_requests_running{model_name="m"} 4', 'num_requests_waiting{model_name="m"} 1']],
  ['vLLM', ['vllm_num_requests_running 4', 'vllm_num_requests_waiting 1']],
])('%s is known by its gauges alone', (server, lines) => {
  expect(read(...lines)).toMatchObject({ server, running: 4, waiting: 1, ttft: null })
})

test('times of others: SGLang, TGI, llama.cpp, NIM', () => {
  expect(
    read(
      'sglang:time_to_first_token_seconds_sum 3',
      'sglang:time_to_first_token_seconds_count 2',
      'sglang:queue_time_seconds_sum 1',
      'sglang:queue_time_seconds_count 2',
      'sglang:prompt_tokens_total 50',
      'sglang:cached_tokens_total{cache_source="device"} 5',
      'sglang:cached_tokens_total{cache_source="host"} 2',
      'sglang:num_retracted_reqs 9',
      'sglang:num_retracted_requests_total 3',
    ),
  ).toMatchObject({
    ttft: { sumSeconds: 3, count: 2 },
    queue: { sumSeconds: 1, count: 2 },
    prefixQueries: 50,
    prefixHits: 7,
    preemptions: 3,
  })
  expect(
    read(
      'tgi_request_queue_duration_sum 0.5',
      'tgi_request_queue_duration_count 4',
      'tgi_request_queue_duration{quantile="0"} 9',
    ),
  ).toMatchObject({ queue: { sumSeconds: 0.5, count: 4 } })
  expect(
    read(
      'llamacpp:tokens_predicted_total 200',
      'llamacpp:tokens_predicted_seconds_total 4',
      'llamacpp:requests_processing 0',
    ),
  ).toMatchObject({ tpot: { sumSeconds: 4, count: 200 } })
  expect(read('time_to_first_token_seconds_sum 1', 'time_to_first_token_seconds_count 4')).toMatchObject({
    server: 'NIM',
    ttft: { sumSeconds: 1, count: 4 },
  })
})

test('several engines add up, the fullest cache counts', () => {
  expect(
    read(
      'vllm:num_requests_running{engine="0"} 3',
      'vllm:num_requests_running{engine="1"} 4',
      'vllm:kv_cache_usage_perc{engine="0"} 0.2',
      'vllm:kv_cache_usage_perc{engine="1"} 0.9',
      'vllm:time_to_first_token_seconds_sum{engine="0"} 1',
      'vllm:time_to_first_token_seconds_count{engine="0"} 10',
      'vllm:time_to_first_token_seconds_sum{engine="1"} 2',
      'vllm:time_to_first_token_seconds_count{engine="1"} 20',
    ),
  ).toMatchObject({ running: 7, kvCacheUsage: 0.9, ttft: { sumSeconds: 3, count: 30 } })
})

test('the parts of one engine tell of the same requests, and so do the priorities', () => {
  expect(
    read(
      'sglang:num_running_reqs{tp_rank="0",dp_rank="0",priority=""} 5',
      'sglang:num_running_reqs{tp_rank="1",dp_rank="0",priority=""} 5',
      'sglang:num_running_reqs{dp_rank="1",tp_rank="2",priority=""} 2',
      'sglang:num_running_reqs{tp_rank="0",dp_rank="0",priority="1"} 4',
      'sglang:num_running_reqs{tp_rank="0",dp_rank="0",priority="2"} 1',
    ),
  ).toMatchObject({ running: 7 })
})

test('what is no number of requests is left out', () => {
  expect(read('vllm:num_requests_running NaN', 'vllm:num_requests_waiting -3')).toBeNull()
  expect(read('vllm:num_requests_running 1', 'vllm:kv_cache_usage_perc +Inf')).toMatchObject({ kvCacheUsage: null })
  expect(read('vllm:num_requests_running 1', 'vllm:kv_cache_usage_perc 1.2')).toMatchObject({ kvCacheUsage: 1 })
  expect(read('vllm:num_requests_running{a="1"} 1e308', 'vllm:num_requests_running{a="2"} 1e308')).toBeNull()
})

test('pages of others are of no known server', () => {
  expect(read('process_cpu_seconds_total 7', 'http_requests_total{code="200"} 3')).toBeNull()
  expect(read('<!doctype html>', '<p>num_requests_running 1</p>')).toBeNull()
  expect(read('[{"iter": 1, "numActiveRequests": 3}]')).toBeNull()
  // The export of a serving endpoint at Databricks: sums over the last minute, which no level can be told from.
  expect(read('cpu_usage_percentage 40', 'request_count_total 12', 'request_latency_ms_sum 300')).toBeNull()
  expect(readServerMetrics('')).toBeNull()
})

test('metrics are looked for at the origin, or where something in front of it put the server', () => {
  const places = (url: string) => urlsOf('openai-chat', url)
  expect(places('http://127.0.0.1:8000/v1/chat/completions?key=secret')).toEqual([
    'http://127.0.0.1:8000/metrics',
    'http://127.0.0.1:8000/v1/metrics',
    'http://127.0.0.1:8000/prometheus/metrics',
  ])
  expect(places('https://gpu.example/llama/v1/chat/completions')[0]).toBe('https://gpu.example/llama/metrics')
  expect(urlsOf('tgi', 'http://127.0.0.1:8080/generate_stream')).toContain('http://127.0.0.1:8080/metrics')
})

test('a serving endpoint at Databricks has them in the management API, most clouds nowhere', () => {
  const native = 'https://adb-1.azuredatabricks.net/serving-endpoints/llama/invocations'
  expect(urlsOf('databricks', native)).toEqual([
    'https://adb-1.azuredatabricks.net/api/2.0/serving-endpoints/llama/metrics',
  ])
  const unnamed = 'https://adb-1.azuredatabricks.net/serving-endpoints/chat/completions'
  expect(urlsOf('databricks', unnamed)).toEqual([])
  expect(urlsOf('openai-chat', 'https://x.openai.azure.com/openai/v1/chat/completions', 'm')).toEqual([])
  for (const api of ['ollama', 'gemini', 'cohere', 'bedrock'] as const)
    expect(urlsOf(api, 'http://127.0.0.1:11434/api/chat', 'm')).toEqual([])
})

function urlsOf(api: ApiName, url: string, model: string | null = null): readonly string[] {
  return (findApi(api).metricsUrls?.(new URL(url), model) ?? []).map(String)
}

const WANTED = new Set(['up', 'app:wait_seconds_sum', 'app_queue'])

function readSamples(...lines: readonly string[]): [name: string, labels: Record<string, string>, value: number][] {
  return readPrometheus(lines.map((line) => `${line}\n`).join(''), WANTED).map(({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ])
}

test('samples of the names asked for are read, and nothing else', () => {
  const page = [
    '# HELP up Whether it is up',
    '# TYPE up gauge',
    'up 1',
    'up_since 17',
    '',
    'app:wait_seconds_bucket{le="0.5"} 3',
    'app:wait_seconds_sum{model="a",engine="0"} 1.25e-1',
    '# EOF',
  ]
  expect(readSamples(...page)).toEqual([
    ['up', {}, 1],
    ['app:wait_seconds_sum', { model: 'a', engine: '0' }, 0.125],
  ])
})

test.each([
  ['blanks and tabs everywhere', '\t up\t{ a = "1" , b="2" , } \t 3 ', { a: '1', b: '2' }, 3],
  ['a blank before the value is not needed after labels', 'up{a="1"}3', { a: '1' }, 3],
  ['no labels between braces', 'up{} 3', {}, 3],
  ['escapes', String.raw`up{a="q\"b\\c\nd\e"} 3`, { a: String.raw`q"b\c` + '\n' + String.raw`d\e` }, 3],
  ['braces, commas and hashes inside a value', 'up{a="},{# 1"} 3', { a: '},{# 1' }, 3],
  ['a timestamp', 'up{a="1"} 3 1520879607789', { a: '1' }, 3],
  ['an exemplar', 'up{a="1"} 3 1520879607.789 # {trace="x"} 0.67 1520879606', { a: '1' }, 3],
  ['an exemplar without a timestamp', 'up 3 # {trace="x"} 0.67', {}, 3],
  ['a carriage return', 'up 3\r', {}, 3],
  ['a sign and a point', 'up +.5', {}, 0.5],
  ['infinity', 'up +Inf', {}, Infinity],
  ['minus infinity', 'up -inf', {}, -Infinity],
  ['not a number', 'up NaN', {}, NaN],
])('%s', (_, line, labels, value) => {
  expect(readSamples(line)).toEqual([['up', labels, value]])
})

test.each([
  'up',
  'up ',
  'up one',
  'up 0x10',
  'up 1,5',
  'up1',
  'up.5',
  'up{a="1" 3',
  'up{a=1} 3',
  'up{a="1} 3',
  'up{a="1" b="2"} 3',
  'up{1a="1"} 3',
  '{"up", a="1"} 3',
  '<p>up 3</p>',
])('a line like %s is no sample', (line) => {
  expect(readSamples(line, 'app_queue 7')).toEqual([['app_queue', {}, 7]])
})

test('a last line that was cut is not read: half a number is another number', () => {
  expect(readPrometheus('app_queue 7\nup 12', WANTED).map(({ name }) => name)).toEqual(['app_queue'])
})

test('a page without end is read up to a bound', () => {
  const endless = `${'x 1\n'.repeat(100_000)}up 1\n`
  expect(readPrometheus(endless, WANTED)).toEqual([])
  expect(readPrometheus(`${'x'.repeat(5_000_000)}\nup 1\n`, WANTED)).toEqual([])
})

test('a line without end takes no time', () => {
  const digits = '1'.repeat(1_000_000)
  expect(readSamples(`up ${digits}x`, `up{a="${digits}`, 'up 1')).toEqual([['up', {}, 1]])
})

const anyLabels = fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,5}$/), fc.string({ maxLength: 8 }), { maxKeys: 3 })
const anySample = fc.record({
  name: fc.constantFrom('up', 'app:wait_seconds_sum', 'app_queue', 'other'),
  labels: anyLabels,
  value: fc.oneof(fc.double(), fc.integer()),
  timestamp: fc.option(fc.integer(), { nil: null }),
  exemplar: fc.boolean(),
})

test('whatever is written is read back', () => {
  const written = (value: number) => (Math.abs(value) === Infinity ? `${value < 0 ? '-' : '+'}Inf` : String(value))
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 6 }), (samples) => {
      const page = samples.map(({ name, labels, value, timestamp, exemplar }) => {
        const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
        const after = `${timestamp === null ? '' : ` ${timestamp}`}${exemplar ? ' # {t="1"} 2 3' : ''}`
        return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${written(value)}${after}\n`
      })
      const expected = samples.filter(({ name }) => WANTED.has(name))
      expect(
        readPrometheus(page.join(''), WANTED).map(({ name, labels, value }) => [
          name,
          Object.fromEntries(labels),
          value,
        ]),
      ).toEqual(expected.map(({ name, labels, value }) => [name, { ...labels }, value]))
    }),
    { numRuns: 200, seed: 1 },
  )
})

test('whatever comes, nothing is thrown', () => {
  const piece = fc.constantFrom('up', 'app_queue', '{', '}', '"', '\\', ',', '=', 'a', ' ', '1', '\n', '#', 'NaN', '\r')
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 }), (pieces) => {
      for (const { name, value } of readPrometheus(pieces.join(''), WANTED)) {
        expect(WANTED.has(name)).toBe(true)
        expect(typeof value).toBe('number')
      }
    }),
    { numRuns: 200, seed: 1 },
  )
})
