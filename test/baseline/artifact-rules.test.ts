import { expect, test } from 'vitest'
import { rejectArtifactRun, rejectRun, rejectTrigger } from '../../src/baseline/artifact-rules.ts'
import type { SourceArtifact, SourceRun } from '../../src/baseline/artifact-rules.ts'
import { aRun, ASKING, FORK, OPTIONS, OURS } from './fake-source.ts'

test.each<[string, Partial<SourceRun>, string]>([
  ['the run that asks', { id: ASKING }, 'it is the run that asks'],
  ['a run whose repository is gone', { headRepositoryId: null }, 'the repository of its commit is gone'],
  ['a run of a fork', { headRepositoryId: FORK }, 'another repository (a fork)'],
  ['a run in another repository', { repositoryId: FORK }, 'another repository (a fork)'],
  ['a run of another branch', { headBranch: 'topic' }, 'it is of branch topic, not of main'],
  ['a run of no branch', { headBranch: null }, 'it is of no branch, not of main'],
  ['a pull request', { event: 'pull_request' }, 'its event is pull_request, which does not record'],
  ['another workflow', { path: '.github/workflows/ci.yml' }, 'it is of .github/workflows/ci.yml, not of perf.yml'],
  ['a file elsewhere', { path: 'perf.yml' }, 'it is of perf.yml, not of perf.yml'],
])('%s is no run whose history counts', (_, overrides, why) => {
  expect(rejectRun(aRun(1, overrides), OPTIONS)).toContain(why)
})

test.each(['push', 'schedule', 'workflow_dispatch', 'repository_dispatch', 'workflow_run'])(
  'a run of main by %s counts, whatever its path says of a ref',
  (event) => {
    expect(rejectRun(aRun(1, { event, path: '.github/workflows/perf.yml@refs/heads/main' }), OPTIONS)).toBeNull()
  },
)

test('an artifact must state a run of main in this repository', () => {
  const run = { id: 1, repositoryId: OURS, headRepositoryId: OURS, headBranch: 'main', headSha: 'a' }
  const why = (overrides: Partial<typeof run> | null) =>
    rejectArtifactRun(
      { run: overrides === null ? null : { ...run, ...overrides } } as Pick<SourceArtifact, 'run'> as SourceArtifact,
      OPTIONS,
    )
  expect(why({})).toBeNull()
  expect(why(null)).toContain('does not say')
  expect(why({ headBranch: 'topic' })).toContain('topic')
  expect(why({ headRepositoryId: FORK })).toContain('a fork')
  expect(why({ repositoryId: FORK })).toContain('a fork')
})

test('what triggered a run that records must be a push to main of this repository', () => {
  expect(rejectTrigger(aRun(1), OPTIONS)).toBeNull()
  expect(rejectTrigger(null, OPTIONS)).toContain('is not known')
  expect(rejectTrigger(aRun(1, { headRepositoryId: FORK }), OPTIONS)).toContain('a fork')
  expect(rejectTrigger(aRun(1, { headBranch: 'topic' }), OPTIONS)).toContain('not a push to main')
  // A schedule of main is one that nobody caused, and may measure what a person has put there meanwhile.
  for (const event of ['schedule', 'pull_request', 'workflow_dispatch']) {
    expect(rejectTrigger(aRun(1, { event }), OPTIONS)).toContain('not a push to main')
  }
})
