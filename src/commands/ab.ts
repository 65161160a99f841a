import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import type { CommandHelp } from '../settings/help.ts'
import { setting } from '../settings/define.ts'
import type { Setting, SettingList } from '../settings/define.ts'
import { COMMAND_SETTINGS } from '../settings/lists/run-settings.ts'
import { SESSION_SETTINGS } from '../settings/lists/session-settings.ts'
import { ENDPOINT_SETTINGS } from '../settings/lists/endpoint-settings.ts'
import { readFlags } from '../settings/reading/flags.ts'
import type { MeasuringPorts } from './ports.ts'
import { runCommand } from './run.ts'

export const AB_HELP: CommandHelp = {
  name: 'ab',
  summary: 'Compares two servers on this machine, each started by a command and measured in turn; needs no history',
  examples: [
    "plateau ab --a 'llama-server -m model.gguf -t 8' --b 'llama-server -m model.gguf -t 4' --url http://127.0.0.1:8080",
    "plateau ab --a './venv-old/bin/vllm serve m' --b './venv-new/bin/vllm serve m' --url http://127.0.0.1:8000 --max-duration 60m",
  ],
}

/** The names of this command for settings of a run. */
const ALIASES: Readonly<Record<string, string>> = { a: 'control-command', b: 'candidate-command', url: 'endpoint' }

const OWN = {
  controlCommand: setting({
    ...SESSION_SETTINGS.controlCommand,
    name: 'a',
    help: 'Command that starts the server as it is (reports call it the control), in the foreground; it is ended with all its children',
    required: true,
  }),
  candidateCommand: setting({
    ...SESSION_SETTINGS.candidateCommand,
    name: 'b',
    help: 'Command that starts the server as it may become (the candidate): it is compared with a',
    required: true,
  }),
  endpoint: setting({
    ...ENDPOINT_SETTINGS.endpoint,
    name: 'url',
    help: 'Where both servers answer, one after the other',
  }),
}

/** Of the other settings those of a run that make sense without recorded runs. */
export const AB_SETTINGS: SettingList = {
  ...OWN,
  ...Object.fromEntries(
    Object.entries<Setting<unknown>>(COMMAND_SETTINGS).filter(
      ([key, { name, group }]) => !(key in OWN) && name !== 'redeploy-command' && group !== 'Baseline',
    ),
  ),
}

/** What it is called where nobody says it, and what it may take: several sessions with the time that servers need to load. */
const DEFAULTS = { name: 'ab', baseline: 'none', 'max-duration': '60m' }

/** `plateau ab`. */
export async function abCommand(argv: readonly string[], ports: MeasuringPorts): Promise<number> {
  const { given, problems } = readFlags(AB_SETTINGS, argv)
  const missing = Object.values(OWN).flatMap(({ name, placeholder }): SettingProblem[] =>
    given.has(name) ? [] : [{ setting: name, given: null, message: `is required: --${name} ${placeholder}` }],
  )
  if (problems.length + missing.length > 0) throw new SettingsError([...problems, ...missing])
  const flags = [...given].flatMap(([name, { text }]) => [`--${ALIASES[name] ?? name}=${text}`])
  const defaults = Object.entries(DEFAULTS).flatMap(([name, text]) => (given.has(name) ? [] : [`--${name}=${text}`]))
  ports.output.log('a is the control, b the candidate')
  return runCommand([...defaults, ...flags], ports)
}
