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
  aResultFile,
  aVllmBenchServe,
} from './results.ts'

/** The run that files make. */
function join(files: readonly ResultFile[], concurrency: 'auto' | readonly number[] = 'auto'): JoinedResult {
  const joined = joinResults(files, concurrency)
  if (!('levels' in joined)) throw new Error(JSON.stringify(joined))
  return joined
}

/** What is wrong with files, a line each. */
function refuse(files: readonly ResultFile[], concurrency: 'auto' | readonly number[] = 'auto'): string {
  const joined = joinResults(files, concurrency)
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

describe('a load at a rate', () => {
  it('is left out beside levels, which is said', () => {
    const rate = aGuidellmBenchmark(2, { type_: 'constant', rate: 3.5 })
    const { levels, notes } = join([aResultFile(aGuidellm([aGuidellmBenchmark(4), rate]))])
    expect(levels).toHaveLength(1)
    expect(notes).toEqual([
      '1 load at a rate of requests (3.5 a second) is left out: levels are compared by concurrency.',
    ])
  })

  it('alone is refused with the flags that give levels', () => {
    expect(refuse([aResultFile(aVllmBenchServe({ request_rate: 4, max_concurrency: null }))])).toMatch(
      /holds only loads at a rate of requests \(4 a second\).*measure with --max-concurrency N and no --request-rate/,
    )
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
