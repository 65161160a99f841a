import { expect, onTestFinished, test } from 'vitest'
import { NO_AUTH } from '../../../src/load/auth/authorizers.ts'
import { orderEndpoint } from '../../../src/load/threads/crew.ts'
import { getPage, openTransport } from '../../../src/load/transport/target.ts'
import type { Target } from '../../../src/load/transport/target.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { chatAnswer } from '../../support/answers.ts'
import { selfSigned } from '../../support/certificate.ts'
import { freePort, serve } from '../../support/http-server.ts'
import { settingsFor } from '../../support/run-settings.ts'

const TOKENS = 40
const SPEC = { prompts: ['count'], outputTokens: TOKENS, nonce: '0123456789abcdef' }

/** Reads three answers of one endpoint, and counts the events that were parsed in the last of them. */
async function readThree(flags: readonly string[]) {
  const { url } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(chatAnswer(TOKENS))
  })
  const settings = settingsFor(url, flags)
  const api = findApi('openai-chat')
  let parsed = 0
  const target: Target = {
    api: { ...api, read: (...event) => (parsed++, api.read(...event)) },
    dialect: { task: 'chat', model: 'm', fields: new Set(), lengthField: 'max_tokens', extraBody: {} },
    url: api.url(settings.endpoint, 'chat', null),
    auth: NO_AUTH,
  }
  const transport = openTransport(settings, target)
  onTestFinished(() => transport.close())
  const answers = []
  for (let i = 0; i < 3; i++) {
    parsed = 0
    answers.push(await transport.send(0, SPEC, new AbortController().signal))
  }
  const { outputTokens, tokenEvents, characters, finishReason, tokenSource } = answers.at(-1)!
  return {
    parsed,
    facts: { outputTokens, tokenEvents, characters, finishReason, tokenSource },
    ordered: orderEndpoint(settings, target),
  }
}

test('with full-parse every event of an answer is parsed, in all threads, to the same figures', async () => {
  const [usual, full] = [await readThree([]), await readThree(['--full-parse'])]
  expect(usual.parsed).toBeLessThan(TOKENS / 2)
  expect(full.parsed).toBeGreaterThanOrEqual(TOKENS)
  expect(full.facts).toEqual(usual.facts)
  expect([usual, full].map(({ ordered }) => ordered.settings.fullParse)).toEqual([false, true])
})

const NEVER = new AbortController().signal

/** Reads a page of an endpoint that wants a key. */
async function read(page: string, signal = NEVER) {
  const auth = { ...NO_AUTH, headers: () => ({ authorization: 'Bearer k' }) }
  return getPage(settingsFor(page, []), { api: findApi('openai-chat'), auth }, new URL(page), signal)
}

test('a page is its status and its text, asked for with the key', async () => {
  const server = await serve((response) => response.writeHead(503).end('löading'))
  const page = await read(`${server.url}/version?x=1`)
  expect(page).toEqual({ status: 503, text: 'löading' })
  expect(server.requests).toMatchObject([
    { method: 'GET', path: '/version?x=1', headers: { authorization: 'Bearer k' } },
  ])
})

test('a redirect is an answer like any other', async () => {
  const other = await serve((response) => response.end('secret'))
  const server = await serve((response) => response.writeHead(302, { location: other.url }).end())
  expect(await read(server.url)).toEqual({ status: 302, text: '' })
  expect(other.connections).toBe(0)
})

test('no answer is null: refused, cut, not trusted, cancelled', async () => {
  const cut = await serve((response) => response.destroy())
  const half = await serve((response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('12345', () => response.destroy())
  })
  const untrusted = await serve((response) => response.end('ok'), { certificate: selfSigned() })
  const controller = new AbortController()
  const silent = await serve(() => controller.abort())
  expect(await read(`http://127.0.0.1:${await freePort()}`)).toBeNull()
  expect(await read(cut.url)).toBeNull()
  expect(await read(half.url)).toBeNull()
  expect(await read(untrusted.url)).toBeNull()
  expect(await read(silent.url, controller.signal)).toBeNull()
})

test('of an endless page no more than a megabyte is read', async () => {
  const server = await serve((response) => {
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  })
  const page = await read(server.url)
  expect(page!.status).toBe(200)
  expect(page!.text.length).toBeGreaterThan(900_000)
  expect(page!.text.length).toBeLessThanOrEqual(1_048_576)
})
