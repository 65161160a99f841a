import type { FailureClass } from './failure-classes.ts'

/** What can be wrong with a connection, or with the HTTP that comes over it. */
interface ConnectionTrouble {
  readonly failure: FailureClass
  /** Half a sentence: what can be known without looking at the server. */
  readonly what: string
  /** Half a sentence. */
  readonly remedy: string
  /** Waiting may help: a server that is starting refuses, resets or stays silent. The others do not go away. */
  readonly passes?: true
}

const CHAIN = 'have the server send its whole chain (fullchain.pem); a private authority goes into `ca-cert`'
const BROKEN = 'fix whatever writes it, the server or a proxy in front of it; `curl -v` shows its head'

/** Each trouble in our own words: the messages of Node and OpenSSL name their own flags and source files. */
export const CONNECTION_TROUBLES = {
  refused: {
    failure: 'connect',
    what: 'the connection was refused',
    remedy: 'check host and port, and that the server is running',
    passes: true,
  },
  'unknown-host': {
    failure: 'connect',
    what: 'the host is unknown',
    remedy: 'check the host name of `endpoint`',
  },
  'no-lookup': {
    failure: 'connect',
    what: 'no name server answers for the host',
    remedy: 'check the network and the name servers of this machine, and the host name of `endpoint`',
  },
  unreachable: {
    failure: 'connect',
    what: 'the host cannot be reached from here',
    remedy: 'check host and network; `proxy` if one is needed',
    passes: true,
  },
  'no-connection': {
    failure: 'connect',
    what: 'there was no connection in time',
    remedy: 'check host and port; a firewall may drop what is sent; `proxy` if one is needed',
    passes: true,
  },
  closed: {
    failure: 'connect',
    what: 'the connection was closed before an answer came',
    remedy: 'look at the log of the server, or of the proxy in front of it',
    passes: true,
  },
  'other-connection': {
    failure: 'connect',
    what: 'no connection to the endpoint',
    remedy: 'check host, port and network; `proxy` if one is needed',
    passes: true,
  },
  unsendable: {
    failure: 'connect',
    what: 'the request cannot be sent',
    remedy: 'check `endpoint`, `headers` and `proxy` for what HTTP does not allow',
  },
  'proxy-refused': {
    failure: 'connect',
    what: 'the proxy refused the connection',
    remedy: 'check host and port of `proxy`, and that it is running',
    passes: true,
  },
  'proxy-unknown': {
    failure: 'connect',
    what: 'the host of the proxy is unknown',
    remedy: 'check the host name of `proxy`',
  },
  'proxy-unreachable': {
    failure: 'connect',
    what: 'the proxy cannot be reached',
    remedy: 'check host and port of `proxy`, and the network',
    passes: true,
  },
  'proxy-password': {
    failure: 'connect',
    what: 'the proxy requires a login, and does not accept the one in `proxy` (407)',
    remedy: 'write user and password into `proxy`: http://user:password@host:port',
  },
  'proxy-forbids': {
    failure: 'connect',
    what: 'the proxy does not lead to the endpoint',
    remedy: 'check that `proxy` is a proxy, and that it may lead there; or leave `proxy` out',
  },
  'proxy-fails': {
    failure: 'connect',
    what: 'the proxy does not reach the endpoint',
    remedy: 'check host and port of `endpoint` as the proxy sees them',
    passes: true,
  },
  'tls-spoken': {
    failure: 'tls',
    what: 'the port speaks TLS, and `endpoint` says http://',
    remedy: 'write https:// in `endpoint`, or check the port',
  },
  'tls-not-spoken': {
    failure: 'tls',
    what: 'the port speaks plain HTTP, without TLS, and `endpoint` says https://',
    remedy: 'write http:// in `endpoint`, or check the port',
  },
  'no-tls': {
    failure: 'tls',
    what: 'the port does not speak TLS, and `endpoint` says https://',
    remedy: 'check the port of `endpoint`; write http:// if it speaks plain HTTP',
  },
  'no-handshake': {
    failure: 'tls',
    what: 'the port takes connections, but does not answer the TLS handshake',
    remedy:
      'look at the log of the server, or of the proxy that ends its TLS; check that the port of `endpoint` speaks TLS',
    passes: true,
  },
  'http2-only': {
    failure: 'parse',
    what: 'the server speaks HTTP/2 only',
    remedy:
      'have the server, or a proxy in front of it, speak HTTP/1.1 too; a gRPC port is not the one of the HTTP API',
  },
  'client-certificate': {
    failure: 'tls',
    what: 'the server wants a client certificate (mTLS)',
    remedy: 'give one with `client-cert` and `client-key`',
  },
  'refused-certificate': {
    failure: 'tls',
    what: 'the server does not accept the client certificate',
    remedy:
      'check that `client-cert` comes from an authority that the server trusts, holds its chain, and has not expired',
  },
  'self-signed': {
    failure: 'tls',
    what: 'the certificate of the server is self-signed, and nobody here trusts it',
    remedy: 'give that certificate in `ca-cert`, or have one issued by an authority',
  },
  'private-authority': {
    failure: 'tls',
    what: 'the certificate of the server comes from a private authority, which nobody here trusts',
    remedy: 'give the certificate of that authority in `ca-cert`',
  },
  'no-chain': {
    failure: 'tls',
    what: 'the certificate of the server leads to no authority known here: an intermediate certificate is missing, or the authority is private',
    remedy: CHAIN,
  },
  expired: {
    failure: 'tls',
    what: 'the certificate of the server, or one that it builds on, has expired',
    remedy: 'renew it, and check the clock of this machine',
  },
  'not-yet-valid': {
    failure: 'tls',
    what: 'the certificate of the server is not valid yet',
    remedy: 'check the clock of this machine, and from when the certificate is valid',
  },
  'wrong-name': {
    failure: 'tls',
    what: 'the certificate of the server is for another name than the host of `endpoint`',
    remedy: 'write the name that is on the certificate in `endpoint`, or have a certificate for this one',
  },
  'bad-certificate': {
    failure: 'tls',
    what: 'the certificate of the server is not accepted',
    remedy: 'have another one issued; `openssl s_client -connect HOST:PORT` shows this one',
  },
  'old-tls': {
    failure: 'tls',
    what: 'the server speaks no version of TLS that is safe',
    remedy: 'have the server, or the proxy in front of it, speak TLS 1.2 or 1.3',
  },
  'unknown-name': {
    failure: 'tls',
    what: 'the server knows no host of this name (SNI)',
    remedy: 'check the host name of `endpoint`',
  },
  handshake: {
    failure: 'tls',
    what: 'the TLS handshake failed',
    remedy: 'check the TLS settings of the server, or of the proxy in front of it',
  },
  'large-headers': {
    failure: 'parse',
    what: 'the headers of the answer are larger than 64 KiB',
    remedy: 'have the server, or the proxy in front of it, send less: cookies, policies, traces',
  },
  'two-lengths': {
    failure: 'parse',
    what: 'the answer breaks HTTP: its head is malformed, as with both Content-Length and Transfer-Encoding, or two of Content-Length',
    remedy: BROKEN,
  },
  'wrong-length': {
    failure: 'parse',
    what: 'the answer breaks HTTP: its body is not as long as Content-Length says',
    remedy: BROKEN,
  },
  'not-http': {
    failure: 'parse',
    what: 'what answers at the port does not speak HTTP',
    remedy: 'check the port of `endpoint`',
  },
  'broken-http': {
    failure: 'parse',
    what: 'the answer breaks HTTP',
    remedy: BROKEN,
  },
} as const satisfies Readonly<Record<string, ConnectionTrouble>>

export type TroubleName = keyof typeof CONNECTION_TROUBLES

/** What is wrong, with what is known of it in this case. */
export interface Trouble {
  readonly name: TroubleName
  /** Shown in brackets after the words of the list; null where they say it all. Text of others, not yet safe to show. */
  readonly detail: string | null
}

/** The trouble of that name. */
export function findTrouble(name: TroubleName): ConnectionTrouble {
  return CONNECTION_TROUBLES[name]
}

/** What is wrong as half a sentence. */
export function describeTrouble({ name, detail }: Trouble): string {
  const { what } = findTrouble(name)
  return detail === null ? what : `${what} (${detail})`
}
