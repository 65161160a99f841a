import { ValueError } from '../../errors.ts'
import { defineSetting } from '../setting.ts'
import { readSecret } from './endpoint-settings.ts'
import { readChoice, readLine, readCount, readText } from '../values/simple.ts'
import { readHttpUrl } from '../values/urls.ts'
import { findSecretsInCommand } from '../secrets.ts'

const group = 'Control'

/** What the endpoint is measured beside. */
export const CONTROL_SETTINGS = {
  /** Null: the endpoint is measured alone. Without user info. May hold a query, which is never shown. */
  control: defineSetting({
    name: 'control',
    group,
    help: 'URL of a deployment of main, or of one that nobody changes: measured beside the endpoint, level by level, so that what both share (the hour, the network, the machine) is no difference. It gets the same key, headers and requests',
    placeholder: 'URL',
    default: null,
    derived: 'none: the endpoint is measured alone',
    inputOnly: true,
    read: readHttpUrl,
  }),
  controlApiKey: defineSetting({
    name: 'control-api-key',
    group,
    help: 'The key of the control, from a secret, where it has another than the endpoint; never in a config file',
    placeholder: 'KEY',
    default: null,
    derived: 'api-key',
    env: 'PLATEAU_CONTROL_API_KEY',
    secret: true,
    flagOnly: true,
    read: readSecret,
  }),
  controlModel: defineSetting({
    name: 'control-model',
    group,
    help: 'The model to ask the control for, where it has another name there',
    placeholder: 'NAME',
    default: null,
    derived: 'model',
    read: readLine,
  }),
  controlTiming: defineSetting({
    name: 'control-timing',
    group,
    help: 'turns: one is idle while the other is loaded; together: both are loaded at the same moment, in half the time, for two that share no hardware, which single requests check first',
    placeholder: 'WORD',
    default: 'turns',
    read: readChoice(['turns', 'together']),
  }),
}

/** A command to run here comes only from whoever starts the program: never from a file in a repository. */
const ofWhoeverStarts = {
  group: 'Sessions',
  flagOnly: true,
  notInFile: 'a file that others can change must not say what is run here',
} as const

const ofCommand = {
  ...ofWhoeverStarts,
  placeholder: 'COMMAND',
  default: null,
  secret: true,
  secretsIn: findSecretsInCommand,
  read: readCommand,
} as const

/** The commands that start both sides anew for each session, and how many sessions there are. */
export const SESSION_SETTINGS = {
  candidateCommand: defineSetting({
    name: 'candidate-command',
    help: 'Command that starts the server to be measured at endpoint, in the foreground; it is ended with all its children. From inputs and flags only, and never for a fork',
    derived: 'none: the endpoint is there',
    ...ofCommand,
  }),
  controlCommand: defineSetting({
    name: 'control-command',
    help: 'Command that starts what it is compared with, on the same machine: each session starts one, measures it, ends it, and then the other. At control, or without it at endpoint: one port is enough',
    derived: 'none',
    ...ofCommand,
  }),
  redeployCommand: defineSetting({
    name: 'redeploy-command',
    help: 'Command that deploys endpoint and control anew, for deployments elsewhere: run to its end before each session, within ready-timeout',
    derived: 'none: nothing is deployed anew, and there is one session',
    ...ofCommand,
  }),
  sessions: defineSetting({
    name: 'sessions',
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
