import type { SystemPorts } from '../shell/system-ports.ts'
import type { Environment } from '../settings/reading/environment.ts'
import type { Output } from './output.ts'
import type { SimulatedServer } from './simulated-server.ts'

/** What a command needs from the process it runs in. */
export interface CommandPorts {
  readonly env: Environment
  readonly output: Output
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal
}

/** What a command that measures needs. */
export interface MeasuringPorts extends CommandPorts, Surroundings {}

/** What a measurement meets outside: the command has the real one unless it is handed another. */
export interface Surroundings {
  /** What measuring needs of the system; called once for each measurement, before it begins. */
  readonly system: (env: Environment) => SystemPorts
  /** Starts a simulated endpoint with these flags of `plateau simulate`. */
  readonly startServer: (flags: readonly string[]) => Promise<SimulatedServer>
}
