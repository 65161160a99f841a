import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls'
import type { Settings } from '../../settings.ts'
import { codeOf } from '../../errors.ts'
import { addressOf } from '../../text.ts'
import type { Trouble, TroubleName } from '../../vocabulary/connection-troubles.ts'
import { systemDeadline } from '../runtime.ts'
import type { Exchange } from '../ports.ts'
import type { IdentifyPorts } from './identify.ts'
import {
  isHttp2,
  nameCertificateTrouble,
  readConnectionError,
  readForeignProtocol,
  stateTrouble,
} from '../transport/connection-error.ts'

/** For everything that is tried. */
const LONGEST_MS = 3_000
/** For a handshake with a port that may not speak TLS, leaving time to try plain HTTP. */
const LONGEST_HANDSHAKE_MS = 1_500
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'

/** Troubles that a look at the port may explain. */
const UNCLEAR: ReadonlySet<TroubleName> = new Set(['closed', 'no-connection', 'handshake', 'no-tls'])
const ABOUT_CERTIFICATE: ReadonlySet<TroubleName> = new Set([
  'private-authority',
  'no-chain',
  'expired',
  'not-yet-valid',
])

interface LookPorts extends IdentifyPorts {
  readonly wallClock: () => Date
}

/**
 * Finds a more precise trouble for an exchange by connecting in other ways: a port that closes connections may speak
 * TLS or HTTP/2, or want a certificate, which no error tells. Only a GET of `/` without a key is sent, and nothing
 * behind a proxy.
 */
export async function lookAtPort(
  exchange: Exchange,
  settings: Pick<Settings, 'endpoint' | 'proxy' | 'clientPem'>,
  { wallClock, signal, deadline = systemDeadline }: LookPorts,
): Promise<Exchange> {
  const { trouble } = exchange
  if (trouble === null || settings.proxy !== null) return exchange
  const isUnclear = UNCLEAR.has(trouble.name)
  if (!isUnclear && !ABOUT_CERTIFICATE.has(trouble.name)) return exchange
  const until = AbortSignal.any([signal, deadline(LONGEST_MS)])
  const seen = isUnclear
    ? await findCloserTrouble(settings, {
        until,
        handshakeUntil: AbortSignal.any([until, deadline(LONGEST_HANDSHAKE_MS)]),
      })
    : describeCertificate(trouble.name, await shakeHands(settings, until), wallClock())
  return seen === null ? exchange : { ...exchange, trouble: seen, failureMessage: stateTrouble(seen).message }
}

/** Where to connect, with which certificate. */
type LookTarget = Pick<Settings, 'endpoint' | 'clientPem'>

/** How long to look at all, and at a handshake. */
interface Patience {
  readonly until: AbortSignal
  readonly handshakeUntil: AbortSignal
}

async function findCloserTrouble(place: LookTarget, patience: Patience): Promise<Trouble | null> {
  const found = await (place.endpoint.protocol === 'https:' ? findTroubleOfTls : findTroubleOfPlain)(place, patience)
  return typeof found === 'string' ? { name: found, detail: null } : found
}

async function findTroubleOfTls(
  place: LookTarget,
  { until, handshakeUntil }: Patience,
): Promise<TroubleName | Trouble | null> {
  const { endpoint, clientPem } = place
  const { isTls, isSilent, asksForCertificate, said } = await shakeHands(place, handshakeUntil)
  if (asksForCertificate && said === '') return nameCertificateTrouble(clientPem !== null)
  if (isTls) return null
  // Up to TLS 1.2, refusing a client certificate ends the handshake as if TLS were not spoken.
  if (clientPem !== null && (await shakeHands({ endpoint, clientPem: null }, until)).asksForCertificate) {
    return 'refused-certificate'
  }
  const plain = await sayPlainly(endpoint, writeGreeting(endpoint), until)
  if (plain.startsWith('HTTP/')) return 'tls-not-spoken'
  // An alert adds nothing to the handshake.
  if (plain !== '' && !plain.startsWith('\x15\x03')) return readForeignProtocol(plain)
  return isSilent ? 'no-handshake' : null
}

async function findTroubleOfPlain(place: LookTarget, { until }: Patience): Promise<TroubleName | null> {
  const { endpoint } = place
  if ((await shakeHands(place, until)).isTls) return 'tls-spoken'
  return isHttp2(await sayPlainly(endpoint, PREFACE, until)) ? 'http2-only' : null
}

/** What a TLS handshake shows. */
interface Handshake {
  /** It succeeded, or was refused in TLS. */
  readonly isTls: boolean
  /** The port took the connection, but neither continued the handshake nor ended it. */
  readonly isSilent: boolean
  readonly asksForCertificate: boolean
  readonly certificate: PeerCertificate | null
  /** The beginning of the answer to `GET /`, if any. */
  readonly said: string
}

/** Looks at a handshake without trusting it. */
async function shakeHands({ endpoint, clientPem }: LookTarget, signal: AbortSignal): Promise<Handshake> {
  const { host, port } = addressOf(endpoint)
  const options: ConnectionOptions = {
    host,
    port,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
    ...clientPem,
  }
  let isTls = false
  let isSilent = false
  let asksForCertificate = false
  let certificate: PeerCertificate | null = null
  const socket: TLSSocket = connectTls(options)
  const look = (): void => {
    // Shared signature algorithms are known only where the server asked for a certificate.
    asksForCertificate ||= (socket.getSharedSigalgs() ?? []).length > 0
  }
  socket.once('connect', () => (isSilent = true))
  socket.once('secureConnect', () => {
    isTls = true
    isSilent = false
    look()
    certificate = socket.getPeerCertificate()
    socket.write(writeGreeting(endpoint))
  })
  const said = await readFirstBytes(socket, signal, (error) => {
    look()
    isSilent = false
    const name = readConnectionError(error, NOTHING_KNOWN).trouble?.name
    isTls ||= name !== 'no-tls' && codeOf(error)?.startsWith('ERR_SSL') === true
  })
  return { isTls, isSilent, asksForCertificate, certificate, said }
}

const NOTHING_KNOWN = { headersSeen: false, proxied: false, certified: false, outOfFiles: () => false }

async function sayPlainly(endpoint: URL, text: string, signal: AbortSignal): Promise<string> {
  const socket = connect(addressOf(endpoint))
  socket.once('connect', () => socket.write(text, 'latin1'))
  return readFirstBytes(socket, signal, () => {})
}

/** The first bytes that come, one character each; none when the connection ends first, in any way. */
async function readFirstBytes(socket: Socket, signal: AbortSignal, onError: (error: Error) => void): Promise<string> {
  return new Promise((resolve) => {
    const end = (said: string): void => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(said)
    }
    const stop = (): void => end('')
    socket.once('data', (bytes: Buffer) => end(bytes.toString('latin1')))
    socket.on('error', (error) => {
      onError(error)
      end('')
    })
    socket.once('close', stop)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function writeGreeting({ host }: URL): string {
  return `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
}

/** The trouble with a detail from the certificate; null when none was seen. */
function describeCertificate(name: TroubleName, { certificate }: Handshake, now: Date): Trouble | null {
  if (certificate?.issuer === undefined) return null
  const { issuer, valid_from: from, valid_to: to } = certificate
  if (name === 'expired') return Date.parse(to) < now.getTime() ? { name, detail: `on ${toDay(to)}` } : null
  if (name === 'not-yet-valid') return { name, detail: `before ${toDay(from)}` }
  const who = issuer.CN ?? issuer.O
  return who === undefined ? null : { name, detail: `issued by ${[who].flat().join(', ').slice(0, 100)}` }
}

function toDay(date: string): string {
  return new Date(date).toISOString().slice(0, 10)
}
