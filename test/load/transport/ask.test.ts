import { expect, test } from 'vitest'
import { getText } from '../../../src/load/transport/ask.ts'
import { selfSigned } from '../../support/certificate.ts'
import { freePort, serve } from '../../support/http-server.ts'

const DIRECT = { caCert: null, proxy: null, connectTimeoutMs: 5000 }
const NEVER = new AbortController().signal

test('a page is its status and its text, asked for with the headers given', async () => {
  const server = await serve((response) => response.writeHead(503).end('löading'))
  const page = await getText(new URL(`${server.url}/version?x=1`), { authorization: 'Bearer k' }, DIRECT, NEVER)
  expect(page).toEqual({ status: 503, text: 'löading' })
  expect(server.requests).toMatchObject([
    { method: 'GET', path: '/version?x=1', headers: { authorization: 'Bearer k' } },
  ])
})

test('a redirect is an answer like any other', async () => {
  const other = await serve((response) => response.end('secret'))
  const server = await serve((response) => response.writeHead(302, { location: other.url }).end())
  expect(await getText(new URL(server.url), {}, DIRECT, NEVER)).toEqual({ status: 302, text: '' })
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
  const get = async (url: string, signal = NEVER) => getText(new URL(url), {}, DIRECT, signal)
  expect(await get(`http://127.0.0.1:${await freePort()}`)).toBeNull()
  expect(await get(cut.url)).toBeNull()
  expect(await get(half.url)).toBeNull()
  expect(await get(untrusted.url)).toBeNull()
  expect(await get(silent.url, controller.signal)).toBeNull()
})

test('of an endless page no more than a megabyte is read', async () => {
  const server = await serve((response) => {
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  })
  const page = await getText(new URL(server.url), {}, DIRECT, NEVER)
  expect(page!.status).toBe(200)
  expect(page!.text.length).toBeGreaterThan(900_000)
  expect(page!.text.length).toBeLessThanOrEqual(1_048_576)
})
