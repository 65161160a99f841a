import { keepUnitsTogether } from '../text.ts'
import { EXIT, EXIT_MEANINGS } from '../vocabulary/exit-codes.ts'
import type { EntryPoint, Setting, SettingList } from './setting.ts'

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
    ...wrapText(
      'Measures an LLM serving endpoint over a short concurrency sweep, compares it with the runs before, and says whether it got worse.',
      0,
    ),
    '',
    'Commands:',
    ...commands.flatMap(({ name, summary }) => describeCommand(name.padEnd(nameWidth), summary)),
    '',
    'The settings of a command: plateau <command> --help, or plateau help <command>.',
    '',
    ...EXIT_CODES,
    '',
  ].join('\n')
}

const EXIT_CODES = wrapText(
  `Exit codes: ${listExitCodes()
    .map((line) => line.replaceAll('`', ''))
    .join(' · ')}.`,
  0,
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
    ...wrapText(`${command.summary}.`, 0),
    ...laySection('Examples', command.examples.flatMap(breakExample)),
    ...laySection('Common', common.flatMap(tell)),
    ...groups.flatMap((group) => laySection(group, others.filter((setting) => setting.group === group).flatMap(tell))),
    '',
    ...(settings.length === 0 ? [] : wrapText(FORMS, 0)),
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

/** A command with its summary beside its name. */
function describeCommand(name: string, summary: string): string[] {
  const column = INDENT.length + name.length + 2
  const [first, ...more] = wrapText(summary, column)
  return [`${INDENT}${name}  ${first!.trimStart()}`, ...more]
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
  const lines = wrapText(standard === null ? setting.help : `${setting.help} [${standard}]`, FLAG_COLUMN)
  if (flag.length >= FLAG_COLUMN - 1) return [flag, ...lines]
  return [flag + lines[0]!.slice(flag.length), ...lines.slice(1)]
}

/** Indented lines of at most `WIDTH` characters; a figure and its unit stay together. */
function wrapText(text: string, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of keepUnitsTogether(text).split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((entry) => ' '.repeat(indent) + entry.replaceAll('\u00a0', ' '))
}
