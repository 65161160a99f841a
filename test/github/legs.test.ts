import { describe, expect, test } from 'vitest'
import { decodeLeg, encodeLeg } from '../../src/github/leg.ts'
import type { Leg } from '../../src/github/leg.ts'
import { missingLegs, newestOfEachName, readNeeds, unsuccessfulIn } from '../../src/github/legs.ts'
import type { LegResult } from '../../src/github/run-artifacts.ts'
import { aVerdict } from '../support/verdict-builders.ts'

const LEG: Leg = { name: 'a', leg: 'measure (a)', attempt: 1, deferred: true, settingsNote: null, notes: [] }

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
      aResult({ name: 'b', leg: 'measure (b)' }),
    ]
    expect(newestOfEachName([again, old, other])).toEqual({ newest: [again, other], shared: [] })
  })

  test('name both jobs that share a name', () => {
    const { shared } = newestOfEachName([
      aResult({ leg: 'measure (x)' }),
      aResult({ leg: 'measure (y)', attempt: 2 }),
      aResult({ leg: 'measure (x)', attempt: 2 }),
    ])
    expect(shared).toEqual([{ name: 'a', legs: ['measure (x)', 'measure (y)'] }])
  })
})

describe('a leg is missing', () => {
  const failed = [{ job: 'measure', result: 'failure' }] as const

  test('when its job failed and left nothing, by the name that GitHub shows', () => {
    const legs = missingLegs(failed, [aResult({})], ['measure (b)', 'build', 'measure-more'])
    expect(legs).toEqual(['measure (b)'])
  })

  test('when it failed in this attempt and only an older one left something', () => {
    expect(missingLegs(failed, [aResult({})], ['measure (a)'])).toEqual(['measure (a)'])
  })

  test('when only its job is known', () => {
    expect(missingLegs(failed, [aResult({})], [])).toEqual(['a leg of measure'])
    expect(missingLegs([{ job: 'measure', result: 'cancelled' }], [], [])).toEqual(['measure'])
  })

  test('when nobody left anything, whatever became of the jobs', () => {
    expect(missingLegs([{ job: 'measure', result: 'success' }], [], [])).toEqual(['measure'])
    expect(missingLegs([{ job: 'measure', result: 'skipped' }], [], [])).toEqual(['measure'])
  })

  test('but not when its job is red because of what it measured', () => {
    const red = aResult({ deferred: false }, 'fail')
    expect(missingLegs(failed, [red], ['measure (a)'])).toEqual([])
    expect(missingLegs(failed, [red], [])).toEqual([])
  })

  test('and not when its job was skipped beside others that measured', () => {
    expect(
      missingLegs(
        [
          { job: 'measure', result: 'success' },
          { job: 'x', result: 'skipped' },
        ],
        [aResult({})],
        [],
      ),
    ).toEqual([])
  })
})

test('jobs that did not succeed are those that failed, were cancelled or took too long', () => {
  const jobs = ['failure', 'cancelled', 'timed_out', 'success', 'skipped', null].map((conclusion, i) => ({
    name: `job ${i}`,
    conclusion,
  }))
  expect(unsuccessfulIn([...jobs, 7, {}])).toEqual(['job 0', 'job 1', 'job 2'])
  expect(unsuccessfulIn('x')).toEqual([])
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
