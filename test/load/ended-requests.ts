/**
 * A process of its own, because what it collects is all of its memory: sends three requests, closes the transport, collects, and prints how many of
 * them are still kept.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { NO_AUTH } from '../../src/load/authorizer.ts'
import { HttpRequest } from '../../src/load/transport/http-request.ts'
import { createHttpTransport } from '../../src/load/transport/http-transport.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { chatAnswer, sendStream } from '../support/answers.ts'

const server = createServer((_, response) => sendStream(response, chatAnswer(4)))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
/** Nothing refers to the transport any more when it has returned. */
async function sendThree(): Promise<void> {
  const transport = createHttpTransport({
    connection: { origin, caCert: null, proxy: null, connectTimeoutMs: 10_000 },
    api: findApi('openai-chat'),
    dialect: { task: 'chat', model: null, fields: new Set(), lengthField: 'max_tokens', extraBody: {} },
    url: new URL('/v1/chat/completions', origin),
    headers: {},
    auth: NO_AUTH,
    requestTimeoutMs: 600_000,
  })
  const { signal } = new AbortController()

  for (const nonce of ['first', 'second', 'last']) {
    const { failure } = await transport.send(0, { prompts: ['count to four'], outputTokens: 4, nonce }, signal)
    if (failure !== null) throw new Error(failure)
  }
  await transport.close()
}

await sendThree()
server.close()
// Until its socket is closed, that holds the last one too.
await setTimeout(50)
// It collects first.
console.log(queryObjects(HttpRequest, { format: 'count' }))
