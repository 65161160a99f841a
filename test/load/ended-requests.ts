/**
 * A process of its own, because what it collects is all of its memory: measures a level of a few requests, collects, and prints how many of
 * the objects that each of them makes are still kept: the request on its connection, the request as written, and its record.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { HttpRequest } from '../../src/load/transport/http-request.ts'
import { WrittenRequest } from '../../src/load/transport/request-writer.ts'
import { toRecord } from '../../src/load/level/level-tally.ts'
import { chatAnswer, sendStream } from '../support/answers.ts'
import { anExchange } from '../support/exchanges.ts'
import { measureChat } from '../../bench/support/chat-level.ts'

const server = createServer((_, response) => sendStream(response, chatAnswer(4)))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo

/** Nothing refers to the level any more when it has returned. */
async function measureFew(): Promise<void> {
  const url = `http://127.0.0.1:${port}/v1/chat/completions`
  const { run } = await measureChat({ url, model: 'm', streams: 1, outputTokens: 4, windowMs: 1, expectedRequests: 2 })
  if (run.records.length < 3) throw new Error(`only ${run.records.length} requests`)
}

await measureFew()
server.close()
// Until its socket is closed, that holds the last one too.
await setTimeout(50)
// The class of records is not exported.
const place = {} as Parameters<typeof toRecord>[1]
const { constructor: FreshRecord } = Object.getPrototypeOf(toRecord(anExchange(), place, 0)) as object
// It collects first.
const count = (made: unknown): number => queryObjects(made as typeof HttpRequest, { format: 'count' })
console.log(count(HttpRequest), count(WrittenRequest), count(FreshRecord))
