import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createConnector } from '../../../src/load/transport/socket-client.ts'
import { selfSigned } from '../../support/certificate.ts'
import { freePort } from '../../support/http-server.ts'

const CERTIFICATE = selfSigned()

/** The port that a server listens on; its sockets are closed with the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function connectorTo(origin: string, connectTimeoutMs = 10_000) {
  const connector = createConnector({ origin, caCert: CERTIFICATE.cert, connectTimeoutMs })
  onTestFinished(() => connector.destroy())
  return connector
}

/** What becomes of a socket that is opened, and what it reads. */
async function open(connector: ReturnType<typeof createConnector>) {
  const buffer = Buffer.alloc(1024)
  let hear: (text: string) => void
  const read = new Promise<string>((resolve) => (hear = resolve))
  const opened = await new Promise<Socket | Error>((resolve) => {
    const takeRead = (length: number, bytes: Uint8Array) => {
      hear(Buffer.from(bytes).toString('utf8', 0, length))
      return true
    }
    connector.connect({ buffer, callback: takeRead }, resolve)
  })
  return { opened, read }
}

test('a later socket of a connection resumes the TLS session of the one before', async () => {
  const reused: boolean[] = []
  const server = createTlsServer(CERTIFICATE, (socket) => {
    reused.push(socket.isSessionReused())
    socket.on('error', () => {}).write('hello')
  })
  const connector = connectorTo(`https://localhost:${await listen(server)}`)
  const first = await open(connector)
  await once(first.opened as Socket, 'session')
  expect(await first.read).toBe('hello')
  ;(first.opened as Socket).destroy()
  expect(await (await open(connector)).read).toBe('hello')
  expect(reused).toEqual([false, true])
})

test('a server that takes the connection and says nothing of TLS ends it after the time that connecting may take', async () => {
  const port = await listen(createServer(() => {}))
  const { opened } = await open(connectorTo(`https://localhost:${port}`, 50))
  expect(opened).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })
})

test('a server that hangs up while TLS is agreed on, and one that is not there, are errors', async () => {
  const port = await listen(createServer((socket) => socket.destroy()))
  const { opened } = await open(connectorTo(`https://localhost:${port}`))
  expect(opened).toMatchObject({ code: 'ECONNRESET' })
  const refused = await open(connectorTo(`http://127.0.0.1:${await freePort()}`))
  expect(refused.opened).toMatchObject({ code: 'ECONNREFUSED' })
})
