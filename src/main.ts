/** The entry of the action. */
import { startAction } from './action.ts'
import { systemPorts } from './ports.ts'

startAction({ system: systemPorts })
