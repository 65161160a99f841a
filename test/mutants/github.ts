import type { Mutant } from './mutant.ts'

const ACTION = 'test/github/action.test.ts'
const SITUATION = 'test/github/job/situation.test.ts'
const CLIENT = 'test/github/api/client.test.ts'
const COMMENT = 'test/github/pull-request/comment.test.ts'
const PULL = 'test/github/pull-request/pull-request.test.ts'
const LABELS = 'test/github/pull-request/label-acceptances.test.ts'
const LEGS = 'test/github/report-job/legs.test.ts'
const RUN_ARTIFACTS = 'test/github/artifacts/run-artifacts.test.ts'
const CONTEXT = 'test/github/context.test.ts'

export const GITHUB_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/github/action.ts',
    find: "...delivery, comment: 'never',",
    replace: '...delivery,',
    breaks: 'A cancelled job writes no comment',
    test: ACTION,
  },
  {
    file: 'src/github/action.ts',
    find: 'upload: false, store: null }',
    replace: 'store: null }',
    breaks: 'A cancelled job uploads no artifact',
    test: ACTION,
  },
  {
    file: 'src/github/action.ts',
    find: ', store: null }\n}',
    replace: ' }\n}',
    breaks: 'A cancelled job joins no history',
    test: ACTION,
  },
  {
    file: 'src/github/action.ts',
    find: "verdict.check === 'fail' && !delivery.defer ? STEP_EXIT.failed : STEP_EXIT.passed",
    replace: "verdict.check === 'fail' ? STEP_EXIT.failed : STEP_EXIT.passed",
    breaks: 'A job that leaves the check to a report job ends green',
    test: ACTION,
  },
  {
    file: 'src/github/action.ts',
    find: "if (pull === null || defer || policy === 'never') return null",
    replace: "if (pull === null || policy === 'never') return null",
    breaks: 'A job that leaves the comment to a report job writes none',
    test: ACTION,
  },
  {
    file: 'src/github/deliver.ts',
    find: "existing === null && policy === 'on-failure' && !isFailure",
    replace: "policy === 'on-failure' && !isFailure",
    breaks: 'A red comment does not stay red when the next run is green',
    test: ACTION,
  },
  {
    file: 'src/github/outcome.ts',
    find: "const reason = signal.aborted ? 'cancelled' : 'endpoint'",
    replace: "const reason = 'endpoint'",
    breaks: 'A job that is cancelled before it has figures is cancelled',
    test: ACTION,
  },
  {
    file: 'src/github/job/situation.ts',
    find: "  'deployment',\n",
    replace: '',
    breaks: 'A deployment is trusted: a missing key is a mistake, not a skip',
    test: SITUATION,
  },
  {
    file: 'src/github/job/situation.ts',
    find: 'settings.allowFork && hasSecretsForForks(event)',
    replace: 'settings.allowFork',
    breaks: 'A fork without secrets is skipped, whatever is allowed',
    test: SITUATION,
  },
  {
    file: 'src/github/job/situation.ts',
    find: 'workflowRun !== null && workflowRun.headRepositoryId !== repository.id',
    replace: 'workflowRun?.headRepositoryId != null && workflowRun.headRepositoryId !== repository.id',
    breaks: 'What a fork that is gone has triggered is not measured with the key',
    test: SITUATION,
  },
  {
    file: 'src/github/job/situation.ts',
    find: "situation.joinsHistory && baseline.kind !== 'release-asset'",
    replace: 'situation.joinsHistory',
    breaks: 'A file of a release is only read',
    test: SITUATION,
  },
  {
    file: 'src/github/job/situation.ts',
    find: "workflowRun?.event === 'push' &&\n",
    replace: 'workflowRun !== null &&\n',
    breaks: 'After another workflow only a push to main is recorded',
    test: SITUATION,
  },
  {
    file: 'src/github/api/client.ts',
    find: 'const MOST_RETRIES = 2',
    replace: 'const MOST_RETRIES = 3',
    breaks: 'A rate limit is tried again twice and no more',
    test: CLIENT,
  },
  {
    file: 'src/github/api/client.ts',
    find: 'retries < MOST_RETRIES && seconds <= LONGEST_WAIT_SECONDS',
    replace: 'retries < MOST_RETRIES && seconds >= 0',
    breaks: 'A rate limit that lasts longer than a minute is not waited for',
    test: CLIENT,
  },
  {
    file: 'src/github/api/client.ts',
    find: 'statusOf(error) === null && isTried && !signal.aborted',
    replace: 'statusOf(error) === null && !signal.aborted',
    breaks: 'A request that was not tried again says nothing about the others',
    test: CLIENT,
  },
  {
    file: 'src/github/pull-request/comment.ts',
    find: 'if (user?.login !== login) return false',
    replace: 'if (user == null) return false',
    breaks: 'A comment that somebody else began like ours is not written over',
    test: COMMENT,
  },
  {
    file: 'src/github/pull-request/comment.ts',
    find: 'if (normalise(existing.body) === normalise(body)) return existing.url\n',
    replace: '',
    breaks: 'A comment that says the same already is not written again',
    test: COMMENT,
  },
  {
    file: 'src/github/pull-request/pull-request.ts',
    find: "state === 'open' && head.sha === sought.sha",
    replace: "state === 'open'",
    breaks: 'A run is about a pull request only when its commit is the head',
    test: PULL,
  },
  {
    file: 'src/github/pull-request/pull-request.ts',
    find: 'if (merged_at !== null && intoHere) found.add(number)',
    replace: 'if (intoHere) found.add(number)',
    breaks: 'Labels of a pull request that was not merged accept nothing on main',
    test: PULL,
  },
  {
    file: 'src/github/pull-request/pull-request.ts',
    find: 'authors.set(event.label.name, event.actor.login)',
    replace: 'if (!authors.has(event.label.name)) authors.set(event.label.name, event.actor.login)',
    breaks: 'Who added a label last is said, not who did so first',
    test: PULL,
  },
  {
    file: 'src/github/pull-request/label-acceptances.ts',
    find: 'if (at === null && !isMeasured) continue\n',
    replace: '',
    breaks: 'After the merge a label without a figure that somebody saw accepts nothing',
    test: LABELS,
  },
  {
    file: 'src/github/pull-request/label-acceptances.ts',
    find: 'if (frozen !== undefined) return [[metric, frozen]]\n',
    replace: '',
    breaks: 'A label does not accept a later, slower commit',
    test: LABELS,
  },
  {
    file: 'src/github/artifacts/run-artifacts.ts',
    find: 'b.leg.attempt > a.leg.attempt ? b : a',
    replace: 'b.leg.attempt > a.leg.attempt ? a : b',
    breaks: 'Of the attempts of a job the newest counts',
    test: LEGS,
  },
  {
    file: 'src/github/report-job/legs.ts',
    find: '!refused.some((one) => one.name === leg.name && isNewer(one, leg))',
    replace: '!refused.some((one) => one.name === leg.name && one.attempt > leg.attempt + 1)',
    breaks: 'A newer result that is refused hides an older one',
    test: LEGS,
  },
  {
    file: 'src/github/step/outputs.ts',
    find: 'valid.findLast(({ concurrency }) => concurrency <= knee) ?? valid[0]',
    replace: 'valid.findLast(({ concurrency }) => concurrency <= knee)',
    breaks: 'Below a knee without a level the outputs are those of the lowest one',
    test: 'test/github/step/outputs.test.ts',
  },
  {
    file: 'src/github/context.ts',
    find: 'pullRequest?.headSha ?? deployment?.sha ?? workflowRun?.headSha ?? sha',
    replace: 'pullRequest?.headSha ?? workflowRun?.headSha ?? sha',
    breaks: 'The commit of a deployment is what is measured',
    test: CONTEXT,
  },
  {
    file: 'src/github/context.ts',
    find: "repository?.['private'] === true",
    replace: "repository?.['private'] !== false",
    breaks: 'A repository of which nothing is known counts as public',
    test: CONTEXT,
  },
  {
    file: 'src/github/artifacts/run-artifacts.ts',
    find: 'if (digest !== artifact.digest) throw',
    replace: 'if (artifact.digest !== null && digest.length !== artifact.digest.length) throw',
    breaks: 'The report job believes only what has the digest that GitHub states',
    test: RUN_ARTIFACTS,
  },
  {
    file: 'src/github/artifacts/run-artifacts.ts',
    find: 'leg.name !== verdict.name || artifact.name',
    replace: 'artifact.name',
    breaks: 'A result counts only for the name that its verdict has',
    test: RUN_ARTIFACTS,
  },
  {
    file: 'src/github/job/config-source.ts',
    find: 'readConfigFile: () => base, note: isSame ? null : note',
    replace: 'readConfigFile: readFile, note: isSame ? null : note',
    breaks: 'A pull request cannot loosen the settings of its own gate',
    test: 'test/github/job/config-source.test.ts',
  },
]
