import { describe, expect, it, test } from 'vitest'
import { joinResults, nameResultForm, readResult, RESULT_FORMS } from '../../src/imports/join-results.ts'
import type { JoinedResult, ResultFile } from '../../src/imports/join-results.ts'
import type { ToolResult } from '../../src/imports/tool-result.ts'
import {
  aGuidellm,
  aGuidellmBenchmark,
  AIPERF_CSV,
  anAiperf,
  anAiperfRecord,
  anInferencePerfStage,
  anInferencePerfSummary,
  anMlcommonsEndpoints,
  aResultFile,
  aVllmBench,
  aVllmBenchServe,
  ONE_OF_EACH,
} from './results.ts'

/** What a result of a known form says. */
function read(result: object | string): ToolResult {
  return readResult(typeof result === 'string' ? result : JSON.stringify(result))!.result
}

test('every form is told by what stands in it, and taken for no other', () => {
  expect(Object.keys(ONE_OF_EACH).sort()).toEqual(RESULT_FORMS.map(({ name }) => name).sort())
  for (const [name, { text }] of Object.entries(ONE_OF_EACH)) {
    const { version } = readResult(text)!.result
    expect(nameResultForm(text)).toBe(version === null ? name : `${name}, version ${version}`)
    const json: unknown = (() => {
      try {
        return JSON.parse(text)
      } catch {
        return null
      }
    })()
    const known = RESULT_FORMS.filter((format) => format.read(text, json as Record<string, unknown> | null) !== null)
    expect(known.map((format) => format.name)).toEqual([name])
  }
})

test('what is none of them is none of them', () => {
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    '{"benchmarks":[]}',
    'Metric,Value\n',
    '{"schema":"plateau/run-report@1"}',
  ])
    expect(nameResultForm(text)).toBeNull()
})

describe('guidellm', () => {
  it('is read with the figures that it prints: medians, means of rates, its own TPOT, its ITL as the gap', () => {
    const { levels, ...about } = read(aGuidellm())
    expect(about).toMatchObject({
      tool: 'guidellm',
      version: '0.8.1',
      startedAt: '2026-11-28T03:09:32.200Z',
      model: 'llama-8b',
      host: 'gpu-7:8000',
      api: 'openai-chat',
      inputTokens: '64',
      outputTokens: '32',
      levelRequests: 200,
      notes: [],
    })
    expect(levels).toHaveLength(1)
    expect(levels[0]).toMatchObject({
      concurrency: 4,
      rate: null,
      ok: 200,
      failed: 1,
      seconds: 30,
      ttftMs: { p50: 56, mean: 56.1, sd: 0.5, min: 55, max: 65, p90: 60, p95: 61, p99: 63 },
      ttfoMs: { p50: 57 },
      tpotMs: { p50: 10.6 },
      interChunkMs: { p50: 9.9 },
      latencyMs: { p50: 2000, mean: 2100 },
      outputTokensPerSecond: 1440.1,
      inputTokensPerSecond: 1200.1,
      requestsPerSecond: 24.1,
      inFlight: 4.1,
    })
  })

  it('has a level for each number of streams, one for synchronous, and none for a rate', () => {
    const benchmarks = [
      aGuidellmBenchmark(1, { type_: 'synchronous' }),
      aGuidellmBenchmark(8),
      aGuidellmBenchmark(2, { type_: 'constant', rate: 3.5 }),
      aGuidellmBenchmark(2, { type_: 'throughput', max_concurrency: 512 }),
    ]
    const { levels } = read(aGuidellm(benchmarks))
    expect(levels.map(({ concurrency, rate }) => [concurrency, rate])).toEqual([
      [1, null],
      [8, null],
      [null, 3.5],
      [512, null],
    ])
  })

  it('is read where older versions keep strategy, counts and lengths elsewhere', () => {
    const { config: _config, metrics, duration: _duration, ...rest } = aGuidellmBenchmark(4)
    const { request_totals: totals, ...figures } = metrics
    const old = {
      args: { target: 'http://gpu-7:8000', data: 'prompt_tokens=256,output_tokens=128' },
      benchmarks: [
        { ...rest, args: { strategy: { type_: 'concurrent', streams: 4 } }, request_totals: totals, metrics: figures },
      ],
    }
    const result = read(old)
    expect(result).toMatchObject({ inputTokens: '256', outputTokens: '128', host: 'gpu-7:8000', notes: [] })
    expect(result.levels[0]).toMatchObject({ concurrency: 4, ok: 200, failed: 1, seconds: 30 })
  })

  it('is read as far as known where its form is newer, and says so', () => {
    const { notes, levels } = read(aGuidellm(undefined, { version: 7 }))
    expect(notes.join()).toMatch(/is of version 7 of guidellm's form, newer than 2: it is read as far as that is known/)
    expect(levels[0]!.ttftMs!.p50).toBe(56)
  })
})

describe('vllm bench serve and its double in Rust', () => {
  it('are read with what they print, and told apart', () => {
    for (const [result, tool] of [
      [aVllmBenchServe(), 'vllm bench serve'],
      [aVllmBench(), 'vllm-bench'],
    ] as const) {
      const { levels, ...about } = read(result)
      expect(about).toMatchObject({
        tool,
        model: 'llama-8b',
        api: 'openai-chat',
        levelRequests: 200,
        inputTokens: null,
      })
      expect(levels[0]).toMatchObject({
        concurrency: 4,
        ok: 199,
        failed: 1,
        seconds: 33.5,
        ttftMs: { p50: 59.2, mean: 60.5, min: null, p90: null, p99: 67.2 },
        tpotMs: { p50: 9.98, p90: 10.4 },
        interChunkMs: { p50: 10.01 },
        latencyMs: { p50: 686.9 },
        outputTokensPerSecond: 382.1,
        inputTokensPerSecond: 200,
        requestsPerSecond: 5.9,
      })
    }
    expect(read(aVllmBenchServe()).startedAt).toBe('2026-11-28T03:17:30.000Z')
    expect(read(aVllmBench()).startedAt).toBe('2026-11-28T03:33:12.000Z')
  })

  it('have a rate where requests were sent at one, and all prompts at once where nothing bounds them', () => {
    const atRate = read(aVllmBenchServe({ request_rate: 4, max_concurrency: null }))
    expect(atRate.levels[0]).toMatchObject({ concurrency: null, rate: 4 })
    const atOnce = read(aVllmBenchServe({ max_concurrency: null }))
    expect(atOnce.levels[0]).toMatchObject({ concurrency: 200, rate: null })
    expect(atOnce.notes.join()).toMatch(/all 200 requests were sent at once/)
  })

  it('count as failed what an older version has only among its prompts, and read what Python writes for no number', () => {
    const { failed: _failed, ...old } = aVllmBenchServe({ mean_e2el_ms: 5 })
    expect(read(old).levels[0]!.failed).toBe(1)
    const text = JSON.stringify(aVllmBenchServe()).replace('"std_ttft_ms":5', '"std_ttft_ms":NaN')
    expect(read(text).levels[0]!.ttftMs).toMatchObject({ p50: 59.2, sd: null })
  })

  it('have a level a line where results were appended', () => {
    const { text } = ONE_OF_EACH['vllm bench serve (--append-result)']!
    expect(read(text).levels.map(({ concurrency }) => concurrency)).toEqual([4, 8])
  })
})

describe('aiperf', () => {
  it('is read from its JSON, of today and with the settings of version 0.2', () => {
    const { levels, ...about } = read(anAiperf())
    expect(about).toMatchObject({
      version: '0.13.0',
      model: 'llama-8b',
      host: 'gpu-7:8000',
      inputTokens: '64',
      outputTokens: '32',
    })
    expect(levels[0]).toMatchObject({
      concurrency: 4,
      ok: 200,
      failed: 1,
      seconds: 35.5,
      ttftMs: { p50: 53, mean: 53.3, min: 52, max: 62, p99: 60 },
      tpotMs: { p50: 10.05 },
      interChunkMs: { p50: 9.99 },
      latencyMs: { p50: 686 },
      outputTokensPerSecond: 361,
      requestsPerSecond: 5.6,
      inFlight: 3.9,
    })
    const old = {
      endpoint: { model_names: ['llama-8b'], type: 'chat', url: 'http://gpu-7:8000' },
      loadgen: { concurrency: 16, request_count: 99 },
      input: { prompt: { input_tokens: { mean: 550 }, output_tokens: { mean: 100 } } },
    }
    const result = read(anAiperf({ input_config: old, schema_version: '9.0' }))
    expect(result).toMatchObject({ model: 'llama-8b', inputTokens: '550', outputTokens: '100', levelRequests: 99 })
    expect(result.levels[0]!.concurrency).toBe(16)
    expect(result.notes.join()).toMatch(/is of version 9\.0 of aiperf's form/)
  })

  it('is read from its CSV, which does not say at which concurrency', () => {
    const { levels, notes } = read(AIPERF_CSV)
    expect(levels[0]).toMatchObject({
      concurrency: null,
      ok: 200,
      failed: 1,
      seconds: 35.5,
      ttftMs: { p50: 52.94, mean: 55.26, sd: 6.03, min: 50.73, max: 72.09, p90: 59.83, p99: 70.75 },
      tpotMs: { p50: 10.05 },
      latencyMs: { p50: 686.32 },
      outputTokensPerSecond: 360.98,
      requestsPerSecond: 5.64,
    })
    expect(notes.join()).toMatch(/two digits/)
  })

  it('is read from its JSONL as it makes its own percentiles, without warm-up, failures and lines that are none', () => {
    const lines = [
      ...[50, 52, 54, 60].map((ttft, i) => JSON.stringify(anAiperfRecord(i / 2, ttft))),
      JSON.stringify(anAiperfRecord(1.5, 999, { error: { code: 500 } })),
      JSON.stringify(
        anAiperfRecord(-9, 999, { metadata: { benchmark_phase: 'warmup', request_start_ns: 1, request_end_ns: 2 } }),
      ),
      '{"cut',
    ]
    const { levels, notes } = read(lines.join('\n'))
    expect(levels[0]).toMatchObject({
      concurrency: null,
      ok: 4,
      failed: 1,
      seconds: 2,
      ttftMs: { p50: 53, mean: 54, min: 50, max: 60 },
      interChunkMs: { p50: 10 },
      latencyMs: { p50: 500 },
      outputTokensPerSecond: 64,
      requestsPerSecond: 2,
    })
    expect(notes).toEqual([
      expect.stringMatching(/says neither version nor model, nor how many requests there were/),
      '1 of 7 lines are not JSON, and are left out.',
    ])
  })
})

test('inference-perf is read from a stage: seconds to milliseconds, its concurrency before its rate', () => {
  expect(read(anInferencePerfStage()).levels[0]).toMatchObject({
    concurrency: 4,
    rate: null,
    ok: 200,
    failed: 1,
    seconds: 37,
    ttftMs: { p50: 51.3 },
    tpotMs: { p50: 10 },
    interChunkMs: { p50: 9.9 },
    latencyMs: { p50: 683, max: 1366 },
    outputTokensPerSecond: 344.7,
    inputTokensPerSecond: 652,
    requestsPerSecond: 5.4,
  })
  expect(read(anInferencePerfStage({ requested_rate: 12 })).levels[0]).toMatchObject({ concurrency: null, rate: 12 })
})

test('the summary of inference-perf has the figures of its only stage, and does not say at which concurrency', () => {
  const [stage] = read(anInferencePerfStage()).levels
  expect(read(anInferencePerfSummary()).levels).toEqual([{ ...stage, concurrency: null }])
})

test('mlcommons endpoints is read: nanoseconds to milliseconds, and whether it is whole', () => {
  const { levels, version } = read(anMlcommonsEndpoints())
  expect(version).toBe('0.1.0')
  expect(levels[0]).toMatchObject({
    concurrency: 4,
    ok: 200,
    failed: 1,
    seconds: 34,
    outputTokensPerSecond: 376.5,
    cut: null,
  })
  expect(levels[0]!.ttftMs!.p50).toBeCloseTo(53.8, 9)
  expect(levels[0]!.tpotMs!.p50).toBeCloseTo(10.02, 9)
  expect(levels[0]!.latencyMs!.p99).toBeCloseTo(693.2, 9)
  expect(levels[0]!.interChunkMs).toBeNull()
  const poisson = { load_pattern: { type: 'poisson', target_qps: 5 } }
  expect(read(anMlcommonsEndpoints({ complete: false, run_config: poisson })).levels[0]).toMatchObject({
    rate: 5,
    cut: 'mlcommons endpoints says that it is not complete',
  })
})

/** The run that files make. */
function join(
  files: readonly ResultFile[],
  concurrency: 'auto' | readonly number[] = 'auto',
  rate: readonly number[] | null = null,
): JoinedResult {
  const joined = joinResults(files, { concurrency, rate })
  if (!('levels' in joined)) throw new Error(JSON.stringify(joined))
  return joined
}

/** What is wrong with files, a line each. */
function refuse(
  files: readonly ResultFile[],
  concurrency: 'auto' | readonly number[] = 'auto',
  rate: readonly number[] | null = null,
): string {
  const joined = joinResults(files, { concurrency, rate })
  return 'levels' in joined ? '' : joined.map((each) => `${each.setting}: ${each.given}; ${each.message}`).join('\n')
}

describe('files of one call', () => {
  it('are one run: a level a file, and two passes where two files have the same level', () => {
    const files = [4, 1, 4].map((max_concurrency, i) =>
      aResultFile(aVllmBenchServe({ max_concurrency }), `r/${i}.json`),
    )
    const { levels, tool } = join(files)
    expect(tool).toBe('vllm bench serve')
    expect(levels.map(({ concurrency }) => concurrency)).toEqual([4, 1, 4])
  })

  it('begin when the first of them began, or was written where it does not say when it began', () => {
    const early = aResultFile(aVllmBenchServe({ date: '20260101-000000' }), 'a.json')
    expect(join([aResultFile(aVllmBenchServe()), early]).startedAt).toBe('2026-01-01T00:00:00.000Z')
    expect(join([aResultFile(anInferencePerfStage())]).startedAt).toBe('2026-11-29T00:00:00.000Z')
  })

  it('must be of one tool, model and workload', () => {
    const first = aResultFile(aVllmBenchServe(), 'a.json')
    expect(refuse([first, aResultFile(aGuidellm(), 'b.json')])).toBe(
      'results: b.json; has another tool than a.json (guidellm instead of vllm bench serve): the files of one call are one run; judge them apart',
    )
    expect(refuse([first, aResultFile(aVllmBenchServe({ model_id: 'other' }), 'b.json')])).toMatch(
      /another model than a\.json \(other instead of llama-8b\)/,
    )
  })

  it('that a tool wrote of one run in several forms count once, by the form that says most', () => {
    const files = [
      aResultFile(AIPERF_CSV, 'run/profile_export_aiperf.csv'),
      aResultFile(anAiperf(), 'run/profile_export_aiperf.json'),
    ]
    const { levels, notes } = join(files)
    expect(levels).toHaveLength(1)
    expect(notes.join()).toMatch(
      /run\/profile_export_aiperf\.csv is left out: a file beside it says more of the same run/,
    )
    expect(refuse([files[1]!, { ...files[0]!, path: 'other/profile_export_aiperf.csv' }])).toMatch(/another version/)
    const stages = [
      aResultFile(anInferencePerfSummary(), 'p/summary.json'),
      aResultFile(anInferencePerfStage(), 'p/0.json'),
    ]
    expect(join(stages).levels).toHaveLength(1)
  })
})

/** The phase of aiperf that was measured. */
const atPhase = (phase: object) => ({
  input_config: { endpoint: { type: 'chat' }, phases: [{ name: 'profiling', kind: 'profiling', ...phase }] },
})

describe('a load at a rate', () => {
  it('is left out beside levels, which is said', () => {
    const rate = aGuidellmBenchmark(2, { type_: 'constant', rate: 3.5 })
    const { levels, notes } = join([aResultFile(aGuidellm([aGuidellmBenchmark(4), rate]))])
    expect(levels).toHaveLength(1)
    expect(notes).toEqual([
      '1 load at a rate of requests (3.5 a second) is left out: a run has levels of one kind, and the others here are numbers of requests in flight.',
    ])
  })

  it('alone is a level of that rate, of every tool that has such loads', () => {
    const rates: readonly (readonly [object | string, number, string | null, number | null])[] = [
      [aGuidellm([aGuidellmBenchmark(2, { type_: 'constant', rate: 3.5 })]), 3.5, 'constant', null],
      [aGuidellm([aGuidellmBenchmark(2, { type_: 'poisson', rate: 2, max_concurrency: 64 })]), 2, 'poisson', 64],
      [
        aGuidellm([aGuidellmBenchmark(2, { type_: 'constant', rate: 2, rampup_duration: 5 })]),
        2,
        'constant, ramped',
        null,
      ],
      [aVllmBenchServe({ request_rate: 4, max_concurrency: null }), 4, 'poisson', null],
      [aVllmBenchServe({ request_rate: 4, burstiness: 0.25, max_concurrency: 32 }), 4, 'gamma(2)', 32],
      [aVllmBench({ request_rate: 0.5, burstiness: 1, max_concurrency: null }), 0.5, 'poisson', null],
      [anAiperf(atPhase({ type: 'poisson', rate: 6 })), 6, 'poisson', null],
      [anAiperf(atPhase({ type: 'gamma', rate: 6, smoothness: 4, concurrency: 9 })), 6, 'gamma(0.5)', 9],
      [anAiperf(atPhase({ type: 'constant', rate: 6, rate_ramp: { duration: 3 } })), 6, 'constant, ramped', null],
      [anAiperf({ input_config: { loadgen: { request_rate: 7, request_rate_mode: 'poisson' } } }), 7, 'poisson', null],
      [anInferencePerfStage({ requested_rate: 12, concurrency: null }), 12, null, null],
      [anMlcommonsEndpoints({ run_config: { load_pattern: { type: 'poisson', target_qps: 5 } } }), 5, 'poisson', null],
    ]
    for (const [result, rate, arrivals, maxInFlight] of rates) {
      const joined = join([aResultFile(result)])
      expect(joined).toMatchObject({ load: 'rate', levels: [{ concurrency: rate, arrivals, maxInFlight }], notes: [] })
    }
  })

  it('is no level where it is not stated, or not one', () => {
    const ramp = aVllmBenchServe({ request_rate: 'inf', ramp_up_strategy: 'linear', ramp_up_start_rps: 1 })
    expect(refuse([aResultFile(ramp)])).toMatch(
      /a load whose rate is not stated, or changes; measure at a fixed rate, or with --max-concurrency N/,
    )
    for (const phase of [{ type: 'poisson', rate_series: {} }, { type: 'fixed_schedule' }])
      expect(refuse([aResultFile(anAiperf(atPhase(phase)))])).toMatch(/rate is not stated/)
    expect(refuse([aResultFile(aGuidellm([aGuidellmBenchmark(2, { type_: 'replay' })]))])).toMatch(/rate is not stated/)
  })

  it('is of one run with others only where their requests came in the same way', () => {
    const at = (rate: number, more: object, path: string) =>
      aResultFile(aVllmBenchServe({ request_rate: rate, max_concurrency: null, ...more }), path)
    expect(join([at(2, {}, 'a.json'), at(4, {}, 'b.json')]).levels.map(({ concurrency }) => concurrency)).toEqual([
      2, 4,
    ])
    expect(refuse([at(2, {}, 'a.json'), at(4, { max_concurrency: 8 }, 'b.json')])).toBe(
      'results: b.json; holds requests that were sent in another way (poisson, at most 8 in flight instead of poisson), and a run has one way; judge the files apart',
    )
  })

  it('is given where no result says it', () => {
    const file = aResultFile(AIPERF_CSV, 'a/profile_export_aiperf.csv')
    expect(join([file], 'auto', [5])).toMatchObject({ load: 'rate', levels: [{ concurrency: 5, arrivals: null }] })
    expect(refuse([file])).toMatch(/\(or rate, where requests were sent at one\)/)
    expect(refuse([file], 'auto', [5, 10])).toMatch(/^rate: null; lists 2 levels, and 1 level of the results does not/)
  })
})

test('levels that no result says are those of the setting, as many and in the order of the files', () => {
  const files = ['a', 'b'].map((folder) => aResultFile(AIPERF_CSV, `${folder}/profile_export_aiperf.csv`))
  expect(join(files, [8, 1]).levels.map(({ concurrency }) => concurrency)).toEqual([8, 1])
  expect(refuse(files)).toMatch(/^concurrency: null; is required: a\/profile.*, b\/profile.* does not say/)
  expect(refuse(files, [8])).toMatch(/lists 1 level, and 2 levels of the results do not say/)
  // Those that say theirs keep it.
  expect(join([aResultFile(aGuidellm())], [8, 1]).levels.map(({ concurrency }) => concurrency)).toEqual([4])
})

test('a file of no known form is refused with the forms there are, and one that holds nothing to judge says what is missing', () => {
  expect(refuse([aResultFile('# Results', 'README.md')])).toMatch(
    /^results: README\.md; is none of the forms that are read: guidellm \(benchmarks\.json\), .*result_summary\.json\)$/,
  )
  expect(refuse([aResultFile(aVllmBenchServe({ duration: 0 }), 'a.json')])).toMatch(/a\.json; states no duration/)
})

test('a file that is cut off or empty is told from one of no known form', () => {
  const whole = JSON.stringify(aGuidellm())
  const cut = { ...aResultFile(aGuidellm(), 'a.json'), text: whole.slice(0, -20) }
  expect(refuse([cut])).toBe('results: a.json; begins as JSON and is broken or cut off; write or download it again')
  expect(refuse([{ ...cut, text: ' \n' }])).toBe('results: a.json; is empty; was the measurement broken off?')
  for (const text of ['{"a": 1}', '{"a": NaN}', '{"a": 1}\n{"a": 2}', '[1]'])
    expect(refuse([{ ...cut, text }])).toMatch(/is none of the forms that are read/)
})

test('more levels than a run can be of are refused, in however many files they are', () => {
  const some = aGuidellm(Array.from({ length: 501 }, (_, i) => aGuidellmBenchmark(i + 1)))
  expect(refuse([aResultFile(some, 'a.json'), aResultFile(some, 'b.json')])).toMatch(
    /^results: a\.json; and the files beside it hold 1002 levels, more than the 1000/,
  )
  expect(refuse([aResultFile(some, 'a.json')])).toBe('')
})
