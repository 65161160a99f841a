import { AB_HELP, AB_SETTINGS } from '../../src/commands/ab.ts'
import { AUDIT_HELP, AUDIT_SETTINGS } from '../../src/commands/audit.ts'
import { COMPLETION_HELP } from '../../src/commands/completion.ts'
import { COMPARE_HELP } from '../../src/commands/compare.ts'
import { COMPARE_SETTINGS } from '../../src/commands/compare-settings.ts'
import { DEMO_HELP, DEMO_SETTINGS } from '../../src/commands/demo/demo.ts'
import { DOCTOR_HELP, DOCTOR_SETTINGS } from '../../src/commands/doctor/doctor.ts'
import { HISTORY_COMMAND_SETTINGS, HISTORY_HELP } from '../../src/commands/history.ts'
import { IMPORT_HELP, IMPORT_SETTINGS } from '../../src/commands/import.ts'
import { INIT_HELP, INIT_SETTINGS } from '../../src/commands/init/init.ts'
import { MERGE_HELP, MERGE_SETTINGS } from '../../src/commands/merge.ts'
import { REPORT_COMMAND_SETTINGS, REPORT_HELP } from '../../src/commands/report.ts'
import { RUN_HELP } from '../../src/commands/run.ts'
import { SIMULATE_HELP } from '../../src/commands/simulate.ts'
import type { SettingList } from '../../src/settings/define.ts'
import type { CommandHelp } from '../../src/settings/help.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { SIMULATOR_SETTINGS } from '../../src/simulator/settings/settings.ts'

/** Every command, with its settings. */
export const COMMANDS: readonly (readonly [CommandHelp, SettingList])[] = [
  [RUN_HELP, COMMAND_SETTINGS],
  [IMPORT_HELP, IMPORT_SETTINGS],
  [COMPLETION_HELP, {}],
  [AB_HELP, AB_SETTINGS],
  [COMPARE_HELP, COMPARE_SETTINGS],
  [MERGE_HELP, MERGE_SETTINGS],
  [REPORT_HELP, REPORT_COMMAND_SETTINGS],
  [AUDIT_HELP, AUDIT_SETTINGS],
  [HISTORY_HELP, HISTORY_COMMAND_SETTINGS],
  [INIT_HELP, INIT_SETTINGS],
  [DOCTOR_HELP, DOCTOR_SETTINGS],
  [DEMO_HELP, DEMO_SETTINGS],
  [SIMULATE_HELP, SIMULATOR_SETTINGS],
]
