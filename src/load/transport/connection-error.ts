import { describeTrouble, findTrouble } from '../../vocabulary/connection-troubles.ts'
import type { Trouble, TroubleName } from '../../vocabulary/connection-troubles.ts'
import { HttpSyntaxError } from './response-head.ts'
import type { ClientFailure, FailureClass } from '../../vocabulary/failure-classes.ts'

/** Errors that name a limit of the measuring machine, which no server can cause. */
const CLIENT_CODES: Readonly<Record<string, ClientFailure>> = {
  EMFILE: 'client_files',
  ENFILE: 'client_files',
  EADDRNOTAVAIL: 'client_ports',
  EADDRINUSE: 'client_ports',
  ENOBUFS: 'client_memory',
  ENOMEM: 'client_memory',
  EAI_MEMORY: 'client_memory',
  ERR_MEMORY_ALLOCATION_FAILED: 'client_memory',
}

/** What was known about a connection when it failed. */
export interface ConnectionState {
  /** Whether the answer had begun. */
  readonly headersSeen: boolean
  /** Whether it went to a proxy. */
  readonly proxied: boolean
  /** Whether a client certificate was given. */
  readonly certified: boolean
  /** Whether this machine cannot open more files: then host names cannot be resolved, and the error does not say why. */
  readonly outOfFiles: () => boolean
}

/** What an error of a connection means. */
export interface ConnectionFailure {
  readonly failure: FailureClass
  /** Null for an answer that broke off, and for failures of this machine. */
  readonly trouble: Trouble | null
  /** A message; our own words when there is a trouble. */
  readonly message: string
}

/** Finds whose failure an error of a connection is, and what is wrong. Uses codes, because Node's messages change. */
export function readConnectionError(error: Error, state: ConnectionState): ConnectionFailure {
  const codes = listCodes(error)
  const [code] = codes
  const ours = codes.find((one) => one in CLIENT_CODES)
  if (ours !== undefined) return { failure: CLIENT_CODES[ours]!, trouble: null, message: error.message }
  if (isLookup(code!) && state.outOfFiles()) {
    return {
      failure: 'client_files',
      trouble: null,
      message: `${error.message}, because no more files may be opened (EMFILE)`,
    }
  }
  const trouble = readHttpTrouble(code!, error, state) ?? readTlsTrouble(code!, error, state)
  if (trouble !== null) return stateTrouble(trouble)
  if (state.headersSeen) return { failure: 'incomplete', trouble: null, message: error.message }
  return stateTrouble((state.proxied ? readProxyTrouble(code!, error) : null) ?? readNetworkTrouble(code!, error))
}

/** An error with undici's code for it, so that the tables here cover both, because undici carries requests through a proxy. */
export function createWireError(code: `UND_ERR_${string}`, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** A trouble as a failure, with its class and words. */
export function stateTrouble(trouble: Trouble): ConnectionFailure {
  return { failure: findTrouble(trouble.name).failure, trouble, message: describeTrouble(trouble) }
}

/** How servers and proxies refuse a wrong kind of connection in HTTP, by status. */
const REFUSALS: readonly { readonly status: number; readonly says: RegExp; readonly name: TroubleName }[] = [
  // nginx, Go, Apache, Tomcat
  {
    status: 400,
    says: /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|plain HTTP to an SSL|requires TLS/i,
    name: 'tls-spoken',
  },
  { status: 400, says: /No required SSL certificate was sent|The SSL certificate error/i, name: 'client-certificate' },
  { status: 426, says: /\bh2c?\b|HTTP\/2/i, name: 'http2-only' },
  { status: 426, says: /\bTLS\b/i, name: 'tls-spoken' },
  // An AWS load balancer whose targets speak HTTP/2.
  { status: 464, says: /^/, name: 'http2-only' },
  { status: 505, says: /^/, name: 'http2-only' },
]

/** A server that wants a certificate, or another one. */
export function nameCertificateTrouble(certified: boolean): TroubleName {
  return certified ? 'refused-certificate' : 'client-certificate'
}

/** The connection trouble that an answer with this status complains about; null for others. `upgrade` is its header. */
export function readRefusedConnection(
  status: number,
  {
    upgrade,
    body,
    certified,
  }: { readonly upgrade: string | undefined; readonly body: string; readonly certified: boolean },
): Trouble | null {
  const found = REFUSALS.find((each) => each.status === status && each.says.test(`${upgrade ?? ''} ${body}`))
  if (found === undefined) return null
  const name = found.name === 'client-certificate' ? nameCertificateTrouble(certified) : found.name
  return { name, detail: `it answers ${status}` }
}

/**
 * The code of an error, or its name if it has none (messages change, codes and names do not), and those of inner
 * errors: an unreachable host with several addresses fails with one error for each, and a wrapping error names its
 * cause.
 */
function listCodes(error: Error): string[] {
  const { code, name, errors, cause } = error as Error & { code?: unknown; errors?: unknown }
  const behind = [...(Array.isArray(errors) ? (errors as unknown[]) : []), cause].filter((one) => one instanceof Error)
  return [typeof code === 'string' ? code : name, ...behind.flatMap(listCodes)]
}

/** Whether the bytes begin like those of an HTTP/2 server: with the head of a SETTINGS or GOAWAY frame. */
export function isHttp2(bytes: string): boolean {
  return bytes.startsWith('\0') && (bytes[3] === '\x04' || bytes[3] === '\x07')
}

function isLookup(code: string): boolean {
  return code === 'ENOTFOUND' || code.startsWith('EAI_')
}

function nameTrouble(name: TroubleName): Trouble {
  return { name, detail: null }
}

/** The longest quote of something that is not HTTP. */
const QUOTED = 24
const LONGEST_NAMES = 100

function readHttpTrouble(code: string, error: Error, { headersSeen }: ConnectionState): Trouble | null {
  if (error instanceof HttpSyntaxError) return readSyntaxTrouble(error)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return nameTrouble('large-headers')
  // The parser reports this for every error after a Content-Length.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return nameTrouble(headersSeen ? 'wrong-length' : 'two-lengths')
  // It fails on a switch of protocols that was not asked for.
  if (code === 'ERR_ASSERTION' || /^bad (upgrade|response)$/.test(error.message)) return nameTrouble('broken-http')
  if (code !== 'HTTPParserError' && !code.startsWith('HPE_')) return null
  const { data } = error as Error & { data?: unknown }
  const rest = typeof data === 'string' ? data : ''
  const reason = /\(([^)]*)\)$/.exec(error.message)?.[1] ?? code
  if (headersSeen || !reason.startsWith('Expected HTTP')) return { name: 'broken-http', detail: reason }
  return readForeignProtocol(rest)
}

function readSyntaxTrouble({ kind, beginning, message }: HttpSyntaxError): Trouble {
  if (kind !== 'syntax') return nameTrouble(kind)
  return beginning === null ? { name: 'broken-http', detail: message } : readForeignProtocol(beginning)
}

/** What the other end is when it is not an HTTP/1.1 server. */
export function readForeignProtocol(beginning: string): Trouble {
  if (isHttp2(beginning)) return nameTrouble('http2-only')
  // A TLS alert.
  if (beginning.startsWith('\x15\x03')) return nameTrouble('tls-spoken')
  return { name: 'not-http', detail: `it says "${beginning.slice(0, QUOTED)}"` }
}

const CERTIFICATES: Readonly<Record<string, TroubleName>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'private-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'private-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'private-authority',
  CERT_UNTRUSTED: 'private-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'no-chain',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  HOSTNAME_MISMATCH: 'wrong-name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  UND_ERR_PRX_TLS: 'wrong-name',
}

const HANDSHAKES: readonly (readonly [code: RegExp, name: TroubleName])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_TOO_SMALL/, 'no-tls'],
  [/NO_APPLICATION_PROTOCOL/, 'http2-only'],
  // If no certificate was sent, such a complaint asks for one.
  [/ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/, 'client-certificate'],
  [/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNKNOWN_PROTOCOL|NO_PROTOCOLS_AVAILABLE/, 'old-tls'],
  [/UNRECOGNIZED_NAME/, 'unknown-name'],
]

function readTlsTrouble(code: string, error: Error, { certified }: ConnectionState): Trouble | null {
  const certificate = CERTIFICATES[code]
  if (certificate !== undefined) return { name: certificate, detail: describeNames(error) }
  if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code)) {
    const name = HANDSHAKES.find(([one]) => one.test(code))?.[1]
    if (name === 'client-certificate') return nameTrouble(nameCertificateTrouble(certified))
    return name === undefined ? { name: 'handshake', detail: code } : nameTrouble(name)
  }
  // OpenSSL's errors about certificates: CERT_REVOKED, INVALID_PURPOSE, CA_MD_TOO_WEAK and the like.
  if (/^(CERT_|CRL_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|CA_|EE_|ERROR_IN_CERT)/.test(code)) {
    return { name: 'bad-certificate', detail: code }
  }
  return null
}

/** The names on a certificate, if its error has it. */
function describeNames(error: Error): string | null {
  const { cert } = error as Error & { cert?: { readonly subjectaltname?: unknown } }
  const names = typeof cert?.subjectaltname === 'string' ? cert.subjectaltname : ''
  return names === '' ? null : `it is for ${names.replace(/\b(DNS|IP Address):/g, '').slice(0, LONGEST_NAMES)}`
}

function readProxyTrouble(code: string, { message }: Error): Trouble | null {
  const status = Number(/^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message)?.[1] ?? 0)
  if (status === 407) return nameTrouble('proxy-password')
  if (status > 0) return { name: status < 500 ? 'proxy-forbids' : 'proxy-fails', detail: `it answers ${status}` }
  const { name, detail } = readNetworkTrouble(code, null)
  if (name === 'refused') return nameTrouble('proxy-refused')
  if (name === 'unknown-host' || name === 'no-lookup') return nameTrouble('proxy-unknown')
  if (name === 'unreachable' || name === 'no-connection') return { name: 'proxy-unreachable', detail }
  return null
}

function readNetworkTrouble(code: string, error: Error | null): Trouble {
  if (code === 'ECONNREFUSED') return nameTrouble('refused')
  if (code === 'EAI_AGAIN') return { name: 'no-lookup', detail: code }
  if (isLookup(code)) return nameTrouble('unknown-host')
  if (/^(EHOST|ENET)(UNREACH|DOWN)$|^E(ACCES|PERM)$/.test(code)) return { name: 'unreachable', detail: code }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return nameTrouble('no-connection')
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') return nameTrouble('closed')
  if (/^UND_ERR_(INVALID|NOT_SUPPORTED)/.test(code)) return { name: 'unsendable', detail: error?.message ?? code }
  return { name: 'other-connection', detail: code }
}
