/** The entry of the action. */
import { startAction } from './action.ts'
import { systemPorts } from './shell/system-ports.ts'

startAction({ system: systemPorts })
