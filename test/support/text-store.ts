import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from './cleanup.ts'

/** A store of texts on 127.0.0.1, as WebDAV and object stores are: PUT leaves one, GET has it again. Returns the URL of a folder in it. */
export async function startStore(): Promise<string> {
  const texts = new Map<string, string>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (request.method === 'GET') {
      const text = texts.get(path)
      response.writeHead(text === undefined ? 404 : 200).end(text)
      return
    }
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      texts.set(path, Buffer.concat(parts).toString('utf8'))
      response.writeHead(201).end()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/runs/7/?permission=write`
}
