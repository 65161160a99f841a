import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { disturb } from '../../src/simulator/disturbance.ts'
import { readFault } from '../../src/simulator/faults.ts'
import { monotonicMs } from '../../src/simulator/monotonic.ts'
import { startSimulator, type Simulator } from '../../src/simulator/server.ts'
import { jsonEventsOf, rawRequest, type RawRequest } from './raw-client.ts'

const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.01, decodeMs: 2, decodeMsPerSequence: 0 }
const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 8, stream: true }
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ engine: ENGINE })
})
afterAll(() => simulator.close())

async function provoke(fault: string, body: object = CHAT, path = '/v1/chat/completions', more: RawRequest = {}) {
  const answer = await rawRequest(simulator.url + path, { body, headers: { 'x-simulate-fault': fault }, ...more })
  return { ...answer, sent: simulator.log().at(-1)! }
}

const tokensIn = (body: string): number => body.split(' token').length - 1

describe('what a stream says beside its answer', () => {
  it('comments: at once and again and again, until the answer begins', () => {
    vi.useFakeTimers()
    try {
      const written: string[] = []
      const outlet = { write: (bytes: Buffer) => void written.push(bytes.toString()), end() {}, together() {} }
      const disturbance = disturb(outlet, readFault('comments=10ms'), true)
      disturbance.begun()
      vi.advanceTimersByTime(25)
      disturbance.outlet.write(Buffer.from('data: {}\n\n'))
      vi.advanceTimersByTime(50)
      const comment = ': OPENROUTER PROCESSING\n\n'
      expect(written).toEqual([comment, comment, comment, 'data: {}\n\n'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('comments: before a whole stream', async () => {
    const { body } = await provoke('comments')
    expect(body.startsWith(': OPENROUTER PROCESSING\n\ndata: {')).toBe(true)
    expect(tokensIn(body)).toBe(8)
  })

  it('unknown-event: one that nobody knows, amid the others', async () => {
    const answer = await provoke('unknown-event')
    const events = answer.body.split('\n\n')
    expect(events[1]).toMatch(/^event: simulator\.note\ndata: \{/)
    expect([tokensIn(answer.body), answer.sent.outcome]).toEqual([8, 'ok'])
  })

  it('retry: fields that are no events', async () => {
    const { body } = await provoke('retry')
    expect(body).toMatch(/^retry: 3000\nid: 1\ndata: \{.*\n\nid: 2\ndata: /)
    expect(tokensIn(body)).toBe(8)
  })

  it('none of them where the API has no events', async () => {
    const body = { model: 'm', messages: CHAT.messages, options: { num_predict: 3 } }
    for (const fault of ['comments', 'unknown-event', 'retry']) {
      const lines = (await provoke(fault, body, '/api/chat')).body.trimEnd().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { done: boolean }).done).at(-1), fault).toBe(true)
    }
  })

  it('long-line: no end, until the client leaves', async () => {
    const answer = await provoke('long-line', CHAT, '/v1/chat/completions', { leaveAfterBytes: 3_000_000 })
    expect(answer.bytes.length).toBeGreaterThan(3_000_000)
    expect(answer.body.lastIndexOf('\n')).toBeLessThan(10_000)
    expect(answer.sent).toMatchObject({ outcome: 'broken', outputTokens: 4 })
  })
})

describe('what delays a stream', () => {
  it('buffer-16k: not even headers until 16 KiB are there, and then in pieces of so much', async () => {
    const answer = await provoke('buffer-16k', { ...CHAT, max_tokens: 160 })
    expect(answer.reads[0]!.text.length).toBeGreaterThanOrEqual(16_384)
    expect(answer.reads.length).toBeLessThan(5)
    // The server had its first token 80 steps of 2 ms before the headers went.
    const headersAtMs = answer.headersAtMs + monotonicMs() - performance.now()
    expect(headersAtMs - answer.sent.firstTokenAtMs!).toBeGreaterThan(80)
    expect([tokensIn(answer.body), answer.complete]).toEqual([160, true])
  })

  it('buffer-16k: a short answer comes in one piece', async () => {
    const answer = await provoke('buffer-16k')
    expect(answer.reads).toHaveLength(1)
    expect(jsonEventsOf(answer.body)).toHaveLength(10)
  })

  it('late-usage: everything after the last token comes late', async () => {
    const answer = await provoke('late-usage=200ms')
    const { lastTokenAtMs, endedAtMs } = answer.sent
    expect(endedAtMs - lastTokenAtMs!).toBeGreaterThan(190)
    expect(answer.body.trimEnd().endsWith('[DONE]')).toBe(true)
  })
})

describe('what refuses, in the words of the API', () => {
  it.each([
    ['expired', '/v1/chat/completions', 401, 'has expired'],
    ['expired', '/serving-endpoints/e/invocations', 401, 'expired'],
    ['expired', '/model/m/converse', 403, 'expired'],
    ['413', '/v1/chat/completions', 413, 'too large'],
    ['context=9', '/v1/chat/completions', 400, 'maximum context length is 9 tokens'],
    ['context=9', '/serving-endpoints/e/invocations', 400, 'prompt token count (10) cannot exceed 9.'],
  ])('%s on %s', async (fault, path, status, words) => {
    const body = path.startsWith('/model') ? { messages: [{ role: 'user', content: [{ text: 'hi' }] }] } : CHAT
    const answer = await provoke(fault, body, path)
    expect([answer.status, answer.sent.outcome]).toEqual([status, 'refused'])
    expect(answer.body).toContain(words)
  })

  it('context lets pass what fits', async () => {
    expect((await provoke('context=18')).status).toBe(200)
  })
})

describe('what a gateway says', () => {
  it.each([
    ['gateway', 'x-litellm-attempted-retries', '2'],
    ['gateway=fallbacks', 'x-litellm-attempted-fallbacks', '1'],
    ['gateway=cached', 'x-cache', 'HIT'],
  ])('%s', async (fault, name, value) => {
    const answer = await provoke(fault)
    expect([answer.headers[name], tokensIn(answer.body)]).toEqual([value, 8])
  })

  it('is one of a few things', () => {
    expect(() => readFault('gateway=lies')).toThrow('must be one of retries, fallbacks, cached')
    expect(() => readFault('context=none')).toThrow('whole number')
  })
})
