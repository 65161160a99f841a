import { describe, expect, it } from 'vitest'
import { findApi } from '../../../src/vendors/apis.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { bytesOf, chunk, DONE, event, FINISH, readParts, words } from '../streams.ts'

const usage = (completion_tokens: number, rest: object = {}) => ({
  usage: { prompt_tokens: 5, completion_tokens, total_tokens: 5 + completion_tokens, ...rest },
})
const newReader = () => createResponseReader({ api: findApi('openai-chat'), task: 'chat', scratch: new Scratch() })

describe('events that break naive readers', () => {
  it('hold the same reasoning twice, in `reasoning` and in `reasoning_content`: one token event', () => {
    const twice = chunk({ reasoning: 'So', reasoning_content: 'So' })
    expect(readParts([twice, twice, ...words(1), FINISH])).toMatchObject({ tokenEvents: 3, outputTokens: 3 })
  })

  it('have choices that are null, missing, or hold null', () => {
    const odd = [{ choices: null, model: 'm' }, { model: 'm' }, { choices: [null] }, { choices: [{ delta: null }] }]
    const reading = readParts([...odd.map(event), ...words(2), FINISH, DONE])
    expect(reading).toMatchObject({ firstTokenAt: 50, tokenEvents: 2, failure: null })
  })

  it('come from the content filter of Azure: an empty choice first, findings without text in between and late', () => {
    const filter = { hate: { filtered: false, severity: 'safe' } }
    const prompt = event({
      choices: [],
      id: '',
      created: 0,
      prompt_filter_results: [{ content_filter_results: filter }],
    })
    const offsets = { content_filter_results: filter, content_filter_offsets: { check_offset: 9, end_offset: 20 } }
    const finding = event({ choices: [{ index: 0, finish_reason: null, ...offsets }] })
    expect(readParts([prompt, ...words(1), finding, ...words(1), FINISH, finding, DONE])).toMatchObject({
      firstTokenAt: 20,
      lastTokenAt: 40,
      tokenEvents: 2,
      failure: null,
    })
  })

  it('count reasoning beside the answer, as xAI does: both are output', () => {
    const left = { total_tokens: 303, completion_tokens_details: { reasoning_tokens: 290 }, prompt_tokens: 12 }
    const parts = [chunk({ reasoning_content: 'So' }), ...words(1), FINISH, event({ choices: [], ...usage(1, left) })]
    expect(readParts(parts)).toMatchObject({ outputTokens: 291, tokenSource: 'usage+reasoning' })
  })

  it('count a token that does not show (an end mark): it is output, and TPOT is shared among all', () => {
    const reading = readParts([...words(10), FINISH, event({ choices: [], ...usage(11) }), DONE])
    expect(reading.outputTokens).toBe(11)
    // 9 gaps of 10 ms; 11 tokens in 10 events, of which the first is taken to hold 1.1.
    expect(reading.tpotMs).toBeCloseTo(90 / 9.9, 9)
  })

  it('hold several tokens each: without cumulative counts the first is taken to hold as many as the others', () => {
    const reading = (parts: string[], count: number) =>
      readParts([...parts, FINISH, event({ choices: [], ...usage(count) }), DONE]).tpotMs
    expect(reading(words(65), 260)).toBeCloseTo(640 / 256, 9)
    // A server that sends the first token alone and then four at a time: 2.5 ms a token, and 1.2 % more are said.
    expect(reading(words(65), 257)! / 2.5).toBeCloseTo(1.012, 3)
  })

  it('hold the whole answer in one: no TPOT, but a latency', () => {
    expect(readParts([chunk({ content: 'nine tokens' }, usage(9), 'stop'), DONE])).toMatchObject({
      tpotMs: null,
      lastTokenAt: 10,
      outputTokens: 9,
      failure: null,
    })
  })

  it('have a finish_reason of "", which ends nothing', () => {
    const empty = Array.from({ length: 2 }, () => chunk({ content: 'x' }, {}, ''))
    expect(readParts(empty)).toMatchObject({ finishReason: null, failure: 'incomplete' })
    expect(readParts([...empty, FINISH])).toMatchObject({ finishReason: 'stop', failure: null })
  })

  it('never have a finish_reason, as Snowflake’s: the count in the last one and [DONE] say that it is whole', () => {
    const parts = [chunk({ content: 'a' }, { usage: {} }), chunk({ content: 'b' }, usage(2)), DONE]
    expect(readParts(parts)).toMatchObject({ outputTokens: 2, finishReason: null, failure: null })
  })

  it('end with [DONE] on a connection that stays open: the answer is over', () => {
    const reader = newReader()
    const pushed = [...words(2), FINISH, DONE, ': keep-alive\n\n'].map((part, i) => reader.push(bytesOf(part), i))
    expect(pushed).toEqual([false, false, false, true, true])
    expect(reader.end(60_000)).toMatchObject({ lastTokenAt: 1, reads: 4, failure: null })
  })

  it('are fewer than they should be, behind a gateway that hides an error behind a clean [DONE]', () => {
    expect(readParts([...words(2), chunk({}), DONE])).toMatchObject({
      failure: 'incomplete',
      failureMessage: '[DONE] without a finish_reason or a token count',
    })
  })

  it('hold an error beside choices and usage, between two finish_reasons and before [DONE]', () => {
    const error = chunk({}, { error: { code: 502, message: 'limit reached' }, ...usage(10) }, 'length')
    expect(readParts([...words(2), FINISH, error, DONE])).toMatchObject({
      failure: 'error_event',
      failureMessage: 'limit reached',
    })
  })

  it('repeat the message so far beside each delta, and the whole of it in a last event of another type', () => {
    const both = (content: string, message: string, object: string, finish: string | null) =>
      event({ object, choices: [{ delta: { content }, message: { content: message }, finish_reason: finish }] })
    const parts = [
      both('a', 'a', 'chat.completion.chunk', null),
      both('b', 'ab', 'chat.completion.chunk', null),
      both('', 'ab', 'chat.completion.done', 'stop'),
    ]
    expect(readParts(parts)).toMatchObject({ lastTokenAt: 20, tokenEvents: 2, failure: null })
  })

  it('repeat the message at the end without a delta', () => {
    const repeat = event({
      object: 'chat.completion.done',
      choices: [{ message: { content: '01' }, finish_reason: 'stop' }],
    })
    expect(readParts([...words(2), repeat])).toMatchObject({ lastTokenAt: 20, tokenEvents: 2, failure: null })
  })

  it('hold an error under x_groq', () => {
    expect(readParts([...words(1), event({ choices: [], x_groq: { error: 'over capacity' } })])).toMatchObject({
      failure: 'error_event',
      failureMessage: 'over capacity',
    })
  })

  it('belong to several choices: all of their tokens count', () => {
    const of = (index: number, delta: object, finish_reason: string | null = null) =>
      event({ choices: [{ index, delta, finish_reason }] })
    const parts = [
      of(0, { content: 'a' }),
      of(1, { content: 'b' }),
      of(0, {}, 'stop'),
      of(1, { content: 'c' }),
      of(1, {}, 'length'),
    ]
    expect(readParts([...parts, event({ choices: [], ...usage(3) }), DONE])).toMatchObject({
      tokenEvents: 3,
      lastTokenAt: 40,
      outputTokens: 3,
      finishReason: 'length',
      failure: null,
    })
  })

  it('are padded with random characters, which say nothing', () => {
    const padding = { p: 'abcdefghijkl', obfuscation: 'Zx9' }
    const parts = [chunk({ content: '' }, padding), chunk({ content: 'a' }, padding), chunk({}, padding, 'stop'), DONE]
    expect(readParts(parts)).toMatchObject({ tokenEvents: 1, firstTokenAt: 20, unknownEvents: 0, failure: null })
  })

  it('report the progress of the prompt before there is a token', () => {
    const progress = chunk({ role: 'assistant', content: null }, { prompt_progress: { total: 100, processed: 50 } })
    expect(readParts([progress, progress, ...words(1), FINISH])).toMatchObject({ firstEventAt: 10, firstTokenAt: 30 })
  })
})

describe('what comes after the end of an answer', () => {
  const whole = [...words(2), FINISH, DONE]

  it('counts when it is the token count, in the same read or a later one', () => {
    const count = event({ choices: [], ...usage(7) })
    const counted = { outputTokens: 7, tokenSource: 'usage', failure: null }
    expect(readParts([...words(2), FINISH + DONE + count])).toMatchObject(counted)
    expect(readParts([...whole, count])).toMatchObject(counted)
  })

  it('fails it when it is an error, in the same read or a later one', () => {
    const failed = { failure: 'error_event', failureMessage: 'died' }
    const error = event({ error: { message: 'died' } })
    expect(readParts([...words(2), FINISH + DONE + error])).toMatchObject(failed)
    expect(readParts([...whole, error])).toMatchObject(failed)
    expect(readParts([...whole, 'event: error\ndata: died\n\n'])).toMatchObject(failed)
  })

  it('changes nothing else: no token, no reason, no fragment, no read', () => {
    const late = [chunk({ content: 'x' }, { model: 'other' }, 'length'), event('{"cut":'), 'data: {"cho']
    expect(readParts([...whole, ...late])).toEqual(readParts(whole))
  })

  it('does not delay the end', () => {
    const reader = newReader()
    for (const part of words(2)) reader.push(bytesOf(part), 1)
    expect(reader.push(bytesOf(FINISH + DONE), 2)).toBe(true)
  })
})

describe('the times that a server measured itself', () => {
  const serverOf = (...parts: string[]) => {
    const { serverTtftMs, serverTpotMs, serverLoadMs } = readParts([...words(2), ...parts, DONE])
    return { ttftMs: serverTtftMs, tpotMs: serverTpotMs, loadMs: serverLoadMs }
  }
  const nothing = { ttftMs: null, tpotMs: null, loadMs: null }

  it.each<[string, Record<string, unknown>, object]>([
    [
      'timings of llama.cpp',
      { timings: { prompt_ms: 120.5, predicted_per_token_ms: 9.5, predicted_n: 2 } },
      { ttftMs: 120.5, tpotMs: 9.5 },
    ],
    [
      'usage of GPUStack',
      usage(2, { time_to_first_token_ms: 38.6, time_per_output_token_ms: 16.9 }),
      { ttftMs: 38.6, tpotMs: 16.9 },
    ],
    ['sla_metrics', { sla_metrics: { ttft_ms: 61 } }, { ttftMs: 61, tpotMs: null }],
    [
      'times that make no sense',
      { timings: { prompt_ms: -1, predicted_per_token_ms: 8 } },
      { ttftMs: null, tpotMs: 8 },
    ],
  ])('stand in %s', (_, given, expected) => {
    expect(serverOf(chunk({}, given, 'stop'))).toEqual({ ...expected, loadMs: null })
  })

  it('are kept when later events have none', () => {
    expect(serverOf(chunk({}, { timings: { prompt_ms: 5 } }), FINISH, event({ choices: [] }))).toMatchObject({
      ttftMs: 5,
    })
  })

  it('are null where the server says none', () => {
    expect(serverOf(chunk({}, usage(2), 'stop'))).toEqual(nothing)
    expect(serverOf(chunk({}, { timings: { prompt_ms: 0 } }, 'stop'))).toEqual(nothing)
  })
})
