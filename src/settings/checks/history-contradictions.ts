import type { SettingProblem } from '../../errors.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about the baseline, recording and accepted changes. */
export function* findHistoryContradictions(input: CheckInput): Iterable<SettingProblem> {
  yield* findBaselineProblems(input)
  yield* findAcceptProblems(input)
}

/** Settings without effect where nothing is compared. */
const OF_COMPARISON = [
  'metrics',
  'tolerance',
  'confirm',
  'false-alarm-rate',
  'expected-spread',
  'decision',
  'accept',
  'baseline-ref',
  'history-keep',
  'on-not-comparable',
]

function* findBaselineProblems({ values, given, baseline, entry }: CheckInput): Iterable<SettingProblem> {
  if (baseline === undefined) return
  const { kind } = baseline
  const hasControl = values.control !== null || values.controlCommand !== null
  if (kind === 'none' && !hasControl) {
    for (const name of OF_COMPARISON) {
      // `confirm: 0` agrees with `baseline: none`.
      if (isIdle(given, name, 'baseline') && !(name === 'confirm' && values.confirm === 0)) {
        yield contradict(name, 'is for comparing, and baseline is none; remove one of them')
      }
    }
    if (values.record === 'always') {
      yield contradict(
        'record',
        'is always, and with baseline: none there is no history to record in; remove one of them',
      )
    }
  }
  if (kind === 'release-asset' && values.record === 'always') {
    yield contradict('record', 'is always, and a release asset is only read; use baseline: artifact or file:<path>')
  }
  if (entry === 'command' && (kind === 'artifact' || kind === 'release-asset')) {
    yield contradict(
      'baseline',
      `is ${kind}, which only the action can reach; use file:<path> or none, and "plateau compare --run" for a workflow run`,
    )
  }
  if (values.append === true && kind !== 'file') {
    yield contradict(
      'append',
      `adds the run to a file, and baseline is ${kind}; use baseline: file:<path>, or remove it`,
    )
  }
  if (values.append === true && values.record === 'never') {
    yield contradict('append', 'adds the run to the history, and record is never; remove one of them')
  }
  if (kind !== 'artifact' && values.baselineWorkflow != null) {
    yield contradict('baseline-workflow', `is for baseline: artifact, and baseline is ${kind}; remove one of them`)
  }
}

function* findAcceptProblems({ values, today }: CheckInput): Iterable<SettingProblem> {
  if (today === null) return
  for (const { metric, since } of values.accept ?? []) {
    // In some time zone it is already tomorrow.
    if (since !== null && Date.parse(since) > Date.parse(today) + 86_400_000) {
      yield contradict('accept', `has ${metric} since ${since}, which is still to come; write the day of the change`)
    }
  }
}
