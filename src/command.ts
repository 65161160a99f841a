import { abCommand, AB_HELP, AB_SETTINGS } from './commands/ab.ts'
import { auditCommand, AUDIT_HELP, AUDIT_SETTINGS } from './commands/audit.ts'
import { compareCommand, COMPARE_HELP } from './commands/compare.ts'
import { COMPARE_SETTINGS } from './commands/compare-settings.ts'
import { completionCommand, COMPLETION_HELP } from './commands/completion.ts'
import { demoCommand, DEMO_HELP, DEMO_SETTINGS } from './commands/demo/demo.ts'
import { historyCommand, HISTORY_COMMAND_SETTINGS, HISTORY_HELP } from './commands/history.ts'
import { importCommand, IMPORT_HELP, IMPORT_SETTINGS } from './commands/import.ts'
import { doctorCommand, DOCTOR_HELP, DOCTOR_SETTINGS } from './commands/doctor/doctor.ts'
import { initCommand, INIT_HELP, INIT_SETTINGS } from './commands/init/init.ts'
import { createInterruptSignal } from './shell/interrupt.ts'
import { createOutput, fitForTerminal, outliveStreams } from './commands/output.ts'
import type { MeasuringPorts, Surroundings } from './commands/ports.ts'
import { mergeCommand, MERGE_HELP, MERGE_SETTINGS } from './commands/merge.ts'
import { reportCommand, REPORT_COMMAND_SETTINGS, REPORT_HELP } from './commands/report.ts'
import { runCommand, RUN_HELP } from './commands/run.ts'
import { simulateCommand, SIMULATE_HELP, startServer } from './commands/simulate.ts'
import { SettingsError } from './errors.ts'
import { createSystemPorts } from './shell/system-ports.ts'
import { renderHelp, renderOverview } from './settings/help.ts'
import type { CommandHelp } from './settings/help.ts'
import type { SettingList } from './settings/define.ts'
import { suggestName } from './settings/nearest.ts'
import { readEnvironment } from './settings/reading/environment.ts'
import type { Environment } from './settings/reading/environment.ts'
import { readFlags } from './settings/reading/flags.ts'
import { layerGiven } from './settings/reading/given.ts'
import { findSecrets, findSecretsInherited } from './settings/secrets.ts'
import { COMMAND_SETTINGS } from './settings/lists/run-settings.ts'
import { SIMULATOR_SETTINGS } from './simulator/settings/settings.ts'
import { VERSION } from './version.ts'

interface Command {
  readonly help: CommandHelp
  readonly settings: SettingList
  run(argv: readonly string[], ports: MeasuringPorts): Promise<number>
}

const COMMANDS: readonly Command[] = [
  { help: RUN_HELP, settings: COMMAND_SETTINGS, run: runCommand },
  { help: AB_HELP, settings: AB_SETTINGS, run: abCommand },
  { help: COMPARE_HELP, settings: COMPARE_SETTINGS, run: compareCommand },
  { help: IMPORT_HELP, settings: IMPORT_SETTINGS, run: importCommand },
  { help: MERGE_HELP, settings: MERGE_SETTINGS, run: mergeCommand },
  { help: REPORT_HELP, settings: REPORT_COMMAND_SETTINGS, run: reportCommand },
  { help: AUDIT_HELP, settings: AUDIT_SETTINGS, run: auditCommand },
  { help: HISTORY_HELP, settings: HISTORY_COMMAND_SETTINGS, run: historyCommand },
  { help: INIT_HELP, settings: INIT_SETTINGS, run: initCommand },
  { help: DOCTOR_HELP, settings: DOCTOR_SETTINGS, run: doctorCommand },
  { help: DEMO_HELP, settings: DEMO_SETTINGS, run: demoCommand },
  { help: SIMULATE_HELP, settings: SIMULATOR_SETTINGS, run: simulateCommand },
  {
    help: COMPLETION_HELP,
    settings: {},
    run: async (argv, ports) => completionCommand(argv, ports, COMMANDS),
  },
]

/**
 * Runs the command that the process was started with; returns its exit code. Only wires the ports. Measures in the real
 * surroundings, or in what `surround` makes of them.
 */
export async function main(surround = (real: Surroundings): Surroundings => real): Promise<number> {
  const { env } = process
  const output = createOutput(process.stdout, process.stderr, env)
  outliveStreams(process)
  const surroundings = surround({ system: createSystemPorts, startServer })
  return callCommand(process.argv.slice(2), { env, output, signal: createInterruptSignal(), ...surroundings })
}

/** Runs the command that these words call; returns its exit code. */
export async function callCommand(words: readonly string[], ports: MeasuringPorts): Promise<number> {
  const [name, ...argv] = words
  const { env, output } = ports
  if (name === '--version' || name === 'version') return say(output.out, `${VERSION}\n`)
  const wanted = name === 'help' ? argv[0] : name
  if (wanted === undefined || isHelp(wanted)) return say(output.out, renderOverview(COMMANDS.map(({ help }) => help)))
  const command = COMMANDS.find(({ help }) => help.name === wanted)
  if (command === undefined) throw refuseUnknownCommand(wanted)
  if (name === 'help' || argv[0] === 'help' || argv.some(isHelp))
    return say(output.out, renderHelp(command.help, command.settings))
  for (const secret of findGivenSecrets(command.settings, argv, env)) output.hide(secret)
  try {
    return await command.run(argv, ports)
  } catch (error) {
    throw fitForTerminal(error, output)
  }
}

/** The secrets among the arguments, found before the settings are read, so that no message shows one. */
function findGivenSecrets(list: SettingList, argv: readonly string[], env: Environment): readonly string[] {
  const given = layerGiven(readFlags(list, argv).given, readEnvironment(list, env))
  return [...findSecrets(list, given), ...findSecretsInherited(list, given, env)]
}

function say(out: (text: string) => void, text: string): number {
  out(text)
  return 0
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

function refuseUnknownCommand(name: string): SettingsError {
  const names = COMMANDS.map(({ help }) => help.name)
  const message = `is not a command; ${suggestName(name, names) ?? `there are ${names.join(', ')}`}`
  return new SettingsError([{ setting: 'command', given: name, message }])
}
