/** What preparing a request costs before it is sent, its prompt, nonce and body: CPU time a request of openai-chat, by the length of the prompt. */
import { fixLength } from '../src/settings/values/distributions.ts'
import { createWorkload } from '../src/plan/workload.ts'
import type { Dialect } from '../src/protocol/api.ts'
import { findApi } from '../src/vendors/apis.ts'
import { chatOf } from './support/chat-level.ts'
import { report } from './support/result.ts'

const WORKERS = 64
const REQUESTS = 5_000
/** Microseconds a request, by the tokens of its prompt. */
const BOUNDS: Readonly<Record<number, number>> = { 32: 20, 512: 100, 4096: 700 }

const dialect: Dialect = { task: 'chat', model: 'm', fields: new Set(), lengthField: 'max_tokens', extraBody: {} }
const api = findApi('openai-chat')

const checks = Object.entries(BOUNDS).map(([tokens, atMost]) => {
  const workload = createWorkload({ ...chatOf(100), inputTokens: fixLength(Number(tokens)) }, WORKERS, 1)
  let bytes = 0
  const prepare = (count: number): void => {
    for (let i = 0; i < count; i++) bytes += JSON.stringify(api.body(dialect, workload.next(i % WORKERS, null))).length
  }
  prepare(REQUESTS / 5)
  const before = process.cpuUsage()
  prepare(REQUESTS)
  const { user, system } = process.cpuUsage(before)
  console.log(`${tokens} tokens: ${Math.round(bytes / (1.2 * REQUESTS))} bytes a request`)
  return {
    what: `preparing a request of ${tokens} input tokens`,
    value: (user + system) / REQUESTS,
    unit: 'µs',
    atMost,
  }
})
report('Cost of preparing a request', checks)
