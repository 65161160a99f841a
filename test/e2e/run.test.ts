import { expect, test } from 'vitest'
import { start } from '../support/cli.ts'
import { serve } from '../support/http-server.ts'

test('interrupted before anything was measured it says so', async () => {
  const server = await serve((response) => response.writeHead(503).end('{"error":"loading"}'))
  const running = start(['run', '--endpoint', server.url, '--auth', 'none', '--model', 'm'])
  await running.wrote(/waiting for the endpoint/)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(stderr).toMatch(/interrupted before anything was measured\n$/)
})
