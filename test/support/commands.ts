import { loadCommands } from '../../src/command.ts'

/** Every command, with its settings. */
export const COMMANDS = (await loadCommands()).map(({ help, settings }) => [help, settings] as const)
