import type { SettingList } from '../settings/setting.ts'
import type { SystemPorts } from '../shell/system-ports.ts'
import type { CommandHelp } from './help.ts'
import type { Output } from './output.ts'

/** What a command needs from the process it runs in. */
export interface CommandPorts {
  readonly env: NodeJS.ProcessEnv
  readonly output: Output
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal
}

/** One command, as it is called by its name. */
export interface Command<Help = CommandHelp> {
  readonly help: Help
  readonly settings: SettingList
  run(argv: readonly string[], ports: MeasuringPorts): Promise<number>
}

/** A simulated endpoint in a process of its own. */
export interface SimulatedServer {
  readonly url: string
  /** Resolves when it has ended, so that its port is free. */
  stop(): Promise<void>
}

/** What a command that measures needs. */
export interface MeasuringPorts extends CommandPorts, Surroundings {}

/** What a measurement needs from outside; the real one unless another is passed. */
export interface Surroundings {
  /** Creates what measuring needs from the system; called once before each measurement. */
  readonly system: (env: NodeJS.ProcessEnv) => SystemPorts
  /** Starts a simulated endpoint with these flags of `plateau simulate`. */
  readonly startServer: (flags: readonly string[]) => Promise<SimulatedServer>
}
