import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BlobHost } from './artifact-service.ts'

/** A blob host at this address: the part of Azure's that the artifact client and signed downloads use. */
export function createBlobHost(origin: () => string): BlobHost {
  const signature = randomUUID()
  return {
    blobs: new Map(),
    blocks: new Map(),
    // An address whose host is an IP has the account in its path.
    signedUrl: (blob) => `${origin()}/account/${blob}?sv=2025-01-05&sig=${signature}-${blob.replace('/', '-')}`,
  }
}

/** Answers one request to the blob host. Credentials of GitHub have no place here, as on the real one. */
export function answerBlob(host: BlobHost, message: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const url = new URL(message.url ?? '/', 'http://blob')
  const blob = url.pathname.replace(/^\/account\//, '')
  const end = (status: number, bytes?: Uint8Array, type = 'application/xml'): void => {
    const headers = { 'x-ms-request-id': '1', 'x-ms-version': '2025-01-05', etag: '"1"', 'content-type': type }
    response.writeHead(status, { ...headers, 'last-modified': new Date().toUTCString() })
    response.end(bytes)
  }
  if (message.headers.authorization !== undefined) return end(400, errorXml('InvalidAuthenticationInfo'))
  if (url.searchParams.get('sig') !== new URL(host.signedUrl(blob)).searchParams.get('sig')) {
    return end(403, errorXml('AuthenticationFailed'))
  }
  if (message.method === 'GET') {
    const found = host.blobs.get(blob)
    return found === undefined ? end(404, errorXml('BlobNotFound')) : end(200, found, 'application/zip')
  }
  if (message.method !== 'PUT') return end(405, errorXml('UnsupportedHttpVerb'))
  take(host, blob, url.searchParams, body)
  return end(201)
}

/** A block, the list that puts blocks together, or a whole blob. */
function take(host: BlobHost, blob: string, query: URLSearchParams, body: Buffer): void {
  const blocks = host.blocks.get(blob) ?? new Map<string, Uint8Array>()
  switch (query.get('comp')) {
    case 'block':
      blocks.set(query.get('blockid')!, body)
      host.blocks.set(blob, blocks)
      return
    case 'blocklist': {
      const ids = [...body.toString('utf8').matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id]) => id!)
      host.blobs.set(blob, Buffer.concat(ids.map((id) => blocks.get(id)!)))
      return
    }
    default:
      host.blobs.set(blob, body)
  }
}

function errorXml(code: string): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code></Error>`)
}
