import type { SettingProblem } from '../../errors.ts'
import { listWritten } from '../setting.ts'
import { REPORT_SETTINGS } from '../lists/report-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about the baseline, recording and accepted changes, and about where results go. */
export function* findReportContradictions(input: CheckInput): Iterable<SettingProblem> {
  yield* findBaselineProblems(input)
  yield* findAcceptProblems(input)
  yield* findFileProblems(input)
  yield* findArtifactProblems(input)
}

/** Each file to write must differ from every other file of the run. */
function* findFileProblems({ values, baseline }: CheckInput): Iterable<SettingProblem> {
  const read: readonly (readonly [setting: string, path: string | null | undefined])[] = [
    ['config', values.config],
    ['prompts-file', values.promptsFile],
    ['ca-cert', values.caCert],
    ['client-cert', values.clientCert],
    ['client-key', values.clientKey],
    ['baseline', baseline?.kind === 'file' ? baseline.path : null],
  ]
  const taken = new Map(
    read.flatMap(([setting, path]) => (path == null ? [] : [[normalisePath(path), setting] as const])),
  )
  for (const { setting, path } of listWritten({ ...REPORT_SETTINGS, ...SHARD_SETTINGS }, values)) {
    if (path === null) continue
    const other = taken.get(normalisePath(path))
    if (other !== undefined) yield contradict(setting, `names the same file as ${other}; give each its own`)
    else taken.set(normalisePath(path), setting)
  }
}

function normalisePath(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/\/(\.?\/)+/g, '/')
    .replace(/^(\.\/)+/, '')
}

function* findArtifactProblems({ values, given, baseline }: CheckInput): Iterable<SettingProblem> {
  const { upload, defer, record } = values
  if (upload === false && defer === true) {
    yield contradict(
      'defer',
      'leaves the verdict to the report job, which reads artifacts, and upload is false; remove one of them',
    )
  }
  if (upload === false && record === 'always' && baseline?.kind === 'artifact') {
    yield contradict('record', 'is always, the history is an artifact, and upload is false; remove one of them')
  }
  if (upload === false && isIdle(given, 'artifact-content', 'upload')) {
    yield contradict('artifact-content', 'is what the artifact holds, and upload is false; remove one of them')
  }
  if (defer === true && isIdle(given, 'check-run', 'defer')) {
    yield contradict('check-run', 'is written by the report job with defer: true; give it there, and remove it here')
  }
  if (defer === true && isIdle(given, 'comment', 'defer')) {
    yield contradict('comment', 'is written by the report job with defer: true; give it there, and remove it here')
  }
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
