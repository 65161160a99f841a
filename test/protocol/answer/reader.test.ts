import * as fc from 'fast-check'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'
import { createScratchSource, Scratch } from '../../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { encodeAwsEvent } from '../../servers/aws-events.ts'
import { bytesOf, chunk, DONE, event, FINISH, readParts, words } from '../streams.ts'
import { CODE_POINT } from '../../support/text-units.ts'

const ROLE = chunk({ role: 'assistant', content: '' })
const usage = (completion: number | null, rest: Record<string, unknown> = {}) => ({
  usage: { prompt_tokens: 5, completion_tokens: completion, total_tokens: 5 + (completion ?? 0), ...rest },
})

describe('the first token', () => {
  it.each([
    ['a role alone', { role: 'assistant' }],
    ['empty content', { role: 'assistant', content: '' }],
    ['null content', { content: null, reasoning_content: null, tool_calls: null }],
    ['empty reasoning', { reasoning_content: '', reasoning_details: [] }],
    ['an empty content array', { content: [] }],
    ['hidden reasoning', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'xyz' }] }],
    ['a tool call with an id alone', { tool_calls: [{ index: 0, id: 'c1', function: { name: '', arguments: '' } }] }],
    ['the result of a tool', { role: 'tool', content: '18 °C' }],
  ])('is not %s', (_, delta) => {
    expect(readParts([chunk(delta), words(1)[0]!, FINISH, DONE])).toMatchObject({
      firstEventAt: 10,
      firstTokenAt: 20,
      firstTextAt: 20,
      tokenEvents: 1,
    })
  })

  it.each([
    ['role and content together', { role: 'assistant', content: 'Hi' }],
    ['white space', { content: '\n' }],
    ['a part of a content array', { content: [{ type: 'text', text: 'Hi' }] }],
    ['a refusal', { content: null, refusal: 'No' }],
  ])('is answer text: %s', (_, delta) => {
    expect(readParts([ROLE, chunk(delta), FINISH, DONE])).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: 20,
      tokenEvents: 1,
    })
  })

  it.each([
    ['reasoning_content', { content: '', reasoning_content: 'So' }],
    ['reasoning', { role: 'assistant', content: '', reasoning: 'So' }],
    ['reasoning twice', { reasoning: 'So', reasoning_content: 'So' }],
    ['reasoning_details', { content: '', reasoning_details: [{ type: 'reasoning.text', text: 'So' }] }],
    ['thinking', { content: '', thinking: 'So' }],
    ['a thinking part', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'So' }] }] }],
    ['a reasoning summary', { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'So' }] }] }],
  ])('is reasoning, which is no answer text: %s', (_, delta) => {
    const reading = readParts([ROLE, chunk(delta), words(1)[0]!, FINISH, DONE], { api: 'databricks' })
    expect(reading).toMatchObject({ firstTokenAt: 20, firstTextAt: 30, lastTokenAt: 30, tokenEvents: 2 })
  })

  it.each([
    ['name', { tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }],
    ['arguments', { tool_calls: [{ index: 0, function: { arguments: '{' } }] }],
    ['older shape', { function_call: { name: 'f' } }],
  ])('is a tool call: %s', (_, delta) => {
    expect(readParts([ROLE, chunk(delta), chunk({}, {}, 'tool_calls'), DONE])).toMatchObject({
      firstTokenAt: 20,
      firstTextAt: null,
      tokenEvents: 1,
      failure: null,
    })
  })

  it('is text of the completions path', () => {
    const text = (text: string, finish: string | null) =>
      event({ choices: [{ text, index: 0, finish_reason: finish }], usage: null })
    const last = event({ choices: [], ...usage(2) })
    const reading = readParts([text('', null), text('a', null), text('b', 'length'), last], {
      api: 'openai-completions',
      task: 'completions',
    })
    expect(reading).toMatchObject({
      firstTokenAt: 20,
      lastTokenAt: 30,
      outputTokens: 2,
      tpotMs: 10,
      finishReason: 'length',
      failure: null,
    })
  })

  it('is found in any of several choices, and where choices are empty or missing nothing breaks', () => {
    const filter = event({ choices: [], prompt_filter_results: [{}], model: '' })
    const second = event({
      choices: [
        { index: 0, delta: {} },
        { index: 1, delta: { content: 'x' } },
      ],
      model: 'served-1',
    })
    expect(readParts([filter, second, FINISH, event(usage(1)), DONE])).toMatchObject({
      firstTokenAt: 20,
      outputTokens: 1,
      servedModel: 'served-1',
      failure: null,
    })
  })

  it('is not the whole message that some servers repeat beside the delta', () => {
    const both = (delta: string, message: string, finish: string | null) =>
      event({ choices: [{ delta: { content: delta }, message: { content: message }, finish_reason: finish }] })
    expect(readParts([both('a', 'a', null), both('b', 'ab', null), both('', 'ab', 'stop')])).toMatchObject({
      lastTokenAt: 20,
      tokenEvents: 2,
      failure: null,
    })
  })
})

describe('the token count of an answer', () => {
  it.each<[string, string[], number]>([
    ['a chunk without choices', [FINISH, event({ choices: [], ...usage(9) }), DONE], 9],
    ['the finish chunk', [chunk({}, usage(8), 'stop'), DONE], 8],
    ['a chunk with an empty choice', [FINISH, chunk({}, usage(7)), DONE], 7],
    ['x_groq', [chunk({}, { x_groq: usage(6) }, 'stop'), DONE], 6],
    ['the choice', [event({ choices: [{ delta: {}, finish_reason: 'stop', ...usage(5) }] }), DONE], 5],
  ])('is read from %s', (_, end, expected) => {
    expect(readParts([ROLE, ...words(4), ...end])).toMatchObject({
      outputTokens: expected,
      inputTokens: 5,
      tokenSource: 'usage',
      lastTokenAt: 50,
      failure: null,
    })
  })

  it('is cumulative where every chunk states it, and tells the tokens of the first', () => {
    const cumulative = [4, 6, 10].map((n) => chunk({ role: 'assistant', content: 'x' }, usage(n)))
    const scratch = new Scratch(2)
    const reader = createResponseReader({ api: findApi('databricks'), task: 'chat', scratch })
    for (const [i, part] of [...cumulative, chunk({ content: '' }, usage(10), 'stop'), DONE].entries())
      reader.push(bytesOf(part), 10 * i)
    expect(reader.end(60)).toMatchObject({ outputTokens: 10, tpotMs: 20 / 6, tokenEvents: 3, failure: null })
    expect([...scratch.listCounts(3)]).toEqual([4, 6, 10])
    expect([...scratch.listTimes(3)]).toEqual([0, 10, 20])
  })

  it('is kept apart from that of other workers whose answers come at once, also where there are more tokens than usual', () => {
    const createScratch = createScratchSource()
    // More than share one memory.
    const workers = Array.from({ length: 70 }, (_, worker) => {
      const scratch = createScratch()
      return { worker, scratch, reader: createResponseReader({ api: findApi('databricks'), task: 'chat', scratch }) }
    })
    const eventsOf = (worker: number) => (worker % 7 === 3 ? 300 : 3)
    const stampOf = (worker: number, nth: number) => 1000 * nth + worker
    for (let nth = 0; nth < 300; nth++) {
      for (const { worker, reader } of workers) {
        if (nth >= eventsOf(worker)) continue
        reader.push(bytesOf(chunk({ content: 'x' }, usage(nth + 1 + worker))), stampOf(worker, nth))
      }
    }
    for (const { worker, scratch } of workers) {
      const nths = Array.from({ length: eventsOf(worker) }, (_, nth) => nth)
      expect([...scratch.listTimes(nths.length)]).toEqual(nths.map((nth) => stampOf(worker, nth)))
      expect([...scratch.listCounts(nths.length)]).toEqual(nths.map((nth) => nth + 1 + worker))
    }
  })

  it('is none at an event that states none, whatever the answer before it left in the same memory', () => {
    const scratch = new Scratch(4)
    const countsOf = (counts: readonly (number | null)[]) => {
      const reader = createResponseReader({ api: findApi('databricks'), task: 'chat', scratch })
      const parts = counts.map((n) => chunk({ content: 'x' }, n === null ? {} : usage(n)))
      for (const part of [...parts, FINISH, DONE]) reader.push(bytesOf(part), 0)
      reader.end(0)
      return [...scratch.listCounts(counts.length)]
    }
    for (const counts of [
      [1, 2, 3, 4],
      [null, null, 3, null],
      [1, 2, 3, 4],
      [null, null, null],
    ])
      expect(countsOf(counts)).toEqual(counts.map((n) => n ?? NaN))
  })

  it.each([{ usage: null }, { usage: { prompt_tokens: 0, completion_tokens: 0 } }, usage(null), {}])(
    'is the number of token events, marked as such, when the usage is %j',
    (given) => {
      expect(readParts([ROLE, ...words(3), chunk({}, given, 'stop'), DONE])).toMatchObject({
        outputTokens: 3,
        tokenSource: 'chunks',
        tpotMs: 10,
        failure: null,
      })
    },
  )

  it('takes in reasoning that the server leaves out', () => {
    const left = { total_tokens: 35, completion_tokens_details: { reasoning_tokens: 20 } }
    expect(readParts([chunk({ reasoning_content: 'So' }), ...words(2), FINISH, event(usage(10, left))])).toMatchObject({
      outputTokens: 30,
      reasoningTokens: 20,
      tokenSource: 'usage+reasoning',
      hiddenReasoning: false,
    })
  })

  it('leaves hidden reasoning out of TPOT, not out of the count', () => {
    const hidden = usage(103, { completion_tokens_details: { reasoning_tokens: 100 } })
    expect(readParts([ROLE, ...words(3), FINISH, event(hidden), DONE])).toMatchObject({
      outputTokens: 103,
      hiddenReasoning: true,
      tpotMs: 10,
    })
  })

  it('tells cached input tokens from usage or from timings', () => {
    const details = usage(2, { prompt_tokens_details: { cached_tokens: 4 } })
    expect(readParts([...words(2), chunk({}, details, 'stop')])).toMatchObject({ cachedTokens: 4 })
    expect(readParts([...words(2), chunk({}, { timings: { cache_n: 126 } }, 'stop')])).toMatchObject({
      cachedTokens: 126,
      tokenSource: 'chunks',
    })
  })
})

describe('the shape of arrival', () => {
  it('counts distinct stamps as reads and gives all events of one read its stamp', () => {
    const parts = [ROLE, ...words(2), FINISH, DONE]
    expect(readParts(parts, { at: [5, 5, 7, 7, 7] })).toMatchObject({
      reads: 2,
      firstEventAt: 5,
      firstTokenAt: 5,
      lastTokenAt: 7,
    })
  })

  it('marks an answer whose few events hold all of it, and come together, as one that came at once', () => {
    const text = 'A whole answer. '.repeat(9)
    const usage = (completion_tokens: number, reasoning_tokens = 0) =>
      event({ choices: [], usage: { completion_tokens, completion_tokens_details: { reasoning_tokens } } })
    expect(readParts([chunk({ content: text }), FINISH, usage(36), DONE])).toMatchObject({ buffered: true })
    // Nobody counted its tokens: its text tells that there are enough.
    expect(readParts([chunk({ content: text }), FINISH, DONE])).toMatchObject({ buffered: true, tokenSource: 'chunks' })
    const three = Array.from({ length: 3 }, () => chunk({ content: text }))
    expect(readParts([three.join(''), FINISH, usage(108)])).toMatchObject({ buffered: true, tpotMs: null })
    // A server that writes blocks, a short answer, and one after reasoning that does not show.
    expect(readParts([...three, FINISH, usage(108)])).toMatchObject({ buffered: false })
    expect(readParts([chunk({ content: 'Yes.' }), FINISH, usage(2), DONE])).toMatchObject({ buffered: false })
    expect(readParts([chunk({ content: 'Yes.' }), FINISH, usage(502, 500)])).toMatchObject({ buffered: false })
  })

  it('marks an answer that came at once as buffered and gives it no TPOT', () => {
    const all = [...words(20), event({ choices: [], ...usage(20) }), FINISH, DONE].join('')
    expect(readParts([all])).toMatchObject({ buffered: true, tpotMs: null, reads: 1, outputTokens: 20, failure: null })
    expect(readParts([...words(20), FINISH, DONE])).toMatchObject({ buffered: false, tpotMs: 10 })
  })

  it('keeps a short answer in one event, without TPOT', () => {
    expect(readParts([chunk({ content: 'all of it' }, usage(9), 'stop')])).toMatchObject({
      outputTokens: 9,
      tpotMs: null,
      buffered: false,
    })
  })

  it('says that the answer is complete with [DONE] or an error, not with a finish_reason', () => {
    const reader = () => createResponseReader({ api: findApi('openai-chat'), task: 'chat', scratch: new Scratch() })
    const one = reader()
    expect(
      [...words(1), FINISH, event({ choices: [], ...usage(1) }), DONE].map((part) => one.push(bytesOf(part), 1)),
    ).toEqual([false, false, false, true])
    expect(reader().push(bytesOf(event({ error: { message: 'no' } })), 1)).toBe(true)
  })

  it('does not take comments for payload', () => {
    const reader = createResponseReader({ api: findApi('openai-chat'), task: 'chat', scratch: new Scratch() })
    reader.push(bytesOf(': keep-alive\n\n'), 1)
    expect(reader.lastEventAt).toBeNaN()
    reader.push(bytesOf(words(1)[0]!), 2)
    reader.push(bytesOf(': keep-alive\n\n'), 3)
    expect([reader.lastEventAt, reader.tokenEvents]).toEqual([2, 1])
    expect(reader.end(4)).toMatchObject({ comments: 2, reads: 3 })
  })

  it('reads the same from any cut of the bytes, each event stamped with the piece that completes it', () => {
    const parts = [
      '\uFEFF: hello\n\n',
      ROLE,
      chunk({ reasoning: 'π' }),
      ...words(3),
      chunk({ content: '😀' }),
      FINISH,
      event(usage(6)),
      DONE,
    ]
    const whole = readParts(parts)
    const scene = fc.record({
      end: fc.constantFrom('\n', '\r', '\r\n'),
      cuts: fc.infiniteStream(fc.integer({ min: 1, max: 80 })),
    })
    fc.assert(
      fc.property(scene, ({ end, cuts }) => {
        const reader = createResponseReader({ api: findApi('openai-chat'), task: 'chat', scratch: new Scratch(1) })
        parts.forEach((part, i) => {
          const bytes = bytesOf(part.replaceAll('\n', end))
          for (let at = 0; at < bytes.length;) {
            const size = cuts.next().value
            reader.push(bytes.subarray(at, at + size), 10 * (i + 1))
            at += size
          }
        })
        expect(reader.end(200)).toEqual(whole)
      }),
    )
  })
})

describe('an answer that ended well', () => {
  it.each<[string, string[]]>([
    ['a finish_reason and [DONE]', [...words(2), FINISH, DONE]],
    ['a finish_reason and the end of the body', [...words(2), FINISH]],
    ['two finish_reasons', [...words(2), FINISH, FINISH, DONE]],
    ['[DONE] with usage and no finish_reason', [...words(2), chunk({}, usage(2), ''), DONE]],
    ['a last event without its blank line', [...words(2), FINISH.trimEnd()]],
    [
      'an agent delta with a finish_reason',
      [event({ id: '1', delta: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' })],
    ],
    ['content under application/json that is a stream all the same', ['\n\n', ...words(2), FINISH, DONE]],
    ['words among its events', [event('ping'), ...words(2), FINISH, DONE]],
  ])('has %s', (_, parts) => {
    expect(readParts(parts, { api: 'databricks' })).toMatchObject({ failure: null, failureMessage: null })
  })

  it('stamps an unterminated last event with the bytes that brought it', () => {
    expect(readParts([words(1)[0]!, chunk({ content: 'x' }, {}, 'stop').trimEnd()])).toMatchObject({
      lastTokenAt: 20,
      unterminated: true,
      failure: null,
    })
  })
})

describe('a failed answer', () => {
  it.each<[string, string[], string]>([
    ['an error object', [event({ error: { message: 'out of memory', code: 500 } }), DONE], 'out of memory'],
    ['an error text', [event({ error: 'out of memory' })], 'out of memory'],
    ['an error event', ['event: error\ndata: {"message":"tool failed"}\n\n'], 'tool failed'],
    ['an error event that is not JSON', ['event: error\ndata: it broke\n\n'], 'it broke'],
    ['an error event without data', ['event: error\ndata:\n\n'], 'an error without a message'],
    ['an error beside choices', [chunk({}, { error: { message: 'limit' }, ...usage(2) }, 'length'), DONE], 'limit'],
    ['an error inside the choice', [event({ choices: [{ delta: {}, error: { message: 'bad' } }] }), DONE], 'bad'],
    ['an older error object', [event({ object: 'error', message: 'gone' })], 'gone'],
    [
      'a Databricks error',
      [event({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'busy' })],
      'TEMPORARILY_UNAVAILABLE: busy',
    ],
    ['a finish_reason "error"', [chunk({}, {}, 'error'), DONE], 'finish_reason "error"'],
    ['a finish_reason "abort"', [chunk({}, {}, 'abort'), DONE], 'finish_reason "abort"'],
  ])('is an error_event: %s, whatever follows', (_, parts, message) => {
    expect(readParts([...words(2), ...parts, FINISH, DONE])).toMatchObject({
      failure: 'error_event',
      failureMessage: message,
      tpotMs: null,
    })
  })

  it.each<[string, string[]]>([
    ['no finish_reason', [...words(2)]],
    ['[DONE] without finish_reason and count', [...words(2), DONE]],
    ['a null error and nothing more', [chunk({ content: 'x' }, { error: null })]],
    ['an event cut in its middle', [...words(2), FINISH, 'data: {"choices":[],"usa']],
    ['an empty body', []],
    ['comments alone', [': keep-alive\n\n', ': 408 Request Timeout\n']],
    ['a cut first event', ['data: {"cho']],
  ])('is incomplete: %s', (_, parts) => {
    expect(readParts(parts)).toMatchObject({ failure: 'incomplete', tpotMs: null })
  })

  it('is empty when it is complete without a token', () => {
    expect(readParts([ROLE, FINISH, event({ choices: [], ...usage(40) }), DONE])).toMatchObject({
      failure: 'empty',
      tokenEvents: 0,
    })
  })

  it.each<[string, (string | Buffer)[], string]>([
    ['a JSON answer', ['{"choices":[{"message":', '{"content":"Hi"}}]}'], 'a whole JSON answer instead of a stream'],
    ['a JSON list', ['\n [{"a":1}]'], 'a whole JSON answer instead of a stream'],
    ['JSON lines', ['{"message":"a"}\n{"message":"b"}\n'], 'JSON lines instead of a stream'],
    ['a page', ['<!doctype html><title>Sign in</title>'], 'an HTML page instead of a stream: Sign in'],
    ['a page without a title', ['<html>'], 'an HTML page instead of a stream'],
    ['plain text', ['upstream timeout'], 'plain text instead of a stream: upstream timeout'],
    ['hidden compression', [Buffer.of(0x1f), Buffer.of(0x8b, 8, 0)], 'a gzip-compressed body without Content-Encoding'],
    ['another API', [event({ type: 'message_start', message: {} })], 'no event is in the format of openai-chat'],
    ['broken JSON', [event('{"choices":'), FINISH, DONE], 'an event that is not JSON: {"choices":'],
    ['NaN', [event('{"choices":[{"delta":{},"p":NaN}]}'), DONE], 'an event with NaN, which JSON does not have'],
    [
      'broken JSON that speaks of NaN',
      [event('{"choices":"a: NaN,"'), DONE],
      'an event that is not JSON: {"choices":"a: NaN,"',
    ],
    ['words alone', [event('hello')], 'no event is JSON: data: hello'],
  ])('is not in the format of the API: %s', (_, parts, message) => {
    expect(readParts(parts)).toMatchObject({ failure: 'parse', failureMessage: message })
  })

  it('is not in the framing of AWS when a message is longer than AWS allows', () => {
    const message = Buffer.from(encodeAwsEvent('messageStart', {}))
    message.writeUInt32BE(2 ** 31, 0)
    message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
    expect(readParts([message], { api: 'bedrock' })).toMatchObject({
      failure: 'parse',
      failureMessage: 'an AWS event of more than 16 MiB',
    })
  })

  it('shows that a name was cut: what is left may be the beginning of a secret', () => {
    const named = event({
      choices: [{ delta: { content: 'a' }, finish_reason: 'f'.repeat(300) }],
      model: 'm'.repeat(300),
    })
    expect(readParts([named, DONE])).toMatchObject({
      finishReason: `${'f'.repeat(199)}…`,
      servedModel: `${'m'.repeat(199)}…`,
    })
  })

  it('is the server’s error when a JSON answer holds one', () => {
    expect(readParts(['{"error":{"message":"overloaded"}}'])).toMatchObject({
      failure: 'error_event',
      failureMessage: 'overloaded',
    })
  })

  it('stops at a line without end', () => {
    const reader = createResponseReader({ api: findApi('openai-chat'), task: 'chat', scratch: new Scratch() })
    reader.push(bytesOf('data: '), 0)
    const block = bytesOf('x'.repeat(65_536))
    let pushes = 1
    while (!reader.push(block, pushes)) pushes++
    expect(pushes).toBeLessThanOrEqual(257)
    expect(reader.end(99)).toMatchObject({ failureMessage: 'an event of more than 16 MiB; at most 1 MiB is read' })
  })

  it.each([
    ['openai-chat', 'data: ', '\n\n'],
    ['ollama', '{"a":"', '"}\n'],
  ] as const)('says how large an event is that is too large, in any cut: %s', (api, begin, end) => {
    for (const cut of [8, 1_048_570, 1_500_000]) {
      const reader = createResponseReader({ api: findApi(api), task: 'chat', scratch: new Scratch() })
      const bytes = bytesOf(`${begin}${'x'.repeat(1_500_000)}${end}${begin}1${end}`)
      reader.push(bytes.subarray(0, cut), 0)
      reader.push(bytes.subarray(cut), 1)
      const failureMessage = 'an event of 1.5 MiB; at most 1 MiB is read'
      expect(reader.end(2)).toMatchObject({ failure: 'parse', failureMessage })
    }
  })

  it('never breaks, whatever the bytes', () => {
    const text = fc.oneof(
      fc.json().map(event),
      fc.string({ unit: CODE_POINT }),
      fc.constantFrom(DONE, FINISH, ROLE, 'event: error\n'),
    )
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 6 }),
        fc.constantFrom('openai-chat', 'databricks', 'openai-embeddings'),
        (parts, api) => {
          const reading = readParts(parts, { api, task: api === 'openai-embeddings' ? 'embeddings' : 'chat' })
          expect(reading.failure === null).toBe(reading.failureMessage === null)
        },
      ),
    )
  })
})

describe('an embeddings answer', () => {
  const answer = {
    object: 'list',
    model: 'bge',
    data: [{ index: 0, embedding: [0.1, 0.2] }],
    usage: { prompt_tokens: 7, total_tokens: 7 },
  }
  const read = (...parts: string[]) => readParts(parts, { api: 'openai-embeddings', task: 'embeddings' })

  it('is over with its last byte', () => {
    const text = JSON.stringify(answer)
    expect(read(text.slice(0, 20), text.slice(20, 40), text.slice(40))).toMatchObject({
      firstTokenAt: null,
      lastTokenAt: 30,
      tpotMs: null,
      inputTokens: 7,
      outputTokens: 0,
      tokenSource: 'usage',
      reads: 3,
      servedModel: 'bge',
      failure: null,
    })
    expect(readParts([text], { api: 'databricks', task: 'embeddings' })).toMatchObject({
      lastTokenAt: 10,
      inputTokens: 7,
      failure: null,
    })
  })

  it.each<[string, string[], string]>([
    ['empty', [JSON.stringify({ ...answer, data: [] })], 'an answer without a single embedding'],
    ['empty', [JSON.stringify({ ...answer, data: [{ embedding: [] }] })], 'an answer without a single embedding'],
    ['error_event', ['{"error":{"message":"too long"}}'], 'too long'],
    ['error_event', ['{"error_code":"BAD_REQUEST","message":"no"}'], 'BAD_REQUEST: no'],
    ['parse', ['{"predictions":[1]}'], 'a JSON answer that is not in the format of openai-embeddings'],
    ['parse', ['<html><title>Login</title>'], 'an HTML page instead of a JSON answer: Login'],
    ['parse', [DONE], 'an event stream instead of a JSON answer'],
    ['incomplete', ['{"data":[{"embedding":[0.1'], 'a JSON answer that was cut'],
    ['parse', ['{"data":[{"embedding":[0.1,-Infinity ]}]}'], 'a JSON answer with -Infinity, which JSON does not have'],
    ['incomplete', [], 'an empty body'],
  ])('fails as %s: %j', (failure, parts, message) => {
    expect(read(...parts)).toMatchObject({ failure, failureMessage: message, lastTokenAt: null })
  })

  it('reads embeddings in base64', () => {
    expect(read(JSON.stringify({ ...answer, data: [{ embedding: 'AAAA' }] }))).toMatchObject({ failure: null })
  })
})

const say = (...texts: string[]) => readParts([...texts.map((content) => chunk({ content })), FINISH, DONE])

it.each([
  [['<think>', 'So', '</think>', 'Yes']],
  [['<', 'thi', 'nk', '>', 'So']],
  [['\n<think>\nSo']],
  [['So', '</', 'think>', 'Yes']],
  [['<thinking>', 'So']],
  [['<thought>', 'So']],
  [['[THINK]', 'So']],
  [['◁think▷', 'So']],
  [['<|channel|>', 'analysis', '<|message|>So']],
])('an answer of %j holds its reasoning in its text, and nobody can say when it began', (texts) => {
  expect(say(...texts)).toMatchObject({ tagsReasoning: true, firstTextAt: null, firstTokenAt: 10, failure: null })
})

it.each([[['I think', ' so']], [['a < b', ' > c']], [['<b>', 'think', '</b>']]])(
  'an answer of %j is text and nothing else',
  (texts) => expect(say(...texts)).toMatchObject({ tagsReasoning: false, firstTextAt: 10 }),
)

it('reasoning in the text shows, whatever the server counts: no token of it is hidden', () => {
  const usage = { completion_tokens: 4, prompt_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } }
  const parts = ['<think>', 'So', '</think>', 'Yes'].map((content) => chunk({ content }))
  const reading = readParts([...parts, FINISH, chunk({}, { usage }), DONE])
  expect(reading).toMatchObject({ hiddenReasoning: false, outputTokens: 4, tpotMs: 10 })
})
