import { setting, ValueError } from '../define.ts'
import { findSecretsInCommand } from '../values/secret-words.ts'
import { readText } from '../values/simple.ts'

const group = 'Commands'

/** What a program runs here stands where only whoever starts it writes: never in a file of a repository. */
const ofWhoeverStarts = {
  flagOnly: true,
  notInFile: 'a file that others can change must not say what is run here',
} as const

/** What starts what is measured. */
export const SESSION_SETTINGS = {
  candidateCommand: setting({
    name: 'candidate-command',
    group,
    help: 'Command that starts the server to be measured at endpoint, in the foreground; it is ended with all its children. From inputs and flags only, and never for a fork',
    placeholder: 'COMMAND',
    default: null,
    derived: 'none: the endpoint is there',
    ...ofWhoeverStarts,
    secret: true,
    secretsIn: findSecretsInCommand,
    read: readCommand,
  }),
}

/** For the shell, which reads it as it is; several lines are a script. */
function readCommand(text: string): string {
  const command = readText(text)
  if (command.includes('\0')) throw new ValueError('must not hold a zero byte')
  return command
}
