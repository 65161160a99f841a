import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Refusal } from './faults.ts'
import type { ReceivedRequest } from './guard.ts'

/** Waits until the server listens on 127.0.0.1; rejects when it cannot. */
export async function listenOnPort(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** The parts of a request for authentication. */
export function toReceivedRequest(
  { method = 'GET', url = '/', headersDistinct }: IncomingMessage,
  body: string | null,
): ReceivedRequest {
  return { method, target: url, headers: headersDistinct, body: body ?? '' }
}

/** The whole body, or null when it is longer than `limit`; then the rest is read and dropped. */
export async function readBody(message: IncomingMessage, limit: number): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  return size <= limit ? Buffer.concat(parts).toString() : null
}

/** Answers at once. */
export function sendPage(
  response: ServerResponse,
  { status, type, body, headers = {} }: { status: number; type: string; body: string; headers?: Refusal['headers'] },
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}
