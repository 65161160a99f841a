import type { ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'
import type { SimulatorClock } from './clock.ts'
import { readFaultDurationMs, type Fault } from './faults.ts'

/** Writes the bytes of an answer. */
interface Outlet {
  write(bytes: Buffer): void
  end(bytes: Buffer): void
  /** Sends what `work` writes in one piece. */
  writeAsOne(work: () => void): void
}

/** Writes to a response, each piece at once, compressed or not. */
export function createOutlet(response: ServerResponse, compress: boolean): Outlet {
  if (compress) {
    const gzip = createGzip()
    gzip.on('data', (bytes: Buffer) => {
      if (!response.destroyed) response.write(bytes)
    })
    gzip.on('end', () => response.end())
    return {
      write(bytes) {
        gzip.write(bytes)
        gzip.flush()
      },
      end: (bytes) => void gzip.end(bytes),
      writeAsOne: (work) => work(),
    }
  }
  let apart = true
  return {
    write(bytes) {
      if (bytes.length === 0) return
      response.write(bytes)
      // node:http corks the socket until the next tick; a time stamp is true only if the bytes leave now.
      if (apart) response.socket?.uncork()
    },
    end: (bytes) => void response.end(bytes),
    writeAsOne(work) {
      apart = false
      work()
      apart = true
    },
  }
}

/**
 * A disturbance between an answer and its client: a proxy that holds bytes back, a server that sends more than its
 * API defines.
 */
export interface Disturbance {
  readonly outlet: Outlet
  /** The head has been written. */
  onBegin(): void
  /** Nothing more is written. */
  onEnd(): void
  /** Whether the head waits for the bytes behind it. */
  readonly holdsHead: boolean
}

const HELD_BYTES = 16_384
/** A piece of a line without an end. */
const ENDLESS = Buffer.alloc(65_536, 'x')
const COMMENT = Buffer.from(': OPENROUTER PROCESSING\n\n')
const UNKNOWN_EVENT = Buffer.from('event: simulator.note\ndata: {"type":"simulator.note","note":"for nobody"}\n\n')

/** Puts the fault, if it is one of these, before `outlet`. Faults that write events apply only to streams of events. */
export function applyFault(outlet: Outlet, fault: Fault | null, isEvents: boolean, clock: SimulatorClock): Disturbance {
  const quiet = { onBegin() {}, onEnd() {}, holdsHead: false }
  switch (fault?.kind) {
    case 'buffer-16k':
      return { ...quiet, holdsHead: true, outlet: holdBytes(outlet) }
    case 'unknown-event':
      return { ...quiet, outlet: isEvents ? interruptOnce(outlet) : outlet }
    case 'retry':
      return { ...quiet, outlet: isEvents ? numberEvents(outlet) : outlet }
    case 'comments':
      return isEvents ? commentUntilAnswer(outlet, readFaultDurationMs(fault), clock) : { ...quiet, outlet }
    default:
      return { ...quiet, outlet }
  }
}

/** Sends bytes in large pieces only, as a proxy with a buffer does. */
function holdBytes(outlet: Outlet): Outlet {
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
    writeAsOne: (work) => work(),
  }
}

/** Sends each piece as `change` makes it. */
function changePieces(outlet: Outlet, change: (bytes: Buffer) => Buffer): Outlet {
  return {
    write: (bytes) => outlet.write(change(bytes)),
    end: (bytes) => outlet.end(change(bytes)),
    writeAsOne: (work) => outlet.writeAsOne(work),
  }
}

/** Sends an unknown event, once, after the first piece. */
function interruptOnce(outlet: Outlet): Outlet {
  let pieces = 0
  return changePieces(outlet, (bytes) => (pieces++ === 1 ? Buffer.concat([UNKNOWN_EVENT, bytes]) : bytes))
}

/** Writes an endless line, for as long as the client reads. */
export function writeEndlessly(response: ServerResponse): void {
  const sendMore = (): void => {
    while (!response.destroyed && response.write(ENDLESS)) continue
  }
  response.on('drain', sendMore)
  sendMore()
}

/** Adds `retry:` and `id:` fields, which a stream may have. */
function numberEvents(outlet: Outlet): Outlet {
  let id = 0
  return changePieces(outlet, (bytes) =>
    Buffer.concat([Buffer.from(`${id === 0 ? 'retry: 3000\n' : ''}id: ${++id}\n`), bytes]),
  )
}

/** Sends comments until the answer begins, as a keep-alive. */
function commentUntilAnswer(outlet: Outlet, everyMs: number, clock: SimulatorClock): Disturbance {
  let stop = (): void => {}
  function comment(): void {
    outlet.write(COMMENT)
    stop = clock.after(everyMs, comment)
  }
  return {
    holdsHead: false,
    onBegin: comment,
    onEnd: () => stop(),
    outlet: changePieces(outlet, (bytes) => {
      stop()
      return bytes
    }),
  }
}
