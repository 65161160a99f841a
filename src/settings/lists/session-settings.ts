import { setting, ValueError } from '../define.ts'
import { findSecretsInCommand } from '../secrets.ts'
import { readCount, readText } from '../values/simple.ts'

const group = 'Sessions'

/** A command to run here comes only from whoever starts the program: never from a file in a repository. */
const ofWhoeverStarts = {
  flagOnly: true,
  notInFile: 'a file that others can change must not say what is run here',
} as const

/** The commands that start both sides anew for each session, and how many sessions there are. */
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
  controlCommand: setting({
    name: 'control-command',
    group,
    help: 'Command that starts what it is compared with, on the same machine: each session starts one, measures it, ends it, and then the other. At control, or without it at endpoint: one port is enough',
    placeholder: 'COMMAND',
    default: null,
    derived: 'none',
    ...ofWhoeverStarts,
    secret: true,
    secretsIn: findSecretsInCommand,
    read: readCommand,
  }),
  redeployCommand: setting({
    name: 'redeploy-command',
    group,
    help: 'Command that deploys endpoint and control anew, for deployments elsewhere: run to its end before each session, within ready-timeout',
    placeholder: 'COMMAND',
    default: null,
    derived: 'none: nothing is deployed anew, and there is one session',
    ...ofWhoeverStarts,
    secret: true,
    secretsIn: findSecretsInCommand,
    read: readCommand,
  }),
  sessions: setting({
    name: 'sessions',
    group,
    help: 'Sessions at most, each with both sides started anew; fewer where the first ones decide',
    placeholder: 'N',
    default: '4',
    ...ofWhoeverStarts,
    read: readCount({ max: 20 }),
  }),
}

/** The shell gets it unchanged; several lines are a script. */
function readCommand(text: string): string {
  const command = readText(text)
  if (command.includes('\0')) throw new ValueError('must not hold a zero byte')
  return command
}
