import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyFault } from '../../src/simulator/outlet.ts'
import { readFault } from '../../src/simulator/faults.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { startWitness } from '../servers/repertoire.ts'
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts'
import { jsonEventsOf, openRequest, PATIENT, rawRequest, tokensIn, type RawRequest } from './raw-client.ts'

/** The first token of `CHAT` comes after 5 ms. */
const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.5, decodeMs: 2, decodeMsPerSequence: 0 }
const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 8, stream: true }
let clock: VirtualClock
let simulator: Simulator

beforeEach(async () => {
  clock = createVirtualClock()
  simulator = await startWitness({ engine: ENGINE }, { clock })
})
afterEach(() => simulator.close())

async function provoke(fault: string, body: object = CHAT, path = '/v1/chat/completions', more: RawRequest = {}) {
  const answer = await rawRequest(simulator.url + path, { body, headers: { 'x-simulate-fault': fault }, ...more })
  return { ...answer, sent: simulator.log().at(-1)! }
}

/** Sends a request that has reached the model, and for which no time has passed yet. */
async function provokeWithoutTime(fault: string, body: object = CHAT) {
  clock.hold()
  const headers = { 'x-simulate-fault': fault }
  const request = openRequest(`${simulator.url}/v1/chat/completions`, { body, headers })
  await clock.untilDue()
  return request
}

/** An outlet that keeps each piece as text. */
function keepingOutlet() {
  const pieces: string[] = []
  const keep = (bytes: Buffer): void => void pieces.push(bytes.toString())
  return { pieces, outlet: { write: keep, end: keep, writeAsOne: (work: () => void) => work() } }
}

describe('what a stream says beside its answer', () => {
  it('comments: at once and again and again, until the answer begins', async () => {
    const comment = ': OPENROUTER PROCESSING\n\n'
    for (const last of ['write', 'end'] as const) {
      clock.hold()
      const { pieces, outlet } = keepingOutlet()
      const disturbance = applyFault(outlet, readFault('comments=10ms'), true, clock)
      disturbance.onBegin()
      await clock.pass(25)
      disturbance.outlet[last](Buffer.from('data: {}\n\n'))
      await clock.pass(50)
      expect(pieces).toEqual([comment, comment, comment, 'data: {}\n\n'])
    }
  })

  it('comments: no more when the client has left', async () => {
    clock.hold()
    const { pieces, outlet } = keepingOutlet()
    const disturbance = applyFault(outlet, readFault('comments=10ms'), true, clock)
    disturbance.onBegin()
    await clock.pass(15)
    disturbance.onEnd()
    await clock.pass(50)
    expect(pieces).toHaveLength(2)
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
  it('buffer-16k: in pieces of 16 KiB and more, and the rest with the end', () => {
    const { pieces, outlet } = keepingOutlet()
    const disturbance = applyFault(outlet, readFault('buffer-16k'), true, clock)
    disturbance.onBegin()
    const text = (size: number, letter: string): Buffer => Buffer.alloc(size, letter)
    disturbance.outlet.write(text(10_000, 'a'))
    disturbance.outlet.write(text(6383, 'b'))
    expect(pieces).toEqual([])
    disturbance.outlet.write(text(1, 'c'))
    disturbance.outlet.write(text(10_000, 'd'))
    disturbance.outlet.write(text(10_000, 'e'))
    disturbance.outlet.write(text(1, 'f'))
    expect(pieces.map((piece) => [piece.length, piece[0], piece.at(-1)])).toEqual([
      [16_384, 'a', 'c'],
      [20_000, 'd', 'e'],
    ])
    disturbance.outlet.end(text(2, 'g'))
    expect(pieces.slice(2)).toEqual(['fgg'])
  })

  it('buffer-16k: not even headers until 16 KiB are there', async () => {
    const body = { ...CHAT, max_tokens: 160 }
    const plain = (await rawRequest(`${simulator.url}/v1/chat/completions`, { body })).body
    // The role comes with the first token.
    const full = plain.slice(0, plain.indexOf('\n\n', 16_384 - 2)).split('\n\n').length - 1
    expect(full).toBeGreaterThan(80)

    const request = await provokeWithoutTime('buffer-16k', body)
    await clock.pass(5 + (full - 1) * 2 - 1)
    expect(request.hasHead()).toBe(false)
    await clock.pass(1)
    // Time stands still again: what comes now was sent at that moment.
    await expect.poll(() => tokensIn(request.bytes()), PATIENT).toBe(full)
    expect(request.bytes().length).toBeGreaterThanOrEqual(16_384)
    clock.flow()
    const answer = await request.answer
    expect([tokensIn(answer.body), answer.complete]).toEqual([160, true])
  })

  it('buffer-16k: a short answer comes at its end', async () => {
    const request = await provokeWithoutTime('buffer-16k')
    await clock.pass(5 + 7 * 2 - 1)
    expect(request.hasHead()).toBe(false)
    await clock.pass(1)
    expect(jsonEventsOf((await request.answer).body)).toHaveLength(10)
  })

  it('late-usage: everything after the last token comes late', async () => {
    const request = await provokeWithoutTime('late-usage=200ms')
    await clock.pass(5 + 7 * 2 + 199)
    await expect.poll(() => tokensIn(request.bytes()), PATIENT).toBe(8)
    expect(request.bytes().toString()).not.toContain('"finish_reason":"length"')
    await clock.pass(1)
    const { body } = await request.answer
    expect(body).toContain('"finish_reason":"length"')
    expect(body.trimEnd().endsWith('[DONE]')).toBe(true)
    const { lastTokenAtMs, endedAtMs } = simulator.log().at(-1)!
    expect(endedAtMs - lastTokenAtMs!).toBe(200)
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
