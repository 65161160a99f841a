import type { ServerResponse } from 'node:http'
import type { SimulatorClock } from './clock.ts'
import { faultDurationMs, type Fault, type GATEWAY_DEEDS } from './faults.ts'
import type { Outlet } from './outlet.ts'

/** What stands between an answer and its client: a proxy that holds bytes back, a server that says more than its API. */
export interface Disturbance {
  readonly outlet: Outlet
  /** The head has been written. */
  begun(): void
  /** Nothing more is written. */
  ended(): void
  /** Whether the head waits for the bytes behind it. */
  readonly holdsHead: boolean
}

const HELD_BYTES = 16_384
/** A piece of a line without an end. */
const ENDLESS = Buffer.alloc(65_536, 'x')
const COMMENT = Buffer.from(': OPENROUTER PROCESSING\n\n')
const UNKNOWN_EVENT = Buffer.from('event: simulator.note\ndata: {"type":"simulator.note","note":"for nobody"}\n\n')

/** Puts the fault, if it is one of these, before `outlet`. Those that write events of their own do so in streams of events only. */
export function disturb(outlet: Outlet, fault: Fault | null, isEvents: boolean, clock: SimulatorClock): Disturbance {
  const quiet = { begun() {}, ended() {}, holdsHead: false }
  switch (fault?.kind) {
    case 'buffer-16k':
      return { ...quiet, holdsHead: true, outlet: holdingOutlet(outlet) }
    case 'unknown-event':
      return { ...quiet, outlet: isEvents ? interruptedOutlet(outlet) : outlet }
    case 'retry':
      return { ...quiet, outlet: isEvents ? numberedOutlet(outlet) : outlet }
    case 'comments':
      return isEvents ? commenting(outlet, faultDurationMs(fault), clock) : { ...quiet, outlet }
    default:
      return { ...quiet, outlet }
  }
}

/** Lets bytes go in large pieces only, as a proxy with a buffer does. */
function holdingOutlet(outlet: Outlet): Outlet {
  let held: Buffer[] = []
  let bytes = 0
  return {
    write(more) {
      held.push(more)
      bytes += more.length
      if (bytes < HELD_BYTES) return
      outlet.write(Buffer.concat(held))
      held = []
      bytes = 0
    },
    end: (more) => outlet.end(Buffer.concat([...held, more])),
    together: (work) => work(),
  }
}

/** Says something that nobody knows, once, after the first piece. */
function interruptedOutlet(outlet: Outlet): Outlet {
  let pieces = 0
  const interrupted = (bytes: Buffer): Buffer => (pieces++ === 1 ? Buffer.concat([UNKNOWN_EVENT, bytes]) : bytes)
  return {
    write: (bytes) => outlet.write(interrupted(bytes)),
    end: (bytes) => outlet.end(interrupted(bytes)),
    together: (work) => outlet.together(work),
  }
}

/** Writes a line that goes on for as long as the client reads it. */
export function writeEndlessly(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(ENDLESS)) continue
  }
  response.on('drain', more)
  more()
}

/** Says how long to wait before coming back, and numbers the events: fields that a stream may have and nobody needs. */
function numberedOutlet(outlet: Outlet): Outlet {
  let id = 0
  const numbered = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${id === 0 ? 'retry: 3000\n' : ''}id: ${++id}\n`), bytes])
  return {
    write: (bytes) => outlet.write(numbered(bytes)),
    end: (bytes) => outlet.end(numbered(bytes)),
    together: (work) => outlet.together(work),
  }
}

/** Comments until the answer begins, so that nobody takes the silence for an end. */
function commenting(outlet: Outlet, everyMs: number, clock: SimulatorClock): Disturbance {
  let stop = (): void => {}
  function comment(): void {
    outlet.write(COMMENT)
    stop = clock.after(everyMs, comment)
  }
  return {
    holdsHead: false,
    begun: comment,
    ended: () => stop(),
    outlet: {
      write(bytes) {
        stop()
        outlet.write(bytes)
      },
      end(bytes) {
        stop()
        outlet.end(bytes)
      },
      together: (work) => outlet.together(work),
    },
  }
}

const GATEWAY: Readonly<Record<(typeof GATEWAY_DEEDS)[number], readonly (readonly [name: string, value: string])[]>> = {
  retries: [['x-litellm-attempted-retries', '2']],
  fallbacks: [['x-litellm-attempted-fallbacks', '1']],
  cached: [
    ['x-litellm-cache-key', 'simulated'],
    ['x-cache', 'HIT'],
  ],
}

/** What a gateway says in headers of what it did with a request; none without that fault. */
export function gatewayHeaders(fault: Fault | null): readonly (readonly [name: string, value: string])[] {
  return fault?.kind === 'gateway' ? GATEWAY[fault.argument as keyof typeof GATEWAY] : []
}
