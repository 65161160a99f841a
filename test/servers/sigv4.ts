import { createHash, createHmac } from 'node:crypto'
import { readHeader, type Proof, type ReceivedRequest } from '../../src/simulator/guard.ts'

/** An access key of AWS. */
export interface AwsKey {
  readonly id: string
  readonly secret: string
}

/** Why a signature is refused, in AWS's words; always 403. */
export interface SignatureProblem {
  /** The exception's name, as `x-amzn-errortype` states it. */
  readonly type: string
  readonly message: string
}

/** Lets requests in that are signed with the access key; throws without one. */
export const awsSignature: Proof = (request, { clientId, clientSecret, nowMs }) => {
  if (clientId === null || clientSecret === null) throw new Error('aws-sigv4 needs an access key id and its secret')
  const problem = signatureProblem(request, { id: clientId, secret: clientSecret }, 'bedrock', nowMs())
  if (problem === null) return 'good'
  return { status: 403, message: problem.message, headers: { 'x-amzn-errortype': problem.type } }
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** How far the clocks of both sides may be apart. */
const MOST_SKEW_MS = 5 * 60_000

/**
 * Verifies an AWS Signature Version 4 by signing what was received once more; null when it holds. Written from AWS's
 * specification and not from the client's signer, so that the two check each other. `service` is the one that the
 * credential must be scoped to.
 */
export function signatureProblem(
  request: ReceivedRequest,
  key: AwsKey,
  service: string,
  nowMs: number,
): SignatureProblem | null {
  const parts = authorizationParts(readHeader(request, 'authorization'))
  const date = readHeader(request, 'x-amz-date')
  if (parts === null) return problem('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const [id, day, region, scopedService, end, ...more] = parts.credential.split('/')
  if (date === undefined || !/^\d{8}T\d{6}Z$/.test(date)) return incomplete("'X-Amz-Date' as YYYYMMDDTHHMMSSZ")
  if (end !== 'aws4_request' || more.length > 0 || region === '') return incomplete('a Credential of five parts')
  if (id !== key.id) {
    return problem('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  if (scopedService !== service) {
    return mismatch(`Credential should be scoped to correct service: '${service}'.`)
  }
  if (day !== date.slice(0, 8)) return mismatch(`Date in Credential scope does not match YYYYMMDD from ${date}.`)
  if (Math.abs(timeOf(date) - nowMs) > MOST_SKEW_MS) return mismatch(`Signature expired or not yet current: ${date}`)
  const unsigned = unsignedHeader(request, parts.signedHeaders)
  if (unsigned !== null) return mismatch(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
  if (!payloadHolds(request)) return mismatch('The value passed in x-amz-content-sha256 is not the hash of the body.')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = [ALGORITHM, date, scope, sha256(canonicalRequest(request, parts.signedHeaders))].join('\n')
  const signature = hmac(signingKey(key.secret, scope), toSign).toString('hex')
  return signature === parts.signature
    ? null
    : mismatch(
        'The request signature we calculated does not match the signature you provided. ' +
          'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      )
}

interface AuthorizationParts {
  readonly credential: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

function authorizationParts(header: string | undefined): AuthorizationParts | null {
  const match = /^AWS4-HMAC-SHA256 Credential=([^\s,]+),\s*SignedHeaders=([^\s,]+),\s*Signature=([0-9a-f]{64})$/.exec(
    header ?? '',
  )
  return match === null ? null : { credential: match[1]!, signedHeaders: match[2]!.split(';'), signature: match[3]! }
}

/** Method, path, query, headers and the hash of the body, each in the one form that both sides can compute. */
function canonicalRequest(request: ReceivedRequest, signedHeaders: readonly string[]): string {
  const at = request.target.indexOf('?')
  const path = at < 0 ? request.target : request.target.slice(0, at)
  const query = at < 0 ? '' : request.target.slice(at + 1)
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? []).map(trimmed).join(',')}\n`)
  const payload = readHeader(request, 'x-amz-content-sha256') ?? sha256(request.body)
  const parts = [request.method, canonicalPath(path), canonicalQuery(query), headers.join('')]
  return [...parts, signedHeaders.join(';'), payload].join('\n')
}

/** The path without empty and dot segments, each segment encoded once more than it is on the wire. */
function canonicalPath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(uriEncode(segment))
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/** The parameters, encoded in the one right way and sorted by name and value. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=')
      return [uriEncode(decoded(name)), uriEncode(decoded(value.join('=')))] as const
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** The first header that has to be signed and is not: the host, and everything of AWS's own. */
function unsignedHeader({ headers }: ReceivedRequest, signedHeaders: readonly string[]): string | null {
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  return needed.find((name) => !signedHeaders.includes(name)) ?? null
}

function payloadHolds(request: ReceivedRequest): boolean {
  const said = readHeader(request, 'x-amz-content-sha256')
  return said === undefined || said === 'UNSIGNED-PAYLOAD' || said === sha256(request.body)
}

function signingKey(secret: string, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of scope.split('/')) key = hmac(key, part)
  return key
}

/** Encodes everything but the unreserved characters of RFC 3986. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function trimmed(value: string): string {
  return value.trim().replace(/ +/g, ' ')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The time of `20150830T123600Z`. */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function mismatch(message: string): SignatureProblem {
  return problem('InvalidSignatureException', message)
}

function incomplete(what: string): SignatureProblem {
  return problem('IncompleteSignatureException', `Authorization header requires ${what}.`)
}

function problem(type: string, message: string): SignatureProblem {
  return { type, message }
}
