import { describe, expect, it, test } from 'vitest'
import { joinResults } from '../../src/imports/join-results.ts'
import type { JoinedResult, ResultFile } from '../../src/imports/join-results.ts'
import {
  aGuidellm,
  aGuidellmBenchmark,
  AIPERF_CSV,
  anAiperf,
  anInferencePerfStage,
  anInferencePerfSummary,
  anMlcommonsEndpoints,
  aVllmBench,
  aResultFile,
  aVllmBenchServe,
} from './results.ts'

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
