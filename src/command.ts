import { createInterruptSignal } from './shell/interrupt.ts'
import { createOutput, fitForTerminal, outliveStreams } from './commands/ports.ts'
import type { MeasuringPorts, Surroundings } from './commands/ports.ts'
import { SettingsError } from './errors.ts'
import { createSystemPorts } from './shell/system-ports.ts'
import { renderHelp, renderOverview } from './settings/help.ts'
import type { CommandHelp, NamedHelp } from './settings/help.ts'
import type { SettingList } from './settings/setting.ts'
import { suggestName } from './settings/nearest.ts'
import { readEnvironment, layerGiven } from './settings/setting.ts'
import { readFlags } from './settings/reading/flags.ts'
import { findSecrets, findSecretsInherited, mayBeKey } from './settings/secrets.ts'
import { VERSION } from './version.ts'

interface Command<Help = CommandHelp> {
  readonly help: Help
  readonly settings: SettingList
  run(argv: readonly string[], ports: MeasuringPorts): Promise<number>
}

/** Each command, which is loaded when it is called: a run starts without the code of all others. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  async run() {
    const { runCommand, RUN_HELP } = await import('./commands/run.ts')
    const { COMMAND_SETTINGS } = await import('./settings/lists/run-settings.ts')
    return { help: RUN_HELP, settings: COMMAND_SETTINGS, run: runCommand }
  },
  async ab() {
    const { abCommand, AB_HELP, AB_SETTINGS } = await import('./commands/ab.ts')
    return { help: AB_HELP, settings: AB_SETTINGS, run: abCommand }
  },
  async compare() {
    const { compareCommand, COMPARE_HELP, COMPARE_SETTINGS } = await import('./commands/compare.ts')
    return { help: COMPARE_HELP, settings: COMPARE_SETTINGS, run: compareCommand }
  },
  async import() {
    const { importCommand, IMPORT_HELP, IMPORT_SETTINGS } = await import('./commands/import.ts')
    return { help: IMPORT_HELP, settings: IMPORT_SETTINGS, run: importCommand }
  },
  async merge() {
    const { mergeCommand, MERGE_HELP, MERGE_SETTINGS } = await import('./commands/merge.ts')
    return { help: MERGE_HELP, settings: MERGE_SETTINGS, run: mergeCommand }
  },
  async report() {
    const { reportCommand, REPORT_HELP, REPORT_COMMAND_SETTINGS } = await import('./commands/report.ts')
    return { help: REPORT_HELP, settings: REPORT_COMMAND_SETTINGS, run: reportCommand }
  },
  async audit() {
    const { auditCommand, AUDIT_HELP, AUDIT_SETTINGS } = await import('./commands/audit.ts')
    return { help: AUDIT_HELP, settings: AUDIT_SETTINGS, run: auditCommand }
  },
  async history() {
    const { historyCommand, HISTORY_HELP, HISTORY_COMMAND_SETTINGS } = await import('./commands/history.ts')
    return { help: HISTORY_HELP, settings: HISTORY_COMMAND_SETTINGS, run: historyCommand }
  },
  async init() {
    const { initCommand, INIT_HELP, INIT_SETTINGS } = await import('./commands/init/init.ts')
    return { help: INIT_HELP, settings: INIT_SETTINGS, run: initCommand }
  },
  async doctor() {
    const { doctorCommand, DOCTOR_HELP, DOCTOR_SETTINGS } = await import('./commands/doctor/doctor.ts')
    return { help: DOCTOR_HELP, settings: DOCTOR_SETTINGS, run: doctorCommand }
  },
  async demo() {
    const { demoCommand, DEMO_HELP, DEMO_SETTINGS } = await import('./commands/demo/demo.ts')
    return { help: DEMO_HELP, settings: DEMO_SETTINGS, run: demoCommand }
  },
  async simulate() {
    const { simulateCommand, SIMULATE_HELP } = await import('./commands/simulate.ts')
    const { SIMULATOR_SETTINGS } = await import('./simulator/settings/settings.ts')
    return { help: SIMULATE_HELP, settings: SIMULATOR_SETTINGS, run: simulateCommand }
  },
  async completion() {
    const { completionCommand, COMPLETION_HELP } = await import('./commands/completion.ts')
    const run: Command['run'] = async (argv, ports) => completionCommand(argv, ports, await loadCommands())
    return { help: COMPLETION_HELP, settings: {}, run }
  },
}

/** Loads all of them. */
export async function loadCommands(): Promise<readonly Command<NamedHelp>[]> {
  return Promise.all(Object.keys(COMMANDS).map(async (name) => loadCommand(name)))
}

async function loadCommand(name: string): Promise<Command<NamedHelp>> {
  const command = await COMMANDS[name]!()
  return { ...command, help: { name, ...command.help } }
}

/**
 * Runs the command that the process was started with; returns its exit code. Only wires the ports. Measures in the real
 * surroundings, or in what `surround` makes of them.
 */
export async function main(surround = (real: Surroundings): Surroundings => real): Promise<number> {
  const { env } = process
  const output = createOutput(process.stdout, process.stderr, env)
  outliveStreams(process)
  const surroundings = surround({
    system: createSystemPorts,
    startServer: async (flags) => (await import('./commands/simulate.ts')).startServer(flags),
  })
  return callCommand(process.argv.slice(2), { env, output, signal: createInterruptSignal(), ...surroundings })
}

/** Runs the command that these words call; returns its exit code. */
export async function callCommand(words: readonly string[], ports: MeasuringPorts): Promise<number> {
  const [name, ...argv] = words
  const { env, output } = ports
  if (name === '--version' || name === 'version') return say(output.out, `${VERSION}\n`)
  const wanted = name === 'help' ? argv[0] : name
  if (wanted === undefined || isHelp(wanted)) {
    const commands = await loadCommands()
    return say(output.out, renderOverview(commands.map(({ help }) => help)))
  }
  if (!Object.hasOwn(COMMANDS, wanted)) throw refuseUnknownCommand(wanted)
  const command = await loadCommand(wanted)
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
function findGivenSecrets(list: SettingList, argv: readonly string[], env: NodeJS.ProcessEnv): readonly string[] {
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
  const names = Object.keys(COMMANDS)
  const message = `is not a command; ${suggestName(name, names) ?? `there are ${names.join(', ')}`}`
  return new SettingsError([{ setting: 'command', given: mayBeKey(name) ? null : name, message }])
}
