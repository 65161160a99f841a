import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** The open connections of this process's servers, as the server has them; one that TLS has taken over counts no bytes. */
const serverSockets = new Set<Socket>()
/** The open connections of this process's clients, by their own port. */
const clientSockets = new Map<number, Socket>()

subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  serverSockets.add(socket)
  socket.once('close', () => serverSockets.delete(socket))
})
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  socket.once('connect', () => {
    const port = socket.localPort!
    clientSockets.set(port, socket)
    socket.once('close', () => clientSockets.delete(port))
  })
})

/** Waits until every byte that a server of this process has written has been read by its client, which is in this process too. */
export async function readByClient(): Promise<void> {
  // What is written in one turn reaches the socket with its end. A client works through what it reads in the turn in which it
  // reads, and that turn has ended when an immediate runs.
  do await setImmediate()
  while (![...serverSockets].every(isReadByClient))
}

function isReadByClient(socket: Socket): boolean {
  return (clientSockets.get(socket.remotePort ?? 0)?.bytesRead ?? 0) >= socket.bytesWritten
}
