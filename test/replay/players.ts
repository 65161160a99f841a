import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Transport } from '../../src/load/ports.ts'
import { toRecord } from '../../src/load/level/level-tally.ts'
import { createHttpTransport } from '../../src/load/transport/http-transport.ts'
import { Scratch } from '../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../src/protocol/answer/stream-reader.ts'
import { findApi } from '../../src/vendors/apis.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { NO_AUTH } from '../../src/load/auth/authorizers.ts'
import { readByClient } from '../support/read-by-client.ts'
import type { Found } from './judge.ts'
import type { Piece } from './pieces.ts'
import type { Expected } from './recorded.ts'

/** Plays an answer, piece by piece, to whoever reads it, and tells what was found. */
export type Play = (pieces: readonly Piece[]) => Promise<Found>

const NEVER = new AbortController().signal

/** Plays to the reader alone. */
export function readerPlayer(expected: Expected): Play {
  const { api, task } = spoken(expected)
  const scratch = new Scratch()
  return async (pieces) => {
    const reader = createResponseReader({ api, task, scratch })
    for (const { bytes, atMs } of pieces) reader.push(bytes, atMs)
    const { failure, firstTokenAt, firstTextAt, lastTokenAt, ...counts } = reader.end(pieces.at(-1)?.atMs ?? 0)
    const outcome = failure === null ? 'ok' : 'failed'
    return { ...counts, outcome, failure, ttftMs: firstTokenAt, ttfoMs: firstTextAt, lastTokenMs: lastTokenAt }
  }
}

/**
 * Plays over HTTP to the transport, whose clock is moved: to the time of a piece before it is sent, and on when it has been read.
 * One connection carries all plays, as that of a worker does.
 */
export async function transportPlayer(expected: Expected): Promise<{ play: Play; close(): Promise<void> }> {
  const clock = createManualClock()
  let pieces: readonly Piece[] = []
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const startAt = clock.now()
      response.writeHead(200, { 'content-type': expected.contentType }).flushHeaders()
      await readByClient()
      for (const { bytes, atMs } of pieces) {
        clock.pass(startAt + atMs - clock.now())
        response.write(bytes)
        await readByClient()
      }
      response.end()
    }
    request.resume().on('end', () => void answer())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = transportTo(origin, expected, clock)
  return {
    async play(next) {
      // No answer begins at 0.
      clock.pass(1_000)
      pieces = next
      const exchange = await transport.send(0, { prompts: ['a'], outputTokens: 16, nonce: 'replay' }, NEVER)
      const place = {
        level: 1,
        pass: 1,
        worker: 0,
        phase: 'counted',
        requestedTokens: 16,
        windowTokens: 0,
        stallMs: 0,
        endStallMs: 0,
        conversation: null,
        turn: null,
        turns: null,
        part: null,
        thinkMs: null,
        cutShort: false,
      } as const
      return toRecord(exchange, place, 0)
    },
    async close() {
      await transport.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function transportTo(origin: string, expected: Expected, clock: ReturnType<typeof createManualClock>): Transport {
  const { api, task } = spoken(expected)
  return createHttpTransport({
    connection: { origin, caCert: null, proxy: null, connectTimeoutMs: 60_000 },
    api,
    dialect: { task, model: 'replay', fields: new Set(), lengthField: 'max_tokens', extraBody: {} },
    url: new URL(expected.path, origin),
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: 3_600_000,
    clock,
  })
}

function spoken({ api: name, path }: Expected): { api: ReturnType<typeof findApi>; task: Task } {
  const api = findApi(name)
  return { api, task: api.taskOf(new URL(path, 'http://127.0.0.1')) ?? 'chat' }
}
