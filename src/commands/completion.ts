import { SettingsError } from '../errors.ts'
import { renderCompletion, SHELLS } from '../settings/completion.ts'
import type { CompletedCommand } from '../settings/completion.ts'
import type { CommandHelp } from '../settings/help.ts'
import { splitArguments } from '../settings/reading/flags.ts'
import { showValue } from '../settings/reading/given.ts'
import type { CommandPorts } from './ports.ts'

export const COMPLETION_HELP: CommandHelp = {
  name: 'completion',
  summary: 'Writes the script by which a shell completes commands, settings and their words',
  words: SHELLS.join('|'),
  examples: [
    'plateau completion bash > ~/.local/share/bash-completion/completions/plateau',
    'plateau completion zsh > ~/.zfunc/_plateau',
    'plateau completion fish > ~/.config/fish/completions/plateau.fish',
  ],
}

/** `plateau completion`, for these commands. */
export async function completionCommand(
  argv: readonly string[],
  { output }: Pick<CommandPorts, 'output'>,
  commands: readonly CompletedCommand[],
): Promise<number> {
  const { words } = splitArguments({}, argv)
  const shell = SHELLS.find((each) => words.length === 1 && each === words[0])
  if (shell === undefined) {
    const message = `must be one of ${SHELLS.join(', ')}: plateau completion bash`
    throw new SettingsError([
      { setting: 'shell', given: words.length === 0 ? null : showValue(words.join(' ')), message },
    ])
  }
  // As it is: a script is no text for people.
  output.json(renderCompletion(shell, commands))
  return Promise.resolve(0)
}
