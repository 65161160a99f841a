import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { atEnd } from './cleanup.ts'

/** A proxy on 127.0.0.1 that forwards to anywhere and keeps a list of what it was asked for. */
export interface TestProxy {
  readonly url: string
  /** `CONNECT host:port` or `POST http://host:port/path`. */
  readonly asked: readonly string[]
  /** The `proxy-authorization` of each request. */
  readonly credentials: readonly (string | undefined)[]
}

/** Starts a proxy; it ends with the test. */
export async function startProxy(): Promise<TestProxy> {
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const sockets = new Set<Duplex>()
  const server = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`)
    credentials.push(message.headers['proxy-authorization'])
    const onward = request(message.url!, { method: message.method!, headers: message.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      response.flushHeaders()
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    message.pipe(onward)
  })
  server.on('connect', (message, client) => {
    asked.push(`CONNECT ${message.url}`)
    credentials.push(message.headers['proxy-authorization'])
    const [host, port] = message.url!.split(':')
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(client).pipe(onward)
    })
    for (const socket of [client, onward]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, credentials }
}
