import { constants, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seedRandom } from '../../src/random.ts'
import { createFaultPicker, FAULT_KINDS, readFaultRules } from '../../src/simulator/faults.ts'
import { startSimulator, type Simulator } from '../../src/simulator/server.ts'
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts'
import { eventsOf, jsonEventsOf, openRequest, PATIENT, rawRequest, tokensIn } from './raw-client.ts'

const CHAT = { messages: [{ role: 'user', content: 'hello there' }], max_tokens: 8 }
/** The first token of `CHAT` comes after 5 ms. */
const ENGINE = { overheadMs: 0, prefillMsPerToken: 0.5, decodeMs: 2, decodeMsPerSequence: 0 }
let clock: VirtualClock
let simulator: Simulator

beforeEach(async () => {
  clock = createVirtualClock()
  simulator = await startSimulator({ engine: ENGINE, logStamps: true }, { clock })
})
afterEach(() => simulator.close())

function open(fault: string, extra: object = { stream: true }, path = '/v1/chat/completions') {
  const headers = { 'x-simulate-fault': fault }
  return openRequest(simulator.url + path, { body: { ...CHAT, ...extra }, headers })
}

async function provoke(...request: Parameters<typeof open>) {
  const answer = await open(...request).answer
  return { ...answer, sent: simulator.log().at(-1)! }
}

/** Sends a request that has reached the model, and for which no time has passed yet. */
async function provokeWithoutTime(...request: Parameters<typeof open>) {
  clock.hold()
  const opened = open(...request)
  await clock.untilDue()
  return opened
}

describe('a fault on request', () => {
  it.each([
    ['429', 429, '1'],
    ['429=7s', 429, '7'],
    ['503', 503, '1'],
    ['500', 500, undefined],
  ])('%s refuses', async (fault, status, retryAfter) => {
    const answer = await provoke(fault)
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter])
    expect(JSON.parse(answer.body).error.code).toBe(status)
    expect(answer.sent).toMatchObject({ outcome: 'refused', status, fault: fault.slice(0, 3) })
  })

  it('429 speaks Databricks on its paths', async () => {
    const answer = await provoke('429', {}, '/serving-endpoints/llama/invocations')
    expect(JSON.parse(answer.body)).toMatchObject({ error_code: 'REQUEST_LIMIT_EXCEEDED' })
  })

  it('refuse names the field, and only when the body has it', async () => {
    const answer = await provoke('refuse=temperature', { temperature: 0 })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('temperature')
    expect((await provoke('refuse=temperature')).status).toBe(200)
    expect((await provoke('refuse', { stream_options: {} })).status).toBe(400)
  })

  it('redirect points elsewhere', async () => {
    const answer = await provoke('redirect=http://127.0.0.1:1/other')
    expect([answer.status, answer.headers['location']]).toEqual([307, 'http://127.0.0.1:1/other'])
  })

  it('html answers with a page', async () => {
    const answer = await provoke('html=502')
    expect([answer.status, answer.headers['content-type']]).toEqual([502, 'text/html; charset=utf-8'])
    expect(answer.body).toContain('<title>')
    expect((await provoke('html')).status).toBe(200)
  })

  it('json answers a stream in one piece', async () => {
    const answer = await provoke('json')
    expect(answer.headers['content-type']).toBe('application/json')
    expect(JSON.parse(answer.body).usage.completion_tokens).toBe(8)
  })

  it('empty is complete without a token', async () => {
    const answer = await provoke('empty')
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]')
    expect(tokensIn(answer.body)).toBe(0)
    expect(jsonEventsOf(answer.body).at(-1).choices[0].finish_reason).toBe('stop')
    const whole = JSON.parse((await provoke('empty', {})).body)
    expect(whole.choices[0].message.content).toBe('')
  })

  it('slow-headers sends nothing for a while, then everything', async () => {
    const request = await provokeWithoutTime('slow-headers=150ms')
    await clock.pass(149)
    expect(request.hasHead()).toBe(false)
    await clock.pass(1)
    expect(tokensIn((await request.answer).body)).toBe(8)
    const { receivedAtMs, tokenAtMs } = simulator.log().at(-1)!
    expect(tokenAtMs!.map((at) => at - receivedAtMs)).toEqual(Array(8).fill(150))
  })

  it('slow-start sends the role long before the first token', async () => {
    const request = await provokeWithoutTime('slow-start=300ms')
    await expect.poll(() => request.bytes().toString(), PATIENT).toContain('"role"')
    clock.flow()
    expect((await request.answer).body.match(/"role"/g)).toHaveLength(1)
    const { receivedAtMs, firstTokenAtMs } = simulator.log().at(-1)!
    expect(firstTokenAtMs! - receivedAtMs).toBe(300)
  })

  it('stall is silent in the middle and then goes on', async () => {
    const { body, sent } = await provoke('stall=400ms')
    const stamps = sent.tokenAtMs!.map((at) => at - sent.receivedAtMs)
    expect(stamps).toEqual([5, 7, 9, 11, 411, 411, 411, 411])
    expect(tokensIn(body)).toBe(8)
    expect(sent.outcome).toBe('ok')
  })

  it('error-event breaks into the stream, status 200 and [DONE] all the same', async () => {
    const answer = await provoke('error-event')
    expect(answer.status).toBe(200)
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]')
    expect(jsonEventsOf(answer.body).at(-1).error.message).toContain('simulated')
    expect(answer.sent).toMatchObject({ outcome: 'broken', outputTokens: 4 })
    expect(JSON.parse((await provoke('error-event', {})).body).error.code).toBe(500)
  })

  it('close cuts the connection in the middle', async () => {
    const answer = await provoke('close')
    expect(answer.complete).toBe(false)
    expect(answer.body).not.toContain('[DONE]')
    expect(answer.sent).toMatchObject({ outcome: 'broken', outputTokens: 4 })
    const whole = await provoke('close', {})
    expect([whole.complete, whole.body]).toEqual([false, '{"id":'])
  })

  it('buffer holds everything back until the end', async () => {
    const request = await provokeWithoutTime('buffer', { stream: true, max_tokens: 40 })
    await clock.pass(5 + 39 * 2 - 1)
    expect(request.hasHead()).toBe(false)
    await clock.pass(1)
    expect(tokensIn((await request.answer).body)).toBe(40)
    const { receivedAtMs, tokenAtMs } = simulator.log().at(-1)!
    expect(tokenAtMs!.map((at) => at - receivedAtMs)).toEqual(Array(40).fill(5 + 39 * 2))
  })

  it('gzip compresses a stream that can be read as it comes', async () => {
    const request = await provokeWithoutTime('gzip', { stream: true, max_tokens: 40 })
    await clock.pass(5 + 19 * 2)
    const unpackSoFar = () => gunzipSync(request.bytes(), { finishFlush: constants.Z_SYNC_FLUSH }).toString()
    await expect.poll(() => tokensIn(unpackSoFar()), PATIENT).toBe(20)
    clock.flow()
    const answer = await request.answer
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(tokensIn(gunzipSync(answer.bytes))).toBe(40)
    const whole = await provoke('gzip', {})
    expect(JSON.parse(gunzipSync(whole.bytes).toString()).usage.completion_tokens).toBe(8)
  })

  it('content-type names a stream application/json', async () => {
    const answer = await provoke('content-type')
    expect(answer.headers['content-type']).toBe('application/json')
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]')
  })

  it('connection-close ends the connection with the answer', async () => {
    const answer = await provoke('connection-close')
    expect(answer.headers['connection']).toBe('close')
    expect(tokensIn(answer.body)).toBe(8)
  })

  it('is refused when nobody knows it', async () => {
    const answer = await provoke('gremlins')
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('must name a fault')
  })

  it('of every kind leaves the server as it was', async () => {
    for (const fault of Object.keys(FAULT_KINDS)) {
      const headers = { 'x-simulate-fault': fault }
      // One of them has no end.
      const faulty = { body: { ...CHAT, stream: true }, headers, leaveAfterBytes: 200_000 }
      await rawRequest(`${simulator.url}/v1/chat/completions`, faulty)
      const answer = await rawRequest(`${simulator.url}/v1/chat/completions`, { body: { ...CHAT, stream: true } })
      expect(tokensIn(answer.body), fault).toBe(8)
    }
  })
})

describe('fault rules', () => {
  it('are read from text', () => {
    expect(readFaultRules('429@1%, stall=500ms@every-50,gzip')).toEqual([
      { fault: { kind: '429', argument: '1s' }, share: 0.01, every: null },
      { fault: { kind: 'stall', argument: '500ms' }, share: 0, every: 50 },
      { fault: { kind: 'gzip', argument: '' }, share: 1, every: null },
    ])
    for (const wrong of ['', 'nothing', 'gzip=1', 'stall=soon', '429@often', '429@every-0', '429@1%@2%', 'html=20']) {
      expect(() => readFaultRules(wrong), wrong).toThrow('must')
    }
  })

  it('name kinds whose defaults can be read', () => {
    for (const kind of Object.keys(FAULT_KINDS)) expect(readFaultRules(kind)[0]!.fault.kind).toBe(kind)
  })

  it('hit every Nth request, or a share of them', () => {
    const every = createFaultPicker(readFaultRules('500@every-3'), seedRandom('a'))
    expect(Array.from({ length: 7 }, () => every()?.kind ?? '-')).toEqual(['-', '-', '500', '-', '-', '500', '-'])
    const share = createFaultPicker(readFaultRules('500@25%'), seedRandom('a'))
    const hits = Array.from({ length: 4000 }, () => share()).filter((fault) => fault !== null).length
    expect(hits / 4000).toBeCloseTo(0.25, 1)
  })

  it('apply to requests that do not ask for one', async () => {
    const faulty = await startSimulator(
      { engine: ENGINE, faults: readFaultRules('503@every-2') },
      { clock: createVirtualClock() },
    )
    const statuses = []
    for (let i = 0; i < 4; i++) {
      statuses.push((await rawRequest(`${faulty.url}/v1/chat/completions`, { body: CHAT })).status)
    }
    await faulty.close()
    expect(statuses).toEqual([200, 503, 200, 503])
  })
})
