import { describe, expect, test } from 'vitest'
import { decodeLeg, encodeLeg } from '../../src/github/artifacts/report-files.ts'
import type { Leg } from '../../src/github/artifacts/report-files.ts'
import { readJobNames, findMissingLegs, isNothingToMeasure, readNeeds, keepUsable } from '../../src/github/legs.ts'
import { pickNewestResults } from '../../src/github/artifacts/run-artifacts.ts'
import type { LegResult, RefusedArtifact } from '../../src/github/artifacts/run-artifacts.ts'
import { aVerdict } from '../support/verdict-builders.ts'

const LEG: Leg = {
  name: 'a',
  job: 'measure (a)',
  runId: 1001,
  attempt: 1,
  deferred: true,
  settingsNote: null,
  notes: [],
}

function aResult(leg: Partial<Leg>, check: 'pass' | 'fail' = 'pass'): LegResult {
  return { leg: { ...LEG, ...leg }, verdict: aVerdict({ check }), report: null }
}

describe('toJSON(needs)', () => {
  test('gives jobs and how they ended; a word that is not known counts as a failure', () => {
    expect(readNeeds('{"measure":{"result":"success","outputs":{}},"other":{"result":"odd"},"third":7}')).toEqual([
      { job: 'measure', result: 'success' },
      { job: 'other', result: 'failure' },
      { job: 'third', result: 'failure' },
    ])
  })

  test.each(['', 'measure', '[]', '7'])('is not %j', (text) => expect(readNeeds(text)).toBeNull())
})

describe('the results of a run', () => {
  test('are the newest attempt of each name', () => {
    const [old, again, other] = [
      aResult({ name: 'a' }),
      aResult({ name: 'a', attempt: 2 }),
      aResult({ name: 'b', job: 'measure (b)' }),
    ]
    expect(pickNewestResults([again, old, other])).toEqual({ newest: [again, other], shared: [] })
  })

  test('name both jobs that share a name', () => {
    const { shared } = pickNewestResults([
      aResult({ job: 'measure (x)' }),
      aResult({ job: 'measure (y)', attempt: 2 }),
      aResult({ job: 'measure (x)', attempt: 2 }),
    ])
    expect(shared).toEqual([{ name: 'a', legs: ['measure (x)', 'measure (y)'] }])
  })
})

describe('there was nothing to measure', () => {
  const skipped = [{ job: 'measure', result: 'skipped' }] as const
  const none = { results: [], refused: [] }
  const fine = { succeeded: ['changes'], unsuccessful: [] }

  test('when every measuring job was skipped and all else went well', () => {
    expect(isNothingToMeasure(skipped, none, fine)).toBe(true)
    expect(isNothingToMeasure([...skipped, { job: 'more', result: 'skipped' }], none, fine)).toBe(true)
  })

  test('but not when a job failed, because of which it may have been skipped, or when that is not known', () => {
    const failed = { succeeded: [], unsuccessful: ['changes'] }
    expect(isNothingToMeasure(skipped, none, failed)).toBe(false)
    expect(isNothingToMeasure(skipped, none, null)).toBe(false)
    expect(findMissingLegs(skipped, none, failed)).toEqual([
      { leg: 'measure', why: 'it was skipped, and in this run changes did not succeed' },
    ])
  })

  test('nor when one of them measured, was cancelled, or left something', () => {
    for (const result of ['success', 'failure', 'cancelled'] as const)
      expect(isNothingToMeasure([...skipped, { job: 'more', result }], none, fine)).toBe(false)
    expect(isNothingToMeasure(skipped, { results: [aResult({})], refused: [] }, fine)).toBe(false)
    expect(isNothingToMeasure(skipped, { results: [], refused: [{ name: 'a', attempt: 1, why: 'x' }] }, fine)).toBe(
      false,
    )
  })
})

describe('a leg is missing', () => {
  const failed = [{ job: 'measure', result: 'failure' }] as const
  const succeeded = [{ job: 'measure', result: 'success' }] as const
  const REFUSED: RefusedArtifact = { name: 'measure-b', attempt: 1, why: 'it has expired' }

  interface Found {
    readonly results?: readonly LegResult[]
    readonly refused?: readonly RefusedArtifact[]
    readonly green?: readonly string[]
    readonly red?: readonly string[]
  }

  const missing = (
    needs: Parameters<typeof findMissingLegs>[0],
    { results = [aResult({})], refused = [], green = [], red = [] }: Found = {},
  ) => findMissingLegs(needs, { results, refused }, { succeeded: green, unsuccessful: red })
  const names = (...args: Parameters<typeof missing>) => missing(...args).map(({ leg }) => leg)

  test('when its job failed and left nothing, by the name that GitHub shows', () => {
    expect(names(failed, { red: ['measure (b)', 'build', 'measure-more'] })).toEqual(['measure (b)'])
  })

  test('when it failed in this attempt and only an older one left something', () => {
    expect(names(failed, { red: ['measure (a)'] })).toEqual(['measure (a)'])
  })

  test('but not the other shards of a run, for which the first speaks', () => {
    const four = [1, 2, 3, 4].map((number) => `measure (${number})`)
    const shards = { name: 'measure', job: 'measure (1)', shards: 4 }
    expect(names(succeeded, { results: [aResult(shards)], green: four })).toEqual([])
    expect(names(succeeded, { results: [aResult({ ...shards, shards: 3 })], green: four })).toEqual([
      'a leg of measure',
    ])
    expect(names(failed, { results: [aResult(shards, 'fail')], green: four.slice(0, 1), red: four.slice(1) })).toEqual(
      [],
    )
    expect(names(failed, { results: [aResult(shards, 'fail')] })).toEqual([])
    const ofTwo = { ...shards, shards: 2, deferred: false }
    expect(names(failed, { results: [aResult(ofTwo, 'fail')], red: four })).toEqual(four.slice(1))
    expect(names(failed, { results: [aResult(shards)], green: four.slice(0, 3), red: four.slice(3) })).toEqual([
      'measure (4)',
    ])
    expect(decodeLeg(encodeLeg({ ...LEG, shards: 4 }))?.shards).toBe(4)
    expect(decodeLeg(encodeLeg({ ...LEG, shards: 1e9 }))).not.toHaveProperty('shards')
  })

  test('when only its job is known', () => {
    expect(names(failed)).toEqual(['a leg of measure'])
    expect(names([{ job: 'measure', result: 'cancelled' }], { results: [] })).toEqual(['measure'])
  })

  test('when nobody left anything, whatever became of the jobs', () => {
    expect(names(succeeded, { results: [] })).toEqual(['measure'])
    expect(names([{ job: 'measure', result: 'skipped' }], { results: [] })).toEqual(['measure'])
  })

  test('when its artifact cannot be used, with the reason, and once', () => {
    const expected = [{ leg: 'measure-b', why: 'it has expired' }]
    expect(missing(succeeded, { refused: [REFUSED] })).toEqual(expected)
    expect(missing(succeeded, { refused: [REFUSED], results: [] })).toEqual(expected)
    expect(missing(succeeded, { refused: [REFUSED], green: ['measure (a)', 'measure (b)'] })).toEqual(expected)
    expect(missing(failed, { refused: [REFUSED], red: ['measure (b)'] })).toEqual(expected)
  })

  test('when its job ended green and left nothing, by its name where that tells', () => {
    const green = ['measure (a)', 'measure (b)', 'build']
    expect(missing(succeeded, { green })).toEqual([
      { leg: 'measure (b)', why: expect.stringMatching(/ended green and left no result/) as string },
    ])
    expect(names(succeeded, { green: ['measure (x, …)', 'measure (y, …)'] })).toEqual(['a leg of measure'])
  })

  test('when one of the jobs succeeded and left nothing at all, whatever it is called', () => {
    expect(names([...succeeded, { job: 'other', result: 'success' }])).toEqual(['other'])
  })

  test('but not when there are as many results as jobs, whatever these are called', () => {
    expect(names(succeeded, { green: ['measure (a, and more…)'] })).toEqual([])
    expect(names(succeeded, { green: ['measure (a)', 'build'] })).toEqual([])
  })

  test('nor when it is a called workflow, whose jobs have names of their own', () => {
    const needs = [{ job: 'perf', result: 'success' }] as const
    expect(names(needs, { green: ['perf / measure (a)'] })).toEqual([])
  })

  test('nor when its job is red because of what it measured', () => {
    const red = aResult({ deferred: false }, 'fail')
    expect(names(failed, { results: [red], red: ['measure (a)'] })).toEqual([])
    expect(names(failed, { results: [red] })).toEqual([])
    const both = [red, aResult({ name: 'b', job: 'measure (b)' })]
    expect(names(failed, { results: both, red: ['measure (a)'], green: ['measure (b)'] })).toEqual([])
  })

  test('and not when its job was skipped beside others that measured', () => {
    expect(names([...succeeded, { job: 'x', result: 'skipped' }])).toEqual([])
  })
})

test('a refused artifact hides older results of its name, and a newer result hides it', () => {
  const refused = [{ name: 'a', attempt: 2, why: 'it has expired' }]
  expect(keepUsable({ results: [aResult({})], refused })).toEqual({ results: [], refused })
  const newer = aResult({ attempt: 3 })
  expect(keepUsable({ results: [aResult({}), newer], refused })).toEqual({ results: [newer], refused: [] })
})

test('jobs that did not succeed are those that failed, were cancelled or took too long', () => {
  const jobs = ['failure', 'cancelled', 'timed_out', 'success', 'skipped', null].map((conclusion, i) => ({
    name: `job ${i}`,
    conclusion,
  }))
  expect(readJobNames([...jobs, 7, {}])).toEqual({ succeeded: ['job 3'], unsuccessful: ['job 0', 'job 1', 'job 2'] })
  expect(readJobNames('x')).toEqual({ succeeded: [], unsuccessful: [] })
})

describe('the note of a leg', () => {
  test('is read as it was written', () => {
    const leg = { ...LEG, settingsNote: 'Settings are those of the base.', notes: ['one', 'two'] }
    expect(decodeLeg(encodeLeg(leg))).toEqual(leg)
  })

  test.each(['', '{}', 'null', '{"schema":"plateau/leg@1","name":7}', `"${'x'.repeat(100_001)}"`])(
    'is nothing else',
    (text) => expect(decodeLeg(text)).toBeNull(),
  )

  test('is cut where it is longer than anybody reads', () => {
    const notes = Array.from({ length: 50 }, () => 'x'.repeat(2000))
    const leg = decodeLeg(encodeLeg({ ...LEG, notes: notes.slice(0, 20) }))!
    expect(leg.notes).toHaveLength(20)
    expect(leg.notes[0]).toHaveLength(1000)
  })
})
