import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { atEnd } from './cleanup.ts'
import { refuse } from './answers.ts'
import type { Certificate } from './certificate.ts'

/** One request as the server saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly httpVersion: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Counts connections from 1. */
  readonly connection: number
}

/** A server on 127.0.0.1 that keeps count of what it was asked; it is closed when the test ends. */
export interface TestServer {
  readonly url: string
  readonly port: number
  readonly requests: readonly Seen[]
  /** Connections opened so far. */
  readonly connections: number
  close(): Promise<void>
}

/** Answers one request; `index` counts them from 0. */
export type Answer = (response: ServerResponse, seen: Seen, index: number) => unknown

/** Serves HTTP, or TLS with HTTP/2 on offer when there is a certificate. */
export async function serve(
  answer: Answer,
  { port = 0, certificate }: { port?: number; certificate?: Certificate } = {},
): Promise<TestServer> {
  const requests: Seen[] = []
  const numbers = new WeakMap<Socket, number>()
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    message.setEncoding('utf8').on('data', (text: string) => (body += text))
    message.on('end', () => {
      const { method = '', url: path = '', httpVersion, headers } = message
      const seen = { method, path, httpVersion, headers, body, connection: numbers.get(message.socket) ?? 0 }
      requests.push(seen)
      answer(response, seen, requests.length - 1)
    })
  }
  const server: Server =
    certificate === undefined
      ? createServer({ keepAliveTimeout: 60_000 }, listener)
      : createSecureServer(
          { ...certificate, allowHTTP1: true },
          listener as unknown as Parameters<typeof createSecureServer>[1],
        )
  let connections = 0
  server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
    numbers.set(socket, ++connections),
  )
  const listening = await listen(server, port)
  return {
    ...listening,
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${listening.port}`,
    requests,
    get connections() {
      return connections
    },
  }
}

/** Serves an API that gives every request this answer, and has no pages. */
export async function serveAlways(answer: (...given: Parameters<Answer>) => unknown): Promise<TestServer> {
  return serve((response, seen, index) =>
    seen.method === 'GET' ? refuse(response, 404, 'no such page') : answer(response, seen, index),
  )
}

/** Serves bytes: for what no HTTP server would do. */
export async function serveRaw(
  onConnection: (socket: Socket, index: number) => void,
): Promise<{ readonly url: string; readonly port: number; close(): Promise<void> }> {
  let connections = 0
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket, connections++)
  })
  const listening = await listen(server, 0)
  return { ...listening, url: `http://127.0.0.1:${listening.port}` }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const { port, close } = await serveRaw(() => {})
  await close()
  return port
}

/** A URL whose host name cannot exist: its first label is too long, so no name server is asked. */
export const UNKNOWN_HOST = `http://${'x'.repeat(64)}.invalid`

async function listen(server: Server, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  atEnd(close)
  return { port: (server.address() as AddressInfo).port, close }
}
