import type { Clock } from '../ports.ts'
import { createConnector, SocketClient } from './socket-client.ts'
import type { ConnectionOptions, WireHandler } from './socket-client.ts'
import type { WireRequest } from './request-writer.ts'

/** One worker's own connection to the endpoint. */
export interface Connection {
  /** Sends a request of this worker, one at a time. */
  dispatch(request: WireRequest, handler: WireHandler): void
  /** Takes the cost of the last connect (DNS + TCP + TLS, milliseconds), or null when none happened since the last call. */
  takeConnectMs(): number | null
  /** Number of requests written to the current socket. */
  requestsOnSocket: number
  /** Whether the last request was written to a reused socket. */
  reused: boolean
  destroy(): Promise<void>
}

/** Memory that many connections share for reads: each read is processed before the next. */
type ReadBuffer = Buffer<ArrayBuffer>

const READ_BYTES = 65_536

/** Creates the memory for the reads of connections. */
export function createReadBuffer(): ReadBuffer {
  return Buffer.allocUnsafeSlow(READ_BYTES)
}

/**
 * One HTTP/1.1 connection, opened by the first request and kept warm. HTTP/2 is never negotiated: it would carry all
 * workers over one TCP connection and silently limit them. Connections through a proxy are undici's, which is loaded
 * only then: loading it takes a quarter of a command's start. `clock` measures how long connecting takes.
 */
export async function openConnection(
  options: ConnectionOptions,
  clock: Pick<Clock, 'now'>,
  buffer: ReadBuffer,
): Promise<Connection> {
  let connectMs: number | null = null
  const connection = {
    requestsOnSocket: 0,
    reused: false,
    takeConnectMs() {
      const taken = connectMs
      connectMs = null
      return taken
    },
  }
  const noteConnect = (tookMs: number): void => {
    connectMs = tookMs
    connection.requestsOnSocket = 0
  }

  if (options.proxy !== null) {
    const { openProxied } = await import('./dispatcher.ts')
    return Object.assign(connection, openProxied(options, clock, noteConnect))
  }
  const connector = createConnector(options)
  const client = new SocketClient((takeRead, callback) => {
    const from = clock.now()
    // Every read goes into the same memory, and is delivered at once.
    connector.connect({ buffer, callback: takeRead }, (opened) => {
      if (!(opened instanceof Error)) noteConnect(clock.now() - from)
      callback(opened)
    })
  }, clock)
  return Object.assign(connection, {
    dispatch: (request: WireRequest, handler: WireHandler) => client.dispatch(request, handler),
    async destroy() {
      connector.destroy()
      client.destroy()
    },
  })
}
