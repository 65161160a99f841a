import { setting } from './define.ts'
import { readBoolean, readChoice, readLine } from './values.ts'

const group = 'Report'

/** Where the results go, and where settings come from. */
export const REPORT_SETTINGS = {
  format: setting({
    name: 'format',
    group,
    help: 'What stands on stdout: text or json',
    placeholder: 'WORD',
    default: 'text',
    commandOnly: true,
    read: readChoice(['text', 'json']),
  }),
  reportJson: setting({
    name: 'report-json',
    group,
    help: 'File for the report',
    placeholder: 'FILE',
    default: null,
    commandOnly: true,
    common: true,
    read: readLine,
  }),
  records: setting({
    name: 'records',
    group,
    help: 'File for the records of all requests, one JSON object a line',
    placeholder: 'FILE',
    default: null,
    commandOnly: true,
    read: readLine,
  }),
  dryRun: setting({
    name: 'dry-run',
    group,
    help: 'Show the plan and every setting with its source, and send nothing',
    placeholder: 'true|false',
    default: 'false',
    switch: true,
    flagOnly: true,
    read: readBoolean,
  }),
  config: setting({
    name: 'config',
    group,
    help: 'YAML file with settings, or with several scenarios of them',
    placeholder: 'FILE',
    default: null,
    flagOnly: true,
    common: true,
    read: readLine,
  }),
  scenario: setting({
    name: 'scenario',
    group,
    help: 'Which scenario of the config file to run',
    placeholder: 'NAME',
    default: null,
    flagOnly: true,
    read: readLine,
  }),
}
