import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { learnShape } from '../../../src/protocol/answer/learn-shape.ts'
import { createShapeMemory, EventShape } from '../../../src/protocol/answer/event-shape.ts'
import type { ShapeMemory } from '../../../src/protocol/answer/event-shape.ts'
import { ReasoningTags, tagsReasoning } from '../../../src/protocol/answer/answer-so-far.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import type { ReaderOptions } from '../../../src/protocol/answer/reader.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import type { Api } from '../../../src/protocol/api.ts'
import { EVENT_STREAM } from '../../../src/protocol/framing/event-stream.ts'
import { SIMULATOR_DEFAULTS } from '../../../src/simulator/settings/options.ts'
import { generatesTokens } from '../../../src/vocabulary/load.ts'
import type { ApiName } from '../../../src/vocabulary/endpoint-names.ts'
import { ALL_APIS, findApi } from '../../../src/vendors/apis.ts'
import { encodeAwsEvent } from '../../servers/aws-events.ts'
import { WIRES } from '../../servers/wires.ts'
import { bytesOf, chunk, DONE, event, FINISH, piecesOf, words } from '../streams.ts'
import { CODE_POINT, GRAPHEME } from '../../support/text-units.ts'

const API = findApi('openai-chat')
const SSE = { before: 'data: ', after: '\n\n' }

function learn(json: unknown, { api = API, eventName = '', frame = SSE } = {}) {
  const data = JSON.stringify(json)
  const learnt = learnShape(api, { json, data, eventName, delta: api.read(json, eventName) }, frame)
  return learnt?.shape.repeats === true ? learnt.shape : null
}

/** The shapes that are known from one event. */
function listKnown(...event: Parameters<typeof learn>): readonly EventShape[] {
  const shape = learn(...event)
  return shape === null ? [] : [shape]
}

const says = (content: string, rest: object = {}) => ({
  id: 'c-1',
  choices: [{ index: 0, delta: { content } }],
  ...rest,
})

const saysAs = (role: string, content: string) => ({ choices: [{ index: 0, delta: { role, content } }] })
const saysPart = (type: string, text: string) => ({ choices: [{ index: 0, delta: { content: [{ type, text }] } }] })

/** What a shape makes of the events in these bytes. */
function matchOne(
  json: unknown,
  bytes: Buffer,
): readonly [end: number, content: string | undefined, characters: number | undefined] {
  const shape = learn(json)!
  const end = shape.match(Buffer.from(bytes), 0, bytes.length, true)
  return [end, shape.delta.content, shape.delta.characters]
}

describe('an event of a known shape', () => {
  test.each(['Hi', ' a', 'é', '🔑', 'a "quoted" \\ word', '\n\t', '\u2028', '\uFEFF', 'x'.repeat(500)])(
    'has the text %j',
    (text) => {
      const bytes = bytesOf(event(says(text)))
      expect(matchOne(says('So'), bytes)).toEqual([bytes.length, text, text.length])
    },
  )

  test('with escapes that nobody needs, too', () => {
    const bytes = bytesOf(
      String.raw`data: {"id":"c-1","choices":[{"index":0,"delta":{"content":"\u0048\/\u00e9"}}]}` + '\n\n',
    )
    expect(matchOne(says('So'), bytes)).toEqual([bytes.length, 'H/é', 3])
  })

  test.each<[string, string]>([
    ['another id', event(says('a', { id: 'c-2' }))],
    ['a count', event(says('a', { usage: { completion_tokens: 3 } }))],
    ['no text', event(says(''))],
    ['one more member', event({ id: 'c-1', choices: [{ index: 0, delta: { content: 'a', role: 'assistant' } }] })],
    ['a cut before its end', event(says('a')).slice(0, -1)],
    ['a line that ends in CR LF', event(says('a')).replace('\n', '\r\n')],
    ['a control character in its text', event(says('a#')).replace('#', '\x01')],
    ['a text that does not end', event(says('a')).replace('"}}]}', '\\"}}]}')],
    ['an escape that is none', event(says('a#')).replace('#', String.raw`\x`)],
  ])('is none that has %s', (_, text) => {
    expect(matchOne(says('So'), bytesOf(text))[0]).toBe(-1)
  })

  test('is found in the middle of what was read', () => {
    const [first, second] = words(2) as [string, string]
    const shape = learn(JSON.parse(first.slice(6)) as unknown)!
    const bytes = Buffer.from(first + second + DONE)
    expect(shape.match(bytes, first.length, bytes.length, true)).toBe(first.length + second.length)
    expect(shape.delta.content).toBe(' 1')
    expect(shape.match(bytes, first.length + second.length, bytes.length, true)).toBe(-1)
  })
})

describe('a message with checksums', () => {
  const BEDROCK = findApi('bedrock')
  const EVENT = 'contentBlockDelta'
  const saysIn = (text: string) => ({ contentBlockIndex: 0, delta: { text } })

  /** Where a message ends by the shape of another one; undefined where no shape is learnt from that. */
  function matchMessage(bytes: Buffer, learntFrom = encodeAwsEvent(EVENT, saysIn('So'))): number | undefined {
    const json = saysIn('So')
    const data = JSON.stringify(json)
    const [frame] = EVENT_STREAM.framesOf(EVENT, learntFrom, data)
    if (frame === undefined) return undefined
    const shape = learnShape(BEDROCK, { json, data, eventName: EVENT, delta: BEDROCK.read(json, EVENT) }, frame)!.shape
    return shape.match(bytes, 0, bytes.length, true)
  }

  test('has the shape of one with another text, and ends where its checksum does', () => {
    const bytes = encodeAwsEvent(EVENT, saysIn(' it is'))
    expect(matchMessage(Buffer.concat([bytes, bytes]))).toBe(bytes.length)
  })

  test('has no shape before it is whole, nor with any byte changed', () => {
    const bytes = encodeAwsEvent(EVENT, saysIn(' it'))
    for (let at = 0; at < bytes.length; at++) {
      expect(matchMessage(bytes.subarray(0, at))).toBe(-1)
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      expect(matchMessage(changed)).toBe(-1)
    }
  })

  test.each<[string, Buffer]>([
    ['another event', encodeAwsEvent('ping', saysIn('So'))],
    ['an exception', encodeAwsEvent(EVENT, saysIn('So'), 'exception')],
    ['a message that is not whole', encodeAwsEvent(EVENT, saysIn('So')).subarray(0, -1)],
    ['a longer payload', encodeAwsEvent(EVENT, [saysIn('So')])],
  ])('is not learnt from %s with the same text', (_, bytes) => {
    expect(matchMessage(encodeAwsEvent(EVENT, saysIn(' it')), bytes)).toBeUndefined()
  })
})

describe('a shape is learnt from what carries text', () => {
  test.each<[string, unknown, { api?: typeof API; eventName?: string }]>([
    ['reasoning', { choices: [{ delta: { reasoning_content: 'So' } }] }, {}],
    ['completions', { choices: [{ text: 'So' }] }, { api: findApi('openai-completions') }],
    [
      'Anthropic',
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'So' } },
      { api: findApi('anthropic'), eventName: 'content_block_delta' },
    ],
    [
      'Gemini',
      { candidates: [{ content: { parts: [{ text: 'So' }], role: 'model' }, index: 0 }] },
      { api: findApi('gemini') },
    ],
  ])('%s', (_, json, options) => {
    expect(learn(json, options)?.delta).toMatchObject({ usage: null, error: null, finishReason: null })
  })

  test('the place of the text is that of the answer, not of another text as long', () => {
    const json = { id: 'Xy', choices: [{ delta: { content: 'So' } }] }
    expect(matchOne(json, bytesOf(event({ ...json, choices: [{ delta: { content: 'Then' } }] })))[2]).toBe(4)
  })

  test.each<[string, unknown]>([
    ['an end', { choices: [{ delta: { content: 'So' }, finish_reason: 'stop' }] }],
    ['no text', { choices: [{ delta: { role: 'assistant' } }] }],
    ['its text twice', says('So', { id: 'So' })],
    ['text in two members', { choices: [{ delta: { content: 'So', reasoning_content: 'Ah' } }] }],
    [
      'a shorter text that may be the longer one next',
      { choices: [{ delta: { reasoning: 'So it', thinking: 'So' } }] },
    ],
  ])('not from an event with %s', (_, json) => {
    expect(learn(json)).toBeNull()
  })
})

describe('what differs between two events, besides their text, may differ again', () => {
  const at = (content: string, seq: unknown, pad: unknown) => ({ ...says(content), seq, pad })
  const SEEN = [at('So', 9, 'a'), at(' it', 10, 'bcd')] as const

  function matchAfter(json: unknown, [first, second]: readonly [unknown, unknown] = SEEN): number | undefined {
    const data = JSON.stringify(second)
    const read = { json: second, data, eventName: '', delta: API.read(second, '') }
    const shape = learnShape(API, read, SSE, listKnown(first))?.shape
    const bytes = Buffer.from(`data: ${typeof json === 'string' ? json : JSON.stringify(json)}\n\n`)
    const end = shape?.match(bytes, 0, bytes.length, true)
    return end === undefined || end < 0 ? end : bytes.length - end
  }

  test.each<[string, unknown]>([
    ['a longer number', at(' is', 123_456, 'a')],
    ['a fraction below zero', at(' is', -0.5, 'a')],
    ['no padding', at(' is', 3, '')],
    ['a text as long as its padding', at('xy', 3, 'xy')],
  ])('%s', (_, json) => {
    expect(matchAfter(json)).toBe(0)
  })

  test.each<[string, unknown]>([
    ['a number with a zero before it', JSON.stringify(at(' is', 3, 'a')).replace('"seq":3', '"seq":03')],
    ['a number without digits', JSON.stringify(at(' is', 3, 'a')).replace('"seq":3', '"seq":-')],
    ['a number that ends in a point', JSON.stringify(at(' is', 3, 'a')).replace('"seq":3', '"seq":3.')],
    ['a number with an exponent', JSON.stringify(at(' is', 3, 'a')).replace('"seq":3', '"seq":3e2')],
    ['no number', at(' is', null, 'a')],
    ['padding with an escape', at(' is', 3, '\n')],
    ['padding beyond ASCII', at(' is', 3, 'é')],
    ['another id', { ...at(' is', 3, 'a'), id: 'c-2' }],
  ])('but not to %s', (_, json) => {
    expect(matchAfter(json)).toBe(-1)
  })

  test.each<[string, readonly [unknown, unknown]]>([
    ['the name of a model', [says('So', { model: 'a' }), says(' it', { model: 'b' })]],
    ['the name of a member', [says('So', { a: 1 }), says(' it', { b: 1 })]],
    ['the kind of a value', [says('So', { a: 1 }), says(' it', { a: '1' })]],
    ['who speaks', [saysAs('assistant', 'So'), saysAs('', ' it')]],
    ['what an event is', [says('So', { object: 'a' }), says(' it', { object: 'b' })]],
    ['what a part of the text is', [saysPart('text', 'So'), saysPart('output_text', ' it')]],
  ])('%s is no such difference', (_, seen) => {
    expect(matchAfter(seen[1], seen)).toBe(0)
    expect(matchAfter(seen[0], seen)).toBe(-1)
  })
})

describe('the tokens so far that every event states', () => {
  const counted = (content: string, completion_tokens: unknown, prompt_tokens: unknown = 7) =>
    says(content, { usage: { prompt_tokens, completion_tokens, total_tokens: 7 + Number(completion_tokens) } })
  const thinks = (text: string, candidatesTokenCount: number) => ({
    candidates: [{ content: { parts: [{ text }] } }],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount, thoughtsTokenCount: 40 },
  })

  /** What a shape that was learnt from two events says another one states; null where that one does not have it. */
  function countsIn(json: unknown, [first, second]: readonly [unknown, unknown], api = API) {
    const data = JSON.stringify(second)
    const read = { json: second, data, eventName: '', delta: api.read(second, '') }
    const { shape } = learnShape(api, read, SSE, listKnown(first, { api }))!
    const bytes = bytesOf(event(json))
    return shape.match(bytes, 0, bytes.length, true) === bytes.length ? shape.delta.usage : null
  }

  test('are read where they stand', () => {
    const usage = countsIn(counted(' is', 123_456), [counted('So', 1), counted(' it', 2)])
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 123_456, totalTokens: 123_463, cachedTokens: null })
  })

  test('with what the API adds to them', () => {
    const usage = countsIn(thinks(' is', 9), [thinks('So', 1), thinks(' it', 2)], findApi('gemini'))
    expect(usage).toMatchObject({ outputTokens: 49, reasoningTokens: 40, source: 'usage+reasoning' })
  })

  test('and may stay as they are', () => {
    expect(countsIn(counted(' is', 1), [counted('So', 1), counted(' it', 1)])).toMatchObject({ outputTokens: 1 })
    expect(countsIn(counted(' is', 2), [counted('So', 1), counted(' it', 1)])).toBeNull()
  })

  test.each<[string, unknown]>([
    ['none', 0],
    ['a fraction', 2.5],
    ['more than any answer has', 12_345_678_901],
    ['nothing', null],
    ['below zero', -3],
  ])('but not %s, which is parsed', (_, count) => {
    expect(countsIn(counted(' is', count), [counted('So', 1), counted(' it', 2)])).toBeNull()
  })

  test('nor where two numbers make one count', () => {
    const summed = (text: string, thoughtsTokenCount: number) => ({
      ...thinks(text, thoughtsTokenCount),
      usageMetadata: { candidatesTokenCount: thoughtsTokenCount, thoughtsTokenCount },
    })
    expect(countsIn(summed(' is', 9), [summed('So', 1), summed(' it', 2)], findApi('gemini'))).toBeNull()
  })
})

/** Of the events of an answer of 100 tokens, a token a read, how many are parsed: each API's own server plays it. */
describe('the events of an answer that are parsed', () => {
  function countParsed(name: ApiName, keepsText = false, shapes?: ShapeMemory, id = 1, reasoningTokens = 0): number {
    const api = findApi(name)
    const wire = WIRES[name]
    let parsed = 0
    const counting: Api = { ...api, read: (json, eventName) => (parsed++, api.read(json, eventName)) }
    const url = api.url(new URL(wire.samplePath ?? '/', 'http://127.0.0.1'), 'chat', 'some')
    const dialect = {
      task: 'chat',
      model: 'some',
      fields: new Set(api.assumedFields),
      lengthField: 'max_tokens',
    } as const
    const body = api.body({ ...dialect, extraBody: {} }, { prompts: ['Hi'], outputTokens: 100, nonce: 'n' })
    const facts = { id, created: id, model: 'some', inputTokens: 4, cachedTokens: null, reasoningTokens }
    const writer = wire.read(body, wire.route(url)!, 'chat').answer({ ...facts, manners: SIMULATOR_DEFAULTS })
    const reader = createResponseReader({
      api: counting,
      task: 'chat',
      scratch: new Scratch(),
      keepsText,
      ...(shapes && { shapes }),
    })
    if (writer.opening !== null) reader.push(writer.opening, 1)
    const kindOf = (i: number) => (i <= reasoningTokens ? 'reasoning' : 'text')
    for (let i = 1; i < 100; i++) reader.push(writer.tokens(kindOf(i), 1, i, null), i)
    reader.push(writer.tokens('text', 1, 100, 'length'), 100)
    reader.push(writer.closing('length', 100, { prefillMs: 1, decodeMs: 99, totalMs: 100 }), 101)
    expect(reader.end(102).tokenEvents).toBe(100)
    return parsed
  }

  const GENERATING = ALL_APIS.filter(({ tasks }) => generatesTokens(tasks[0]!)).map(({ name }) => name)
  test.each(GENERATING)('are few with %s, and where the text is kept no more', (name) => {
    expect(countParsed(name)).toBeLessThan(20)
    expect(countParsed(name, true)).toBe(countParsed(name))
  })

  test.each(GENERATING)(
    'are none in the third answer of %s, whose id and time are others, but those that state server times',
    (name) => {
      const shapes = createShapeMemory()
      const [, , third] = [1, 2, 3].map((id) => countParsed(name, false, shapes, id))
      expect(third).toBe(name === 'llamacpp' || name === 'ollama' ? 1 : 0)
    },
  )

  test.each(GENERATING)(
    'are looked for at once in the third answer of %s, and not among those that come once',
    (name) => {
      const shapes = createShapeMemory()
      for (const id of [1, 2]) countParsed(name, false, shapes, id)
      const match = vi.spyOn(EventShape.prototype, 'match')
      countParsed(name, false, shapes, 3)
      const missed = match.mock.results.filter(({ value }) => value === -1).length
      match.mockRestore()
      // Three events of Responses come before the text, and six after it.
      expect(missed).toBeLessThan(60)
      expect(shapes.shape).not.toBeNull()
    },
  )

  test('are none where an answer goes from reasoning to text and the next one begins with reasoning again', () => {
    const shapes = createShapeMemory()
    expect([1, 2, 3].map((id) => countParsed('openai-chat', false, shapes, id, 50)).at(-1)).toBe(0)
  })

  test('are few after the server begins to say something else, whatever came in many answers before', () => {
    const shapes = createShapeMemory()
    // The end of an answer of Ollama states server times, and so is parsed in each.
    const countInAnswer = (model: string): number => {
      let parsed = 0
      const ollama = findApi('ollama')
      const counting: Api = { ...ollama, read: (json, eventName) => (parsed++, ollama.read(json, eventName)) }
      const reader = createResponseReader({ api: counting, task: 'chat', scratch: new Scratch(4), shapes })
      const lines = ['So', ' it', ' is', ' now'].map((content) => ({ model, message: { content }, done: false }))
      const end = { model, message: { content: '' }, done: true, total_duration: 9, load_duration: 2, eval_count: 4 }
      for (const [i, line] of [...lines, end].entries()) reader.push(bytesOf(`${JSON.stringify(line)}\n`), i + 1)
      expect(reader.end(9).tokenEvents).toBe(4)
      return parsed
    }
    for (let nth = 0; nth < 300; nth++) countInAnswer('one')
    countInAnswer('other')
    expect(countInAnswer('other')).toBe(1)
  })

  test('are few after the server begins to say something else, though reads often ended within an event before', () => {
    const shapes = createShapeMemory()
    const cut = words(3).map(bytesOf)
    const parts = [cut[0]!, cut[1]!.subarray(0, 9), Buffer.concat([cut[1]!.subarray(9), cut[2]!])]
    for (let nth = 0; nth < 300; nth++) read(parts, 'openai-chat', { shapes })
    const later = words(4).map((text) => bytesOf(text.replace('"choices"', '"more":1,"choices"')))
    read(later, 'openai-chat', { shapes })
    expect(shapes.shape?.match(later[3]!, 0, later[3]!.length, false)).toBe(later[3]!.length)
  })
})

/** Reads parts that arrive 1 ms apart, with or without what was learnt. Around each stands in memory what comes before and after it. */
function read(
  parts: readonly Buffer[],
  api: ApiName,
  options: Partial<Pick<ReaderOptions, 'parsesAll' | 'keepsText' | 'shapes'>> = {},
) {
  const scratch = new Scratch(4)
  const reader = createResponseReader({ api: findApi(api), task: 'chat', scratch, ...options })
  const memory = Buffer.concat(parts)
  let from = 0
  for (const [i, { length }] of parts.entries()) reader.push(memory, i + 1, from, (from += length))
  const facts = reader.end(parts.length + 1)
  const stamps = scratch.listTimes(facts.tokenEvents)
  return { facts, stamps, counts: scratch.listCounts(facts.tokenEvents), lastEventAt: reader.lastEventAt }
}

/** Whether the answer's text is kept or not, and whatever was learnt from answers before it, the last of them the same. */
function expectSame(parts: readonly Buffer[], api: ApiName, before: readonly Buffer[] = parts): void {
  for (const keepsText of [false, true]) {
    const parsed = read(parts, api, { keepsText, parsesAll: true })
    expect(read(parts, api, { keepsText })).toEqual(parsed)
    const shapes = createShapeMemory()
    read(before, api, { shapes })
    for (let nth = 0; nth < 2; nth++) expect(read(parts, api, { keepsText, shapes })).toEqual(parsed)
  }
}

test.each([
  ['llamacpp', 'stop_type', ['eos', 'word', 'limit'], (stop_type) => ({ content: '', stop: true, stop_type })],
  [
    'gemini',
    'finishReason',
    ['STOP', 'MAX_TOKENS', 'FINISH_REASON_UNSPECIFIED'],
    (finishReason) => ({ candidates: [{ finishReason }], modelVersion: 'some' }),
  ],
  ['cohere', 'type', ['debug', 'citation-start', 'surprise'], (type) => ({ type })],
  ['triton', 'finish_reason', ['stop', 'length', 'None'], (finish_reason) => ({ text_output: '', finish_reason })],
  ['ollama', 'done_reason', ['stop', 'unload', 'length'], (done_reason) => ({ done: true, message: {}, done_reason })],
] as const satisfies readonly (readonly [ApiName, string, readonly string[], (word: string) => object])[])(
  'a word that the reader of %s knows in %s is read where two others, which it does not know, came before',
  (api, _, kinds, end) => {
    const shapes = createShapeMemory()
    const write = (json: object): Buffer => bytesOf(api === 'ollama' ? `${JSON.stringify(json)}\n` : event(json))
    for (const kind of kinds) {
      expect(read([write(end(kind))], api, { shapes })).toEqual(read([write(end(kind))], api, { parsesAll: true }))
    }
  },
)

describe('reading by shape comes to what parsing comes to', () => {
  const text = fc.oneof(
    fc.string({ unit: GRAPHEME, maxLength: 12 }),
    fc.string({ unit: CODE_POINT, maxLength: 6 }),
    fc.constantFrom('<think>', '<th', 'ink>', '[/TH', 'INK]', '<', '[', '◁/think▷', '"', '\\', '\u2028', ''),
  )
  const part = fc.oneof(
    { arbitrary: text.map((content) => chunk({ content }, { id: 'c-1' })), weight: 12 },
    {
      arbitrary: fc
        .tuple(text, fc.oneof(fc.integer(), fc.double()), text)
        .map(([content, seq, pad]) => chunk({ content }, { id: 'c-1', seq, pad })),
      weight: 8,
    },
    {
      arbitrary: fc
        .tuple(text, fc.constantFrom('assistant', 'user', '', 'tool', 'text', 'thinking'), fc.boolean())
        .map(([content, kind, isPart]) => event(isPart ? saysPart(kind, content) : saysAs(kind, content))),
      weight: 8,
    },
    { arbitrary: text.map((reasoning_content) => chunk({ reasoning_content }, { id: 'c-1' })), weight: 4 },
    {
      arbitrary: fc.tuple(text, text).map(([reasoning, thinking]) => chunk({ reasoning, thinking }, { id: 'c-1' })),
      weight: 4,
    },
    { arbitrary: text.map((content) => chunk({ content }, { id: 'c-1', usage: { completion_tokens: 3 } })), weight: 1 },
    {
      arbitrary: fc
        .tuple(
          fc.constantFrom('c-1', 'c-2', ''),
          fc.constantFrom({ role: 'assistant', content: '' }, { content: ' it' }, {}),
          fc.constantFrom(null, 'stop', 'length', 'error'),
          fc.option(fc.integer({ min: 0, max: 30 })),
        )
        .map(([id, delta, finish_reason, completion_tokens]) =>
          event({
            id,
            choices: [{ index: 0, delta, finish_reason }],
            usage: completion_tokens === null ? null : { prompt_tokens: 7, completion_tokens },
          }),
        ),
      weight: 4,
    },
    {
      arbitrary: fc.constantFrom(
        ': ping\n\n',
        '\n',
        'data: {"error":{"message":"no"}}\n\n',
        'data: {\n\n',
        FINISH,
        DONE,
        'event: x\n',
        '\r\n',
      ),
      weight: 1,
    },
  )

  test('for any events, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 40 }),
        fc.constantFrom('between events', 'in events', 'anywhere'),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 40 }),
        fc.array(part, { maxLength: 12 }),
        (parts, cuts, sizes, before) => {
          const events = parts.map(bytesOf)
          const pieces =
            cuts === 'anywhere'
              ? piecesOf(bytesOf(parts.join('')), sizes)
              : cuts === 'in events'
                ? events.flatMap((event, i) => piecesOf(event, sizes.slice(i, i + 1)))
                : events
          expectSame(pieces, 'openai-chat', before.map(bytesOf))
        },
      ),
      { numRuns: 300 },
    )
  })

  const count = fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 50 }), weight: 8 },
    { arbitrary: fc.constantFrom(0, 1, -1, 1.5, 999_999_999, 1e9, 1e10, null, '3'), weight: 1 },
  )
  const COUNTING: Partial<Record<ApiName, (text: string, counts: readonly unknown[]) => object>> = {
    databricks: (content, [prompt_tokens, completion_tokens, total_tokens]) =>
      says(content, { usage: { prompt_tokens, completion_tokens, total_tokens } }),
    gemini: (text, [promptTokenCount, candidatesTokenCount, thoughtsTokenCount]) => ({
      candidates: [{ content: { parts: [{ text }] } }],
      usageMetadata: { promptTokenCount, candidatesTokenCount, thoughtsTokenCount },
    }),
    llamacpp: (content, [tokens_evaluated, tokens_predicted, token]) => ({
      content,
      tokens: [token],
      stop: false,
      tokens_predicted,
      tokens_evaluated,
    }),
  }

  test.each(Object.keys(COUNTING) as ApiName[])('for counts of any kind in the events of %s', (api) => {
    const some = fc.array(fc.tuple(text, fc.tuple(count, count, count)), { maxLength: 30 })
    const bytes = (events: readonly (readonly [string, readonly unknown[]])[], fixed: readonly boolean[]): Buffer[] =>
      events.map(([text, counts]) =>
        bytesOf(
          event(
            COUNTING[api]!(
              text,
              counts.map((each, i) => (fixed[i]! ? 7 : each)),
            ),
          ),
        ),
      )
    fc.assert(
      fc.property(some, some, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), (events, before, fixed) =>
        expectSame(bytes(events, fixed), api, bytes(before, fixed)),
      ),
      { numRuns: 100 },
    )
  })

  test('for messages with checksums, cut anywhere and with any byte changed', () => {
    const message = fc.oneof(
      {
        arbitrary: fc
          .tuple(text, fc.constantFrom('', 'a', 'abcdefghijkl', 'é'))
          .map(([text, p]) => encodeAwsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p })),
        weight: 8,
      },
      {
        arbitrary: text.map((text) => encodeAwsEvent('ping', { contentBlockIndex: 0, delta: { text }, p: '' })),
        weight: 1,
      },
      {
        arbitrary: text.map((message) => encodeAwsEvent('throttlingException', { message }, 'exception')),
        weight: 1,
      },
    )
    const change = fc.option(fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }), { freq: 3 })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 30 }),
        fc.array(message, { maxLength: 8 }),
        fc.option(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 40 })),
        change,
        (messages, before, sizes, changed) => {
          const parts = sizes === null ? messages : piecesOf(Buffer.concat(messages), sizes)
          const last = parts.at(-1)
          if (changed !== null && last !== undefined) last[changed.at % last.length]! ^= changed.by
          expectSame(parts, 'bedrock', before)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('for an event with the members of the expected one, but another name', () => {
    const says = (name: string, text: string) => encodeAwsEvent(name, { contentBlockIndex: 0, delta: { text }, p: 'a' })
    const tokens = ['So', ' it', ' is'].map((text) => says('contentBlockDelta', text))
    expectSame([says('metadata', ' now'), ...tokens], 'bedrock', [...tokens, says('metadata', ' and')])
  })

  test('for events after the beginning of what is no stream', () => {
    expectSame([bytesOf('['), ...words(4).map(bytesOf)], 'openai-chat', words(6).map(bytesOf))
  })

  test('for a token after the end, which is none of the answer', () => {
    const parts = [...words(4), DONE, ...words(1)].map(bytesOf)
    expectSame(parts, 'openai-chat')
    expect(read(parts, 'openai-chat').facts.tokenEvents).toBe(4)
  })

  const saysLine = (content: string) => `${JSON.stringify({ model: 'm', message: { content }, done: false })}\n`

  test.each<[string, ApiName, readonly string[]]>([
    ['an event', 'openai-chat', words(6)],
    ['a line', 'ollama', ['So', ' it', ' is', ' now', ' and', ' then'].map(saysLine)],
  ])('for %s after a read that ended in the beginning of a character', (_, api, parts) => {
    const events = parts.map(bytesOf)
    expectSame([...events.slice(0, -1), Buffer.from([0xe2]), events.at(-1)!], api)
  })

  test.each<[ApiName, readonly string[]]>([
    ['openai-chat', words(6)],
    ['ollama', ['So', ' it', ' is', ' now'].map(saysLine)],
  ])('for a BOM that is not the first character of an answer of %s', (api, parts) => {
    const events = parts.map(bytesOf)
    expectSame([events[0]!, bytesOf(`\uFEFF${parts[1]!}`), ...events.slice(2)], api, events)
  })

  const STREAMS = join(import.meta.dirname, '../../replay/streams')
  const RECORDED = readdirSync(STREAMS).filter((name) => !name.endsWith('.json'))
  const apiOf = (name: string): ApiName => (/^(anthropic|bedrock|ollama)/.exec(name)?.[1] ?? 'openai-chat') as ApiName

  test.each(RECORDED)('for %s, event by event and cut anywhere', (name) => {
    const body = readFileSync(join(STREAMS, name))
    const events = body
      .toString('latin1')
      .split(/(?<=\n\n)/)
      .map((each) => Buffer.from(each, 'latin1'))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 }), (sizes) => {
        for (const pieces of [events, piecesOf(body, sizes)]) expectSame(pieces, apiOf(name))
      }),
      { numRuns: 20 },
    )
  })
})

test('a tag of reasoning is seen wherever the text is cut', () => {
  const tags = fc.constantFrom(
    '<think>',
    '</thinking>',
    '[/THINK]',
    '◁/think▷',
    '<|START_THINKING|>',
    '<|channel|>analysis',
    '<seed:think>',
  )
  const word = fc.string({ unit: fc.constantFrom('a', ' ', '<', '[', '/', '◁', '>'), maxLength: 12 })
  fc.assert(
    fc.property(
      word,
      fc.oneof(tags, word),
      word,
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }),
      (before, tag, after, sizes) => {
        const text = before + tag + after
        const watch = new ReasoningTags()
        let at = 0
        for (const size of [...sizes, text.length]) {
          watch.note(text.slice(at, at + size))
          at += size
        }
        expect(watch.seen).toBe(tagsReasoning(text))
      },
    ),
  )
})
