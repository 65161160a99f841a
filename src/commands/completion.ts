import { SettingsError } from '../errors.ts'
import type { CommandHelp, NamedHelp } from './help.ts'
import { listAllowed } from '../settings/nearest.ts'
import { splitArguments } from '../settings/reading/flags.ts'
import { showValue } from '../settings/setting.ts'
import type { Command, CommandPorts } from './ports.ts'
import type { Setting } from '../settings/setting.ts'
import type { ReadsWords } from '../settings/values/simple.ts'

/** The shells that there is a script for. */
const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export const COMPLETION_HELP: CommandHelp = {
  summary: 'Writes the script by which a shell completes commands, settings and their words',
  words: SHELLS.join('|'),
  examples: [
    'plateau completion bash > ~/.local/share/bash-completion/completions/plateau',
    'plateau completion zsh > ~/.zfunc/_plateau',
    'plateau completion fish > ~/.config/fish/completions/plateau.fish',
  ],
}

/** A command as it is completed. */
type CompletedCommand = Pick<Command<NamedHelp>, 'help' | 'settings'>

/** `plateau completion`, for these commands. */
export function completionCommand(
  argv: readonly string[],
  { output }: Pick<CommandPorts, 'output'>,
  commands: readonly CompletedCommand[],
): number {
  const { words } = splitArguments({}, argv)
  const shell = SHELLS.find((each) => words.length === 1 && each === words[0])
  if (shell === undefined) {
    const given = words.join(' ')
    const message = `must be one of ${listAllowed(given, SHELLS)}, as in plateau completion bash`
    throw new SettingsError([{ setting: 'shell', given: words.length === 0 ? null : showValue(given), message }])
  }
  // As it is: a script is no text for people.
  output.json(renderCompletion(shell, commands))
  return 0
}

/** The script of a shell. */
export function renderCompletion(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return renderBash(commands)
    case 'zsh':
      return renderZsh(commands)
    case 'fish':
      return renderFish(commands)
  }
}

/** Words that a value may be, as far as they are few; none where it is anything. */
function wordsOf({ read, switch: isSwitch }: Setting<unknown>): readonly string[] {
  if (isSwitch === true) return ['true', 'false']
  return 'words' in read ? (read as ReadsWords<unknown>).words : []
}

/** Whether a value is a path, by how help writes it. */
function isPath({ placeholder }: Setting<unknown>): boolean {
  return /FILE|PATH|FOLDER|PLACE/.test(placeholder)
}

/** What bash offers as the value of each flag: a line for all commands, or for each where they take different words. */
function listBashValues(commands: readonly CompletedCommand[]): string[] {
  const offers = commands.flatMap(({ help, settings }) =>
    Object.values(settings).map((setting) => ({
      command: help.name,
      flag: `--${setting.name}`,
      offer: offer(setting),
    })),
  )
  return [...Map.groupBy(offers, ({ flag }) => flag).values()].flatMap((same) =>
    same.every(({ offer }) => offer === same[0]!.offer)
      ? [`    *' ${same[0]!.flag}') ${same[0]!.offer} ;;`]
      : same.map(({ command, flag, offer }) => `    '${command} ${flag}') ${offer} ;;`),
  )
}

function offer(setting: Setting<unknown>): string {
  const words = wordsOf(setting)
  return words.length > 0 ? `words='${words.join(' ')}'` : isPath(setting) ? 'files=1' : 'words='
}

/** What follows a command without a flag is a file, where it says that something does. */
function takesFiles({ help }: CompletedCommand): boolean {
  return help.words !== undefined && !takesShell({ help })
}

function takesShell({ help }: Pick<CompletedCommand, 'help'>): boolean {
  return help.words === SHELLS.join('|')
}

function renderBash(commands: readonly CompletedCommand[]): string {
  const flags = commands.map(
    ({ help, settings }) =>
      `    ${help.name}) flags='${Object.values(settings)
        .map(({ name }) => `--${name}`)
        .join(' ')}' ;;`,
  )
  const names = commands.map(({ help }) => help.name)
  return `# plateau completion bash: eval "$(plateau completion bash)" in ~/.bashrc
_plateau() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags='' words='' files='' file='' value=1
  # Bash takes the sign between a flag and its value for a word.
  [ "$current" = = ] && current='' || { [ "$before" = = ] && before="\${COMP_WORDS[COMP_CWORD-2]}"; }
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$before" = help ]; }; then
    COMPREPLY=($(compgen -W '${[...names, 'help', '--version', '--help'].join(' ')}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
  esac
  case "\${COMP_WORDS[1]} $before" in
${listBashValues(commands).join('\n')}
    *) value='' ;;
  esac
  if [ -z "$value" ]; then
    case "\${COMP_WORDS[1]}" in
    ${commands.filter(takesShell).map(({ help }) => help.name)[0] ?? '-'}) words='${SHELLS.join(' ')}' ;;
    *) words="$flags --help" files=1 ;;
    esac
    case "$current" in -*) files='' ;; esac
  fi
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  # Line by line: the name of a file may hold spaces and stars.
  [ -n "$files" ] && while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
  return 0
}
complete -o filenames -F _plateau plateau
`
}

function renderZsh(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const escapeForZsh = (text: string): string => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`)
  const describeValue = (setting: Setting<unknown>): string => {
    const words = wordsOf(setting)
    const action = words.length > 0 ? `(${words.join(' ')})` : isPath(setting) ? '_files' : ' '
    return setting.switch === true ? '' : `:${escapeForZsh(setting.placeholder)}:${action}`
  }
  const cases = commands.map((command) => {
    const specs = Object.values(command.settings).map((setting) =>
      quote(
        `*--${setting.name}${setting.switch === true ? '' : '='}[${escapeForZsh(setting.help)}]${describeValue(setting)}`,
      ),
    )
    const rest = takesShell(command)
      ? [quote(`:shell:(${SHELLS.join(' ')})`)]
      : takesFiles(command)
        ? [quote('*:file:_files')]
        : []
    return `    ${command.help.name}) _arguments ${[...specs, ...rest].join(' ')} ;;`
  })
  return `#compdef plateau
# plateau completion zsh > "\${fpath[1]}/_plateau"
_plateau() {
  local -a commands
  commands=(${commands.map(({ help }) => quote(`${help.name}:${escapeForZsh(help.summary)}`)).join(' ')})
  if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _plateau plateau
`
}

function renderFish(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
  const lines = commands.flatMap((command) => {
    const { help, settings } = command
    const within = `complete -c plateau -n '__fish_seen_subcommand_from ${help.name}'`
    return [
      `complete -c plateau -n __fish_use_subcommand -f -a ${help.name} -d ${quote(help.summary)}`,
      ...(takesShell(command) ? [`${within} -f -a ${quote(SHELLS.join(' '))}`] : []),
      ...(help.words === undefined ? [`${within} -f`] : []),
      ...Object.values(settings).map((setting) => {
        const words = wordsOf(setting)
        const value =
          setting.switch === true
            ? ''
            : words.length > 0
              ? ` -x -a ${quote(words.join(' '))}`
              : isPath(setting)
                ? ' -r -F'
                : ' -x'
        return `${within} -l ${setting.name}${value} -d ${quote(setting.help)}`
      }),
    ]
  })
  return ['# plateau completion fish > ~/.config/fish/completions/plateau.fish', ...lines, ''].join('\n')
}
