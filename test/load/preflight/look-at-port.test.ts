import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsOptions } from 'node:tls'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { describe, expect, onTestFinished, test } from 'vitest'
import { EndpointError } from '../../../src/errors.ts'
import { lookAtPort } from '../../../src/load/preflight/look-at-port.ts'
import { waitUntilReady } from '../../../src/load/preflight/readiness.ts'
import { chatAnswer, sendJson, sendStream } from '../../support/answers.ts'
import { issue, selfSigned } from '../../support/certificate.ts'
import { anExchange } from '../../support/exchanges.ts'
import type { Certificate } from '../../support/certificate.ts'
import { serve, serveRaw } from '../../support/http-server.ts'
import { testPorts } from '../../support/readiness-ports.ts'
import { settingsFor } from '../../support/run-settings.ts'

const OWN = selfSigned()
const AUTHORITY = selfSigned({ name: 'Test Authority', altNames: 'DNS:authority.example' })
const BETWEEN = issue(AUTHORITY, { name: 'Test Between', altNames: 'DNS:between.example', isAuthority: true })
const LEAF = issue(BETWEEN)

/** What the run ends with, and that nobody waited before. */
async function troubleOf(
  endpoint: string,
  flags: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<EndpointError> {
  const ports = testPorts()
  const files = { 'own.pem': OWN.cert, 'authority.pem': AUTHORITY.cert, ...more }
  const settings = settingsFor(endpoint, ['--model', 'm', ...flags], files)
  const outcome: unknown = await waitUntilReady(settings, ports).catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(EndpointError)
  const { what, remedy, message } = outcome as EndpointError
  expect(ports.pauses, what).toEqual([])
  expect(message, 'words of ours only').not.toMatch(/--use-system-ca|SSL routines|ERR_|UND_|Node/)
  expect(remedy).not.toMatch(/host and port/)
  return outcome as EndpointError
}

async function listenOn(server: Server): Promise<number> {
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function serveTls(certificate: Certificate, options: TlsOptions = {}): Promise<string> {
  const server = createHttpsServer({ ...certificate, ...options }, (request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'GET') sendJson(response, 200, { data: [{ id: 'listed' }] })
      else sendStream(response, chatAnswer(8))
    })
  })
  return `https://127.0.0.1:${await listenOn(server)}`
}

describe('a port that speaks something else is named, and not waited for', () => {
  test('TLS, spoken to in plain: the connection is closed, and the port tried in TLS', async () => {
    const url = (await serveTls(OWN)).replace('https:', 'http:')
    const { what, remedy } = await troubleOf(url)
    expect(what).toBe('the port speaks TLS, and `endpoint` says http://')
    expect(remedy).toContain('https://')
  })

  test('TLS, spoken to in plain: it answers with an alert, or in HTTP', async () => {
    const alert = await serveRaw((socket) =>
      socket.on('data', () => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 10]))),
    )
    const words = 'Client sent an HTTP request to an HTTPS server.'
    const polite = await serve((response) => response.writeHead(400, { 'content-type': 'text/plain' }).end(words))
    for (const { url } of [alert, polite]) {
      expect((await troubleOf(url)).what).toMatch(/^the port speaks TLS, and `endpoint` says http:/)
    }
  })

  test('plain HTTP, spoken to in TLS', async () => {
    const { url } = await serve((response) => sendStream(response, chatAnswer(8)))
    const { what, remedy } = await troubleOf(url.replace('http:', 'https:'))
    expect(what).toBe('the port speaks plain HTTP, without TLS, and `endpoint` says https://')
    expect(remedy).toContain('http://')
  })

  test('plain HTTP, spoken to in TLS: it closes, and is tried in plain', async () => {
    const { url } = await serveRaw((socket) => {
      socket.once('data', (bytes: Buffer) => {
        socket.end(bytes[0] === 0x16 ? '' : 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      })
    })
    const { what } = await troubleOf(url.replace('http:', 'https:'))
    expect(what).toMatch(/^the port speaks plain HTTP, without TLS/)
  })

  test('HTTP/2 only, over TLS', async () => {
    const server = createSecureServer({ ...OWN, allowHTTP1: false })
    const { what } = await troubleOf(`https://127.0.0.1:${await listenOn(server)}`, ['--ca-cert', 'own.pem'])
    expect(what).toBe('the server speaks HTTP/2 only')
  })

  test('HTTP/2 only, in clear: it answers in frames', async () => {
    const server = createHttp2Server()
    const { what, remedy } = await troubleOf(`http://127.0.0.1:${await listenOn(server)}`)
    expect(what).toBe('the server speaks HTTP/2 only')
    expect(remedy).toContain('HTTP/1.1')
  })

  test('HTTP/2 only, in clear: it closes, and answers who begins as HTTP/2 does', async () => {
    const { url } = await serveRaw((socket) => {
      socket.once('data', (bytes: Buffer) => {
        socket.end(bytes.toString('latin1').startsWith('PRI ') ? Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]) : '')
      })
    })
    expect((await troubleOf(url)).what).toBe('the server speaks HTTP/2 only')
  })

  test('no HTTP at all, with how it begins', async () => {
    const { url } = await serveRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'))
    expect((await troubleOf(url)).what).toBe(
      'what answers at the port does not speak HTTP (it says "SSH-2.0-OpenSSH_9.6 ")',
    )
  })

  test.each(['http:', 'https:'])('no HTTP and no TLS, with what it says to the two: %s', async (scheme) => {
    const { url } = await serveRaw((socket) => socket.on('data', () => socket.end('-ERR unknown command\r\n')))
    expect((await troubleOf(url.replace('http:', scheme))).what).toBe(
      'what answers at the port does not speak HTTP (it says "-ERR unknown command ")',
    )
  })

  test('a shell, spoken to in TLS', async () => {
    const { url } = await serveRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'))
    expect((await troubleOf(url.replace('http:', 'https:'))).what).toMatch(/does not speak HTTP \(it says "SSH-2\.0/)
  })

  test('no TLS, and nothing else that can be told', async () => {
    const { url } = await serveRaw((socket) => {
      socket.once('data', (bytes: Buffer) => socket.end(bytes[0] === 0x16 ? 'what is this' : ''))
    })
    const { what, remedy } = await troubleOf(url.replace('http:', 'https:'))
    expect(what).toBe('the port does not speak TLS, and `endpoint` says https://')
    expect(remedy).toContain('http://')
  })

  test('old TLS only', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const server = createTlsServer({ ...OWN, ...old }, (socket) => socket.end())
    const { what } = await troubleOf(`https://127.0.0.1:${await listenOn(server)}`, ['--ca-cert', 'own.pem'])
    expect(what).toBe('the server speaks no version of TLS that is safe')
  })
})

describe('a certificate that does not hold is told by its own sentence', () => {
  test('self-signed', async () => {
    const { what, remedy } = await troubleOf(await serveTls(OWN))
    expect(what).toBe('the certificate of the server is self-signed, and nobody here trusts it')
    expect(remedy).toContain('`ca-cert`')
  })

  test('from a private authority, which is named', async () => {
    const { what, remedy } = await troubleOf(await serveTls({ key: LEAF.key, cert: LEAF.cert + BETWEEN.cert }))
    expect(what).toBe(
      'the certificate of the server comes from a private authority, which nobody here trusts (issued by Test Between)',
    )
    expect(remedy).toContain('`ca-cert`')
  })

  test('without the intermediate certificate, whose authority is known', async () => {
    const { what, remedy } = await troubleOf(await serveTls(LEAF), ['--ca-cert', 'authority.pem'])
    expect(what).toMatch(
      /an intermediate certificate is missing, or the authority is private \(issued by Test Between\)$/,
    )
    expect(remedy).toContain('whole chain')
  })

  test('expired, since when', async () => {
    const old = issue(AUTHORITY, { from: '20200101000000Z', to: '20210102000000Z' })
    const { what, remedy } = await troubleOf(await serveTls(old), ['--ca-cert', 'authority.pem'])
    expect(what).toBe('the certificate of the server, or one that it builds on, has expired (on 2021-01-02)')
    expect(remedy).toContain('renew')
  })

  test('not valid yet, from when', async () => {
    const young = issue(AUTHORITY, { from: '20900102000000Z', to: '20910101000000Z' })
    const { what, remedy } = await troubleOf(await serveTls(young), ['--ca-cert', 'authority.pem'])
    expect(what).toBe('the certificate of the server is not valid yet (before 2090-01-02)')
    expect(remedy).toContain('clock')
  })

  test('for another name, which is shown', async () => {
    const other = issue(AUTHORITY, { name: 'other', altNames: 'DNS:other.example,DNS:*.other.example' })
    const { what } = await troubleOf(await serveTls(other), ['--ca-cert', 'authority.pem'])
    expect(what).toMatch(
      /is for another name than the host of `endpoint` \(it is for other\.example, \*\.other\.example\)$/,
    )
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that wants a client certificate, over %s', (version) => {
  const wanting = { requestCert: true, ca: AUTHORITY.cert, minVersion: version, maxVersion: version } as const

  test('is told', async () => {
    const url = await serveTls(OWN, { ...wanting, rejectUnauthorized: true })
    expect((await troubleOf(url, ['--ca-cert', 'own.pem'])).what).toBe('the server wants a client certificate (mTLS)')
  })

  const mine = ['--ca-cert', 'own.pem', '--client-cert', 'client.pem', '--client-key', 'client.key']
  const filesOf = (client: Certificate) => ({
    'own.pem': OWN.cert,
    'client.pem': client.cert,
    'client.key': client.key,
  })

  test('takes the one that it is given, for its pages too', async () => {
    const url = await serveTls(OWN, { ...wanting, rejectUnauthorized: true })
    // Without a name of the model its list is asked for first.
    const settings = settingsFor(url, mine, filesOf(issue(AUTHORITY, { name: 'client' })))
    const { target } = await waitUntilReady(settings, testPorts())
    expect(target.dialect.model).toBe('listed')
  })

  test('and says so of one that it does not know', async () => {
    const url = await serveTls(OWN, { ...wanting, rejectUnauthorized: true })
    const { what, remedy } = await troubleOf(url, mine, filesOf(selfSigned({ name: 'stranger' })))
    expect(what).toBe('the server does not accept the client certificate')
    expect(remedy).toContain('`client-cert`')
  })

  test('but not where it only asks for one', async () => {
    const url = await serveTls(OWN, { ...wanting, rejectUnauthorized: false })
    const settings = settingsFor(url, ['--model', 'm', '--ca-cert', 'own.pem'], { 'own.pem': OWN.cert })
    expect((await waitUntilReady(settings, testPorts())).servedModel).toBe('tiny')
  })
})

test('insecure-tls takes any certificate', async () => {
  const old = issue(AUTHORITY, { altNames: 'DNS:other.example', from: '20200101000000Z', to: '20210102000000Z' })
  for (const certificate of [OWN, LEAF, old]) {
    const settings = settingsFor(await serveTls(certificate), ['--insecure-tls'])
    expect((await waitUntilReady(settings, testPorts())).target.dialect.model).toBe('listed')
  }
})

test('a port that takes connections and never goes on with the handshake is told from one that speaks plain HTTP late', async () => {
  for (const [answer, name] of [
    ['', 'no-handshake'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'tls-not-spoken'],
  ] as const) {
    const [handshake, all] = [new AbortController(), new AbortController()]
    const { url } = await serveRaw((socket) =>
      socket.on('data', (bytes: Buffer) => {
        if (bytes[0] === 0x16) handshake.abort()
        else if (answer === '') all.abort()
        else socket.end(answer)
      }),
    )
    const exchange = anExchange({ failure: 'connect', trouble: { name: 'no-connection', detail: null } })
    const settings = settingsFor(url.replace('http:', 'https:'))
    const deadline = (ms: number) => (ms < 3_000 ? handshake : all).signal
    const seen = await lookAtPort(exchange, settings, { ...testPorts(), deadline })
    expect(seen.trouble).toEqual({ name, detail: null })
  }
})

test('a server that closes all connections is no riddle, and is waited for', async () => {
  const plain = await serveRaw((socket) => socket.once('data', () => socket.end()))
  const tls = createTlsServer(OWN, (socket) => socket.once('data', () => socket.end()).on('error', () => {}))
  for (const url of [plain.url, `https://127.0.0.1:${await listenOn(tls)}`]) {
    const ports = testPorts()
    const ca = url.startsWith('https') ? ['--ca-cert', 'own.pem'] : []
    const settings = settingsFor(url, ['--model', 'm', '--ready-timeout', '1s', ...ca], { 'own.pem': OWN.cert })
    await expect(waitUntilReady(settings, ports)).rejects.toThrow(/^the connection was closed before an answer came\n/)
    expect(ports.pauses).toEqual([500, 500])
  }
})

describe('an answer that breaks HTTP is the server’s or the proxy’s doing, and not waited for', () => {
  const answering = async (head: string, body = ''): Promise<string> => {
    const { url } = await serveRaw((socket) =>
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`)),
    )
    return url
  }
  const CHUNK = '5\r\nhello\r\n0\r\n\r\n'

  test.each([
    [
      'both lengths',
      'content-length: 99\r\ntransfer-encoding: chunked',
      CHUNK,
      /both Content-Length and Transfer-Encoding/,
    ],
    ['two lengths', 'content-length: 5\r\ncontent-length: 6', 'hello', /two of Content-Length/],
    [
      'a length that is no number',
      'content-length: five',
      'hello',
      /^the answer breaks HTTP \(its Content-Length is no number\)/,
    ],
    [
      'a chunk of no size',
      'transfer-encoding: chunked',
      'zz\r\nhello\r\n',
      /^the answer breaks HTTP \(the size of a chunk is no number\)/,
    ],
    [
      'a header with a space',
      'bad header: 1',
      '',
      /^the answer breaks HTTP \(a line of its headers has no name and value\)/,
    ],
  ])('%s', async (_, head, body, says) => {
    const { what, remedy } = await troubleOf(await answering(head, body))
    expect(what).toMatch(says)
    expect(remedy).toContain('a proxy in front')
  })

  test('a switch of protocols that nobody asked for', async () => {
    const { url } = await serveRaw((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n')),
    )
    expect((await troubleOf(url)).what).toMatch(/^the answer breaks HTTP/)
  })

  test('64 KiB of headers are read, and more are named', async () => {
    const headed = async (kib: number): Promise<string> => {
      const headers = Object.fromEntries(Array.from({ length: kib }, (_, at) => [`x-policy-${at}`, 'p'.repeat(1_000)]))
      const { url } = await serve((response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        sendStream(response, chatAnswer(8))
      })
      return url
    }
    const settings = settingsFor(await headed(60), ['--model', 'm'])
    expect((await waitUntilReady(settings, testPorts())).servedModel).toBe('tiny')
    expect((await troubleOf(await headed(70))).what).toBe('the headers of the answer are larger than 64 KiB')
  })
})
