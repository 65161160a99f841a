/**
 * What reading an answer costs: CPU time a token of an openai-chat stream as vLLM sends it, from the bytes of the socket to
 * the facts of the record. The bare transport hands over the same bytes and does nothing with them, so all of it comes on top.
 */
import { findApi } from '../src/vendors/apis.ts'
import { Scratch } from '../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../src/protocol/answer/stream-reader.ts'
import { report } from './support/result.ts'

const TOKENS = 128
const ANSWERS = 400
const ROUNDS = 15

const chunk = (choices: unknown, rest: object = {}): Buffer =>
  Buffer.from(
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
  Buffer.from('data: [DONE]\n\n'),
]
const scratch = new Scratch()
const api = findApi('openai-chat')

/** Microseconds a token of reading every answer; the time stamps are the reads' numbers. */
function round(keepsText: boolean): number {
  const from = process.cpuUsage()
  let tokens = 0
  for (let answer = 0; answer < ANSWERS; answer++) {
    const reader = createResponseReader({ api, task: 'chat', scratch, keepsText })
    for (let i = 0; i < reads.length; i++) reader.push(reads[i]!, 10 * i)
    tokens += reader.end(10 * reads.length).outputTokens
  }
  const { user, system } = process.cpuUsage(from)
  if (tokens !== ANSWERS * TOKENS) throw new Error(`read ${tokens} tokens of ${ANSWERS * TOKENS}`)
  return (user + system) / tokens
}

/** The median of some rounds. */
function measureCost(keepsText: boolean): number {
  round(keepsText)
  const costs = Array.from({ length: ROUNDS }, () => round(keepsText)).sort((a, b) => a - b)
  return costs[Math.floor(ROUNDS / 2)]!
}

const [alone, ofTurn] = [measureCost(false), measureCost(true)]
report('Reading an answer of openai-chat, over the bare transport', [
  { what: 'CPU a token', value: alone, unit: 'µs', atMost: 2 },
  { what: 'CPU a token of a turn, whose text is kept, beside that', value: ofTurn / alone, unit: '×', atMost: 2 },
])
