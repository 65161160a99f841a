import { SettingsError } from '../../errors.ts'
import { defineSetting } from '../../settings/define.ts'
import { GATE_SETTINGS } from '../../settings/lists/gate-settings.ts'
import { HISTORY_SETTINGS } from '../../settings/lists/history-settings.ts'
import { REPORT_SETTINGS } from '../../settings/lists/report-settings.ts'
import { readValues } from '../../settings/given.ts'
import { findSecrets } from '../../settings/secrets.ts'
import { readText } from '../../settings/values/simple.ts'
import type { Settings } from '../../settings.ts'
import { readInputs } from '../context.ts'
import type { ActionLog } from '../step.ts'
import { readNeeds } from './legs.ts'
import type { NeededJob } from './legs.ts'

/** The inputs of the report job; the verdicts of the measuring jobs hold everything else. */
export const REPORT_JOB_SETTINGS = {
  needs: defineSetting({
    name: 'needs',
    group: 'Report',
    help: 'Which measuring jobs there are and how they ended: always the expression toJSON(needs)',
    placeholder: 'JSON',
    default: null,
    required: true,
    flagOnly: true,
    actionOnly: true,
    read: readText,
  }),
  githubToken: REPORT_SETTINGS.githubToken,
  comment: REPORT_SETTINGS.comment,
  checkRun: REPORT_SETTINGS.checkRun,
  acceptLabel: HISTORY_SETTINGS.acceptLabel,
  onSkip: {
    ...GATE_SETTINGS.onSkip,
    help: 'What the check does when all measuring jobs were skipped, by a path filter for example: pass, warn or fail',
  },
}

/** The settings of the report job. */
export interface ReportJobSettings {
  readonly needs: readonly NeededJob[]
  readonly token: string
  readonly comment: Settings['comment']
  readonly checkRun: boolean
  readonly acceptLabel: string
  readonly onSkip: Settings['onSkip']
}

/**
 * Reads the inputs of the report job.
 *
 * @throws SettingsError with all problems.
 */
export function readReportJobSettings(env: NodeJS.ProcessEnv, log: Pick<ActionLog, 'hide'>): ReportJobSettings {
  const inputs = readInputs(REPORT_JOB_SETTINGS, env)
  for (const secret of findSecrets(REPORT_JOB_SETTINGS, inputs)) log.hide(secret)
  const { values, missing, problems: unread } = readValues(REPORT_JOB_SETTINGS, inputs, 'action')
  const needs = values.needs == null ? null : readNeeds(values.needs)
  const problems = [...missing, ...unread]
  const add = (setting: string, message: string) => problems.push({ setting, given: null, message })
  if (values.needs != null && needs === null) add('needs', 'must be the expression ${{ toJSON(needs) }}')
  if (needs?.length === 0) add('needs', 'names no job; give the report job needs: with all measuring jobs')
  if (values.githubToken == null) add('github-token', 'is empty; leave it out to have the token of the job')
  if (problems.length > 0) throw new SettingsError(problems)
  const { githubToken, comment, checkRun, acceptLabel, onSkip } = values
  return {
    needs: needs!,
    token: githubToken!,
    comment: comment!,
    checkRun: checkRun!,
    acceptLabel: acceptLabel!,
    onSkip: onSkip!,
  }
}
