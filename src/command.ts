import { createInterruptSignal } from './shell/interrupt.ts'
import { createOutput, fitForTerminal, outliveStreams } from './commands/output.ts'
import type { Command, MeasuringPorts, Surroundings } from './commands/ports.ts'
import { SettingsError } from './errors.ts'
import { createSystemPorts } from './shell/system-ports.ts'
import { renderHelp, renderOverview } from './commands/help.ts'
import type { NamedHelp } from './commands/help.ts'
import type { SettingList } from './settings/setting.ts'
import { suggestName } from './settings/nearest.ts'
import { readEnvironment, layerGiven } from './settings/setting.ts'
import { readFlags } from './settings/reading/flags.ts'
import { findSecrets, findSecretsInherited, mayBeKey } from './settings/secrets.ts'
import { VERSION } from './version.ts'

/** Each command, which is loaded when it is called: a run starts without the code of all others. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).COMMAND,
  ab: async () => (await import('./commands/ab.ts')).COMMAND,
  compare: async () => (await import('./commands/compare.ts')).COMMAND,
  import: async () => (await import('./commands/import.ts')).COMMAND,
  merge: async () => (await import('./commands/merge.ts')).COMMAND,
  report: async () => (await import('./commands/report.ts')).COMMAND,
  audit: async () => (await import('./commands/audit.ts')).COMMAND,
  history: async () => (await import('./commands/history.ts')).COMMAND,
  init: async () => (await import('./commands/init/init.ts')).COMMAND,
  doctor: async () => (await import('./commands/doctor/doctor.ts')).COMMAND,
  demo: async () => (await import('./commands/demo/demo.ts')).COMMAND,
  simulate: async () => (await import('./commands/simulate.ts')).COMMAND,
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
