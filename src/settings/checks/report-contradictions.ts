import type { SettingProblem } from '../../errors.ts'
import { listWritten } from '../define.ts'
import { REPORT_SETTINGS } from '../lists/report-settings.ts'
import { SHARD_SETTINGS } from '../lists/shard-settings.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about where results go. */
export function* findReportContradictions(input: CheckInput): Iterable<SettingProblem> {
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
