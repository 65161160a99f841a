import { EXIT, EXIT_MEANINGS } from '../vocabulary/exit-codes.ts'
import type { EntryPoint, Setting, SettingList } from '../settings/setting.ts'
import { wrap } from '../words/terminal.ts'

/** What help says about a command, which has its name in the list of all. */
export interface CommandHelp {
  /** One sentence, without a full stop. */
  readonly summary: string
  /** What stands after the name without a flag, for example `FILE`; absent where nothing does. */
  readonly words?: string
  /** Lines a user may copy. */
  readonly examples: readonly string[]
}

export interface NamedHelp extends CommandHelp {
  readonly name: string
}

/** Columns of a standard terminal. */
const WIDTH = 80
const INDENT = '  '
/** Flags longer than this get a line of their own. */
const FLAG_COLUMN = 28

const FORMS =
  'Durations have units: 500ms, 8s, 10m. "none" means no limit. A switch may stand without a value, and false after it turns it off.'

/** Help for `plateau` itself. */
export function renderOverview(commands: readonly NamedHelp[]): string {
  const nameWidth = Math.max(...commands.map(({ name }) => name.length))
  return [
    'Usage: plateau <command> [--setting value …]',
    '',
    ...wrap(
      'Measures an LLM serving endpoint over a short concurrency sweep, compares it with the runs before, and says whether it got worse.',
    ),
    '',
    'Commands:',
    ...commands.flatMap(({ name, summary }) => layBeside(`${INDENT}${name}`, summary, nameWidth + 4)),
    '',
    'The settings of a command: plateau <command> --help, or plateau help <command>.',
    '',
    ...EXIT_CODES,
    '',
  ].join('\n')
}

const EXIT_CODES = wrap(
  `Exit codes: ${listExitCodes()
    .map((line) => line.replaceAll('`', ''))
    .join(' · ')}.`,
)

/** Help for one command: the common settings first, then the others by their groups. */
export function renderHelp(command: NamedHelp, list: SettingList): string {
  const settings = Object.values(list)
  const common = settings.filter((setting) => setting.common === true)
  const others = settings.filter((setting) => setting.common !== true)
  const names = new Set(settings.map(({ name }) => name))
  // That another setting may be given instead is said only where the command has that one.
  const tell = ({ unless, ...setting }: Setting<unknown>) =>
    describeSetting(unless !== undefined && names.has(unless) ? { ...setting, unless } : setting)
  const groups = [...new Set(others.map((setting) => setting.group))]
  return [
    [
      `Usage: plateau ${command.name}`,
      ...(command.words === undefined ? [] : [command.words]),
      ...(settings.length === 0 ? [] : ['[--setting value …]']),
    ].join(' '),
    '',
    ...wrap(`${command.summary}.`),
    ...laySection('Examples', command.examples.flatMap(breakExample)),
    ...laySection('Common', common.flatMap(tell)),
    ...groups.flatMap((group) => laySection(group, others.filter((setting) => setting.group === group).flatMap(tell))),
    '',
    ...(settings.length === 0 ? [] : wrap(FORMS)),
    ...EXIT_CODES,
    '',
  ].join('\n')
}

/** Each exit code of the command with what it says. */
export function listExitCodes(): readonly string[] {
  return Object.entries(EXIT_MEANINGS).map(([name, meaning]) => `${EXIT[name as keyof typeof EXIT]} ${meaning}`)
}

/** The words for the default of an entry, or null when there is nothing to say. */
export function describeDefault(
  { required, unless, default: text, derived }: Setting<unknown>,
  entry: EntryPoint,
): string | null {
  if (required === true) return unless === undefined ? 'required' : `required, unless ${unless} is given`
  return text ?? (typeof derived === 'object' ? derived[entry] : derived) ?? null
}

function laySection(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines]
}

/** A name with what is said of it beside it, or below where there is no room. */
function layBeside(name: string, text: string, column: number): string[] {
  if (name.length < column - 1) return wrap(name.padEnd(column) + text, { indent: column })
  return [name, ...wrap(' '.repeat(column) + text, { indent: column })]
}

/** A command broken before its flags into as many lines as it needs, which can be copied as they are. */
function breakExample(example: string): string[] {
  const lines: string[] = []
  for (const part of example.split(/ (?=--)/)) {
    const last = lines.at(-1)
    const longer = `${last ?? INDENT}${last === undefined ? '' : ' '}${part}`
    if (last === undefined || longer.length <= WIDTH - ' \\'.length) lines.splice(-1, 1, longer)
    else {
      lines[lines.length - 1] += ' \\'
      lines.push(`${INDENT}${INDENT}${part}`)
    }
  }
  return lines
}

function describeSetting(setting: Setting<unknown>): string[] {
  const flag = `${INDENT}--${setting.name} ${setting.switch === true ? '' : setting.placeholder}`.trimEnd()
  const standard = describeDefault(setting, 'command')?.replaceAll('`', '') ?? null
  return layBeside(flag, standard === null ? setting.help : `${setting.help} [${standard}]`, FLAG_COLUMN)
}
