import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** The open connections of this process's servers, as the server has them; one that TLS has taken over counts no bytes. */
const serverSockets = new Set<Socket>()
/** The open connections of this process's clients, by the ports of both ends: to two servers at a time the system gives two clients one port. */
const clientSockets = new Map<string, Socket>()

subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  serverSockets.add(socket)
  socket.once('close', () => serverSockets.delete(socket))
})
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  socket.once('connect', () => {
    const ends = nameEnds(socket.localPort, socket.remotePort)
    clientSockets.set(ends, socket)
    socket.once('close', () => {
      // The next one may have them already.
      if (clientSockets.get(ends) === socket) clientSockets.delete(ends)
    })
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
  const client = clientSockets.get(nameEnds(socket.remotePort, socket.localPort))
  return (client?.bytesRead ?? 0) >= socket.bytesWritten
}

function nameEnds(clientPort: number | undefined, serverPort: number | undefined): string {
  return `${clientPort} ${serverPort}`
}
