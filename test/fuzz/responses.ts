import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ResponseParser } from '../../src/load/transport/response-parser.ts'
import { HttpSyntaxError } from '../../src/load/transport/response-head.ts'
import { ANY_CUT, cutUp } from './framing.ts'
import { mutatedBytes } from './mutate.ts'
import { expectReadable, property } from './property.ts'
import type { Property } from './property.ts'

/** What a parser says of one answer. */
export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly ended: boolean
}

/** Parses answers of one connection that ends after these pieces; each answer is asked for when the one before has ended. */
export function parseResponses(pieces: readonly Buffer[]) {
  const heard: { status: number; headers: Record<string, string>; body: string; ended: boolean }[] = []
  class Parser extends ResponseParser {
    override onHead(status: number, headers: Record<string, string>): void {
      heard.push({ status, headers, body: '', ended: status < 200 })
    }

    override onBody(bytes: Buffer, from: number, to: number): void {
      heard.at(-1)!.body += bytes.toString('latin1', from, to)
    }

    override onEnd(): void {
      heard.at(-1)!.ended = true
    }
  }
  const parser = new Parser()
  let refusal: string | null = null
  try {
    for (const piece of pieces) {
      // The memory of a read is used again for the next; behind what is new stands what an older one brought.
      const memory = Buffer.concat([piece, BEHIND])
      parser.push(memory, 0, piece.length)
      memory.fill(0x21)
    }
    if (!parser.finish(0)) refusal = 'cut'
  } catch (error) {
    if (!(error instanceof HttpSyntaxError)) throw error
    expectReadable(error.message)
    refusal = `${error.kind} ${error.beginning === null ? error.message : 'no HTTP'}`
  }
  return { heard: heard as readonly Heard[], refusal, keepsAlive: parser.keepsAlive }
}

const BEHIND = Buffer.from('\r\n\r\n5\r\nhello\r\n0\r\n\r\n')

const DOCUMENTS = [
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 11\r\n\r\ndata: {}\n\n\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nset-cookie: a\r\nset-cookie: b\r\n\r\n5;x=1\r\nhello\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nx-sum: 1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 2\r\nkeep-alive: timeout=5\r\n\r\nno',
  'HTTP/1.0 200 OK\r\nserver: old\r\n\r\nuntil the end of it',
  'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n',
  '\r\nHTTP/1.1 200\r\ncontent-length: 0\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'))

export const RESPONSE_PROPERTIES: readonly Property[] = [
  property(
    'responses',
    'an answer of HTTP/1.1 reads the same in any cut',
    fc.tuple(mutatedBytes(DOCUMENTS), ANY_CUT),
    ([bytes, cuts]) => assert.deepEqual(parseResponses(cutUp(bytes, cuts)), parseResponses([bytes])),
  ),
]
