import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { uploadToRun } from '../../../src/github/artifacts/upload.ts'
import { atEnd } from '../../support/cleanup.ts'
import { serve } from '../../support/http-server.ts'
import type { TestServer } from '../../support/http-server.ts'

afterEach(() => vi.unstubAllEnvs())

/** The runner's artifact service, which refuses with this. */
async function refusingService(status: number, body: string): Promise<TestServer> {
  const service = await serve((response) => response.writeHead(status).end(body))
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const scope = 'Actions.GenericRead:00000000 Actions.Results:run-1:job-measure'
  vi.stubEnv('ACTIONS_RESULTS_URL', service.url)
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', `${part({ alg: 'none' })}.${part({ scp: scope })}.signature`)
  return service
}

function aFile(): { path: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-upload-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'report.json')
  writeFileSync(path, '{}')
  return { path, folder }
}

test.each([
  [403, '<html>Forbidden</html>', /\(403\) Forbidden/],
  [401, '', /\(401\) Unauthorized/],
  [400, '{"code":"invalid_argument","msg":"the name is odd"}', /\(400\) Bad Request: the name is odd/],
])('an upload that is refused with %i is not tried again, and says why', async (status, body, why) => {
  const service = await refusingService(status, body)
  const { path, folder } = aFile()
  await expect(uploadToRun('plateau-a', [path], folder)).rejects.toThrow(why)
  expect(service.requests).toHaveLength(1)
})
