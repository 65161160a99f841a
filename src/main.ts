/** The entry of the action. */
import { startAction } from './action.ts'
import { createSystemPorts } from './shell/system-ports.ts'

startAction({ system: createSystemPorts })
