import { setting } from '../define.ts'
import { HISTORY_SETTINGS } from './history-settings.ts'
import { REPORT_SETTINGS } from './report-settings.ts'
import { readText } from '../values/simple.ts'

/** What the report job is told; everything else stands in the verdicts of the measuring jobs. */
export const REPORT_JOB_SETTINGS = {
  needs: setting({
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
  acceptLabel: HISTORY_SETTINGS.acceptLabel,
}
