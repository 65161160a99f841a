/** `node simulate.ts FLAG…`: `plateau simulate` with all servers of the tests, for what needs one in a process of its own. */
import { serveSimulated } from '../../src/shell/serve-simulated.ts'
import { createInterruptSignal } from '../../src/shell/interrupt.ts'
import { WITNESSES } from './repertoire.ts'

const out = (text: string): void => void process.stdout.write(text)
await serveSimulated(process.argv.slice(2), { env: {}, out, signal: createInterruptSignal() }, WITNESSES)
