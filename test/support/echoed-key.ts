import { join } from 'node:path'
import { expect } from 'vitest'
import { SHORT_RUN, plateau, temporaryFolder } from './cli.ts'
import { serve } from './http-server.ts'
import type { Answer } from './http-server.ts'

/** Secrets that a server may echo, and forms of them. */
export const KEY = 'sk-live/9f8e7d6c+5b4a"39281706='
export const HEADER = 'tok-5544332211-ffeeddccbb'
const MEMBER = 'mem-1122334455-aabbccddee'
export const ENV = { PLATEAU_API_KEY: KEY }
export const FORMS = [
  KEY,
  Buffer.from(KEY).toString('base64'),
  encodeURIComponent(KEY),
  JSON.stringify(KEY).slice(1, -1),
  HEADER,
  MEMBER,
]

/** Runs against a server, in a process of its own or as `call` does, and returns all that was written: both streams, report and records. */
export async function everythingWritten(answer: Answer, flags: readonly string[] = [], call: typeof plateau = plateau) {
  const server = await serve(answer)
  const folder = temporaryFolder()
  const [report, records] = [join(folder, 'report.json'), join(folder, 'records.jsonl')]
  const extraBody = JSON.stringify({ auth: { api_key: MEMBER }, top_p: 1 })
  const secrets = ['--headers', `x-token: Bearer ${HEADER}\nx-mode: true`, '--extra-body', extraBody]
  const load = ['--concurrency', '1,2', '--passes', '1', ...SHORT_RUN]
  const args = ['run', '--endpoint', server.url, ...secrets, ...load, ...flags]
  const { code, stdout, stderr } = await call([...args, '--report-json', report, '--records', records], { env: ENV })
  return { code, stdout, stderr, report, records }
}

/** No secret stands in any of the texts, in no form and in no good part. */
export function expectNoKey(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    for (const form of FORMS) expect(text, name).not.toContain(form)
    // Nor a good part of it.
    expect(text, name).not.toContain(KEY.slice(0, 14))
    expect(text, name).not.toContain(HEADER.slice(0, 14))
  }
}
