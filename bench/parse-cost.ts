/**
 * What reading an answer costs: CPU time a token of an openai-chat stream as vLLM sends it, from the bytes of the socket to
 * the facts of the record. The bare transport hands over the same bytes and does nothing with them, so all of it comes on top.
 */
import { findApi } from '../src/vendors/apis.ts'
import { createScratch } from '../src/protocol/answer/reader.ts'
import { createResponseReader } from '../src/protocol/answer/stream-reader.ts'
import { report } from './support/result.ts'

const TOKENS = 128
const ANSWERS = 400
const ROUNDS = 15
/** Microseconds a token. */
const BOUND = 2

const encoder = new TextEncoder()
const chunk = (choices: unknown, rest: object = {}): Uint8Array =>
  encoder.encode(
    `data: ${JSON.stringify({
      id: 'chatcmpl-8f14e45fceea4d2c9bb1a0d5f3c7a1b2',
      object: 'chat.completion.chunk',
      created: 1763856000,
      model: 'meta-llama/Llama-3.3-70B-Instruct',
      choices,
      ...rest,
    })}\n\n`,
  )
const delta = (content: object, finish: string | null = null): unknown => [
  { index: 0, delta: content, logprobs: null, finish_reason: finish, token_ids: null },
]

/** One event a read, as under any load where tokens come one by one. */
const reads = [
  chunk(delta({ role: 'assistant', content: '' })),
  ...Array.from({ length: TOKENS }, (_, i) => chunk(delta({ content: ` word${i}` }))),
  chunk(delta({}, 'length')),
  chunk([], { usage: { prompt_tokens: 512, completion_tokens: TOKENS, total_tokens: 512 + TOKENS } }),
  encoder.encode('data: [DONE]\n\n'),
]
const scratch = createScratch()
const api = findApi('openai-chat')

/** Microseconds a token of reading every answer; the time stamps are the reads' numbers. */
function round(): number {
  const from = process.cpuUsage()
  let tokens = 0
  for (let answer = 0; answer < ANSWERS; answer++) {
    const reader = createResponseReader({ api, task: 'chat', scratch })
    for (let i = 0; i < reads.length; i++) reader.push(reads[i]!, 10 * i)
    tokens += reader.end(10 * reads.length).outputTokens
  }
  const { user, system } = process.cpuUsage(from)
  if (tokens !== ANSWERS * TOKENS) throw new Error(`read ${tokens} tokens of ${ANSWERS * TOKENS}`)
  return (user + system) / tokens
}

round()
const costs = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b)
const median = costs[Math.floor(ROUNDS / 2)]!
report('Reading an answer of openai-chat, over the bare transport', [
  {
    what: `CPU a token (median of ${ROUNDS} rounds of ${ANSWERS * TOKENS} tokens)`,
    value: median,
    unit: 'µs',
    atMost: BOUND,
  },
])
