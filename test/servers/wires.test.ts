import { describe, expect, it } from 'vitest'
import { generatesTokens } from '../../src/vocabulary/load.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import { ALL_APIS, findApi } from '../../src/vendors/apis.ts'
import type { Manners } from '../../src/simulator/wires/wire.ts'
import {
  destinationOf,
  INPUT_TOKENS,
  MODEL,
  offer,
  ourBody,
  readBy,
  refusal,
  streamOf,
  wholeOf,
  writerOf,
} from './speak.ts'

const EVERYTHING = ALL_APIS.flatMap((api) => api.tasks.map((task) => ({ name: `${api.name}, ${task}`, api, task })))
const GENERATION = EVERYTHING.filter(({ task }) => generatesTokens(task))
const RESULTS = EVERYTHING.filter(({ task }) => !generatesTokens(task))

function ask(
  name: (typeof ALL_APIS)[number]['name'],
  task: Task,
  manners: Partial<Manners> & { reasoningTokens?: number } = {},
) {
  const api = findApi(name)
  const writer = writerOf(offer(destinationOf(api, task), ourBody(api, task)), manners)
  return { api, writer }
}

describe('every API', () => {
  it.each(EVERYTHING)('$name: our request finds its wire and passes the strict check', ({ api, task }) => {
    const destination = destinationOf(api, task)
    expect(destination.wire.api).toBe(api.name)
    const request = offer(destination, ourBody(api, task))
    expect(request).toMatchObject({ task, texts: [expect.stringContaining('count to ten')] })
    if (generatesTokens(task)) expect(request).toMatchObject({ stream: true, maxTokens: 20 })
  })

  it.each(EVERYTHING)('$name: one field more is refused', ({ api, task }) => {
    const destination = destinationOf(api, task)
    const { status, json } = refusal(destination, ourBody(api, task, { extra: { surprise: 1 } }))
    expect(status).toBe(destination.wire.words.badBody)
    expect(JSON.stringify(json)).toContain('surprise')
  })

  it.each(GENERATION)('$name: our reader reads each token of its stream, the counts and the end', ({ api, task }) => {
    const { writer } = ask(api.name, task)
    const reading = readBy(api, task, streamOf(writer))
    expect(reading).toMatchObject({ failure: null, tokenEvents: 20, unknownEvents: 0, unterminated: false })
    expect(reading).toMatchObject({ inputTokens: INPUT_TOKENS, outputTokens: 20, buffered: false, tpotMs: 10 })
    expect(reading.tokenSource).not.toBe('chunks')
    expect(reading.finishReason).toMatch(/length|limit|max_(output_)?tokens/i)
  })

  it.each(GENERATION)('$name: an answer that ends early says another reason', ({ api, task }) => {
    const { writer } = ask(api.name, task)
    const reading = readBy(api, task, streamOf(writer, { finish: 'stop' }))
    expect(reading).toMatchObject({ failure: null, outputTokens: 20 })
    expect(reading.finishReason).not.toMatch(/length|limit|max_(output_)?tokens/i)
  })

  it.each(GENERATION)('$name: an error that breaks into the stream is read as one', ({ api, task }) => {
    const { writer } = ask(api.name, task)
    const pieces = [...streamOf(writer, { tokens: 5 }).slice(0, -1), writer.error('out of memory')]
    const reading = readBy(api, task, pieces)
    expect(reading).toMatchObject({ failure: 'error_event' })
    expect(reading.failureMessage).toContain('out of memory')
  })

  // The other two are only ever asked for streams.
  it.each(GENERATION.filter(({ api }) => api.name !== 'tgi' && api.name !== 'bedrock'))(
    '$name: our reader reads the whole answer',
    ({ api, task }) => {
      const { writer } = ask(api.name, task)
      const reading = readBy(api, task, [wholeOf(writer)], false)
      expect(reading).toMatchObject({ failure: null, inputTokens: INPUT_TOKENS, outputTokens: 20 })
    },
  )

  it.each(RESULTS)('$name: our reader reads a result for each text', ({ api, task }) => {
    const { writer } = ask(api.name, task)
    expect(readBy(api, task, [wholeOf(writer, 1)], false)).toMatchObject({
      failure: null,
      inputTokens: INPUT_TOKENS,
      tokenSource: 'usage',
    })
  })
})

describe('reasoning', () => {
  const PLACES = GENERATION.filter(({ api, task }) => {
    const request = offer(destinationOf(api, task), ourBody(api, task))
    return 'reasons' in request && request.reasons
  })

  it('has a place in every chat', () => {
    expect(PLACES.map(({ api, task }) => `${api.name}, ${task}`)).toEqual([
      'openai-chat, chat',
      'openai-responses, chat',
      'databricks, chat',
      'ollama, chat',
      'ollama, completions',
      'anthropic, chat',
      'gemini, chat',
      'cohere, chat',
      'bedrock, chat',
    ])
  })

  it.each(PLACES)('$name: precedes the answer and counts', ({ api, task }) => {
    const { writer } = ask(api.name, task, { reasoningTokens: 8 })
    const reading = readBy(api, task, streamOf(writer, { reasoning: 8 }))
    expect(reading).toMatchObject({ failure: null, tokenEvents: 20, outputTokens: 20, hiddenReasoning: false })
    expect(reading.firstTextAt! - reading.firstTokenAt!).toBe(80)
  })

  it.each(PLACES)('$name: may be all there is', ({ api, task }) => {
    const { writer } = ask(api.name, task, { reasoningTokens: 20 })
    const reading = readBy(api, task, streamOf(writer, { reasoning: 20 }))
    expect(reading).toMatchObject({ failure: null, tokenEvents: 20, outputTokens: 20, firstTextAt: null })
  })

  it.each([
    ['anthropic', { reasoningTokens: 8, tpotMs: 10 }],
    // It has no count of its own there.
    ['bedrock', { reasoningTokens: null, tpotMs: null }],
  ] as const)('%s: leaves a sign where it does not show', (name, facts) => {
    const { api, writer } = ask(name, 'chat', { reasoningTokens: 8, reasoningField: 'hidden' })
    const shown = streamOf(writer, { tokens: 12 }).slice(0, -1)
    const reading = readBy(api, 'chat', [...shown, streamOf(writer).at(-1)!])
    expect(reading).toMatchObject({ failure: null, tokenEvents: 12, outputTokens: 20, hiddenReasoning: true, ...facts })
    expect(wholeOf(writer).toString()).not.toContain(`"${' token'.repeat(8)}"`)
  })

  it.each(PLACES)('$name: is told from the text in a whole answer', ({ api, task }) => {
    const { writer } = ask(api.name, task, { reasoningTokens: 8 })
    const said = wholeOf(writer).toString()
    expect(said).toContain(`"${' token'.repeat(8)}"`)
    expect(said).toContain(`"${' token'.repeat(12)}"`)
  })

  it.each([
    ['reasoning_content', '{"reasoning_content":" token"}'],
    ['reasoning', '{"reasoning":" token"}'],
  ] as const)('of an OpenAI-like chat stands in %s', (reasoningField, delta) => {
    const { writer } = ask('openai-chat', 'chat', { reasoningTokens: 1, reasoningField })
    expect(writer.tokens('reasoning', 1, 1, null).toString()).toContain(`"delta":${delta}`)
  })
})

describe('Databricks', () => {
  it('counts only at the end where the content is a list of parts', () => {
    const { api, writer } = ask('databricks', 'chat', { chatShape: 'arrays', reasoningTokens: 2 })
    const pieces = streamOf(writer, { tokens: 4, reasoning: 2 })
    expect(pieces[0]!.toString()).toContain(
      '[{"type":"reasoning","summary":[{"type":"summary_text","text":" token"}]}]',
    )
    expect(pieces[0]!.toString()).toContain('"completion_tokens":null')
    expect(pieces[3]!.toString()).toContain('"content":[{"type":"text","text":" token"}]')
    expect(readBy(api, 'chat', pieces)).toMatchObject({ failure: null, tokenEvents: 4, outputTokens: 4 })
  })

  it('sends the deltas of an agent without choices', () => {
    const { api, writer } = ask('databricks', 'chat', { chatShape: 'agent' })
    const pieces = streamOf(writer)
    expect(pieces[0]!.toString()).toBe(
      'data: {"id":"chatcmpl-7","delta":{"role":"assistant","content":" token","id":"msg-7"}}\n\n',
    )
    expect(readBy(api, 'chat', pieces)).toMatchObject({ failure: null, tokenEvents: 20, outputTokens: 20 })
  })

  it('counts nothing at all when told so', () => {
    const { api, writer } = ask('databricks', 'chat', { usage: 'none' })
    expect(readBy(api, 'chat', streamOf(writer))).toMatchObject({ failure: null, tokenSource: 'chunks' })
  })

  it('lets the one served task decide what a native body is', () => {
    const destination = destinationOf(findApi('databricks'), 'chat')
    const native = { ...destination, route: { ...destination.route, task: null, form: 'native' } }
    const chat = { messages: [{ role: 'user', content: 'hi' }] }
    expect(offer(native, chat)).toMatchObject({ task: 'chat', model: null })
    expect(refusal(native, chat, { onlyTask: 'embeddings' })).toEqual({
      status: 400,
      json: { error_code: 'BAD_REQUEST', message: 'Bad request: json: unknown field "messages"' },
    })
  })
})

describe('what is peculiar to an API', () => {
  it('TGI puts no space after data, numbers its tokens, and ends with the whole text', () => {
    const { writer } = ask('tgi', 'completions')
    const pieces = streamOf(writer, { tokens: 2 }).map((piece) => piece.toString())
    expect(pieces[0]).toMatch(
      /^data:\{"index":1,"token":\{"id":\d+,"text":" token",.*"generated_text":null,"details":null\}\n\n$/,
    )
    expect(pieces[1]).toContain(
      '"generated_text":" token token","details":{"finish_reason":"length","generated_tokens":2',
    )
    expect(pieces[2]).toBe('')
  })

  it('TGI ends an answer of its own accord with a special token that counts', () => {
    const { writer } = ask('tgi', 'completions')
    const last = streamOf(writer, { tokens: 3, finish: 'stop' })[2]!.toString()
    expect(last).toContain('"text":"</s>"')
    expect(last).toContain(
      '"generated_text":" token token","details":{"finish_reason":"eos_token","generated_tokens":3',
    )
  })

  it('llama.cpp times its work in the last event', () => {
    const { api, writer } = ask('llamacpp', 'completions')
    expect(readBy(api, 'completions', streamOf(writer))).toMatchObject({
      serverTtftMs: 40,
      serverTpotMs: 9.5,
      serverLoadMs: null,
    })
  })

  it('Ollama writes lines, and times its work in nanoseconds', () => {
    const { api, writer } = ask('ollama', 'chat')
    const pieces = streamOf(writer, { tokens: 2 })
    expect(pieces.every((piece) => /^\{.*\}\n$/.test(piece.toString()))).toBe(true)
    expect(JSON.parse(pieces.at(-1)!.toString())).toMatchObject({ done_reason: 'length', total_duration: 230e6 })
    expect(readBy(api, 'chat', pieces)).toMatchObject({ serverTtftMs: 41, serverTpotMs: 95, serverLoadMs: 1 })
  })

  it('Triton counts only when it is asked to, and ends with nothing', () => {
    const api = findApi('triton')
    const body = ourBody(api, 'completions', { fields: [] })
    const pieces = streamOf(writerOf(offer(destinationOf(api, 'completions'), body)), { tokens: 2 })
    expect(pieces[1]!.toString()).toBe(
      'data: {"model_name":"simulated-model","model_version":"1","text_output":" token"}\n\n',
    )
    expect(pieces[2]!.length).toBe(0)
  })

  it('Gemini separates with CRLF, counts in every event, and finishes with the last tokens', () => {
    const { writer } = ask('gemini', 'chat')
    const pieces = streamOf(writer, { tokens: 2 }).map((piece) => piece.toString())
    expect(pieces.slice(0, 2).every((piece) => /^data: \{.*\}\r\n\r\n$/.test(piece))).toBe(true)
    expect(pieces[0]).toContain('"candidatesTokenCount":1')
    expect(pieces[1]).toContain('"finishReason":"MAX_TOKENS"')
    expect(pieces[2]).toBe('')
  })

  it('Gemini grows an array where no stream of events is asked for', () => {
    const api = findApi('gemini')
    const destination = destinationOf(api, 'chat')
    const array = { ...destination, route: { ...destination.route, form: 'array' } }
    const writer = writerOf(offer(array, ourBody(api, 'chat')))
    expect(writer.streamType).toContain('application/json')
    expect(JSON.parse(Buffer.concat(streamOf(writer, { tokens: 3 })).toString())).toHaveLength(3)
    const empty = JSON.parse(
      Buffer.concat(streamOf(writerOf(offer(array, ourBody(api, 'chat'))), { tokens: 0 })).toString(),
    )
    expect(empty).toHaveLength(1)
  })

  it('Anthropic begins and ends each block, and counts in its last event but one', () => {
    const { writer } = ask('anthropic', 'chat', { reasoningTokens: 1 })
    const stream = Buffer.concat(streamOf(writer, { tokens: 2, reasoning: 1 })).toString()
    expect(stream.match(/^event: .*/gm)!.map((line) => line.slice(7))).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(stream).toContain('"type":"signature_delta"')
    expect(stream).not.toContain('[DONE]')
  })

  it('Cohere ends with [DONE], and bills for less than it counts', () => {
    const { writer } = ask('cohere', 'chat')
    const stream = Buffer.concat(streamOf(writer)).toString()
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(stream).toContain('"billed_units":{"input_tokens":8,"output_tokens":20},"tokens":{"input_tokens":9')
  })

  it('Responses number their events and repeat the answer at the end', () => {
    const { writer } = ask('openai-responses', 'chat', { reasoningTokens: 1 })
    const stream = Buffer.concat(streamOf(writer, { tokens: 3, reasoning: 1 })).toString()
    const events = stream.match(/^data: .*/gm)!.map((line) => JSON.parse(line.slice(6)))
    expect(events.map(({ sequence_number }) => sequence_number as number)).toEqual(events.map((_, i) => i))
    const { response } = events.at(-1)
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
    expect(response.output).toMatchObject([{ type: 'reasoning' }, { content: [{ text: ' token token' }] }])
  })

  it('Azure says first what its filter thinks of the prompt, and names the model in the path', () => {
    const api = findApi('openai-chat')
    const azure = new URL(`http://127.0.0.1/openai/deployments/${MODEL}/chat/completions?api-version=2024-10-21`)
    const { wire } = destinationOf(api, 'chat')
    const route = wire.route(azure)!
    expect(route).toMatchObject({ model: MODEL, form: 'azure' })
    const pieces = streamOf(writerOf(offer({ wire, route }, ourBody(api, 'chat'))))
    expect(pieces[0]!.toString()).toMatch(/^data: \{"choices":\[\],.*"prompt_filter_results":/)
    expect(readBy(api, 'chat', pieces)).toMatchObject({ failure: null, tokenEvents: 20, outputTokens: 20 })
  })

  it('OpenAI packs an embedding into base64 when it is asked to', () => {
    const api = findApi('openai-embeddings')
    const body = ourBody(api, 'embeddings', { extra: { encoding_format: 'base64', dimensions: 3 } })
    const answer = JSON.parse(wholeOf(writerOf(offer(destinationOf(api, 'embeddings'), body)), 1).toString())
    expect(Buffer.from(answer.data[0].embedding as string, 'base64')).toHaveLength(12)
  })
})

describe('images', () => {
  const TAKERS = ALL_APIS.filter(({ takesImages }) => takesImages === true)

  it('have a place in the chats of APIs that take them', () => {
    expect(TAKERS.map(({ name }) => name)).toEqual([
      'openai-chat',
      'openai-responses',
      'databricks',
      'ollama',
      'anthropic',
      'gemini',
      'cohere',
      'bedrock',
    ])
  })

  it.each(TAKERS.map((api) => [api.name, api] as const))(
    '%s: stand beside the text, as the strict endpoint reads them',
    (_, api) => {
      const images = ['iVBORw0KGgo=', 'iVBORw0KGgp=']
      const body = ourBody(api, 'chat', { images })
      const request = offer(destinationOf(api, 'chat'), body)
      expect(request).toMatchObject({ images, texts: [expect.stringContaining('count to ten')] })
      expect(ourBody(api, 'chat')).not.toEqual(body)
      expect(offer(destinationOf(api, 'chat'), ourBody(api, 'chat'))).toMatchObject({ images: [] })
    },
  )

  it.each(TAKERS.map((api) => [api.name, api] as const))(
    '%s: are refused by a model that reads only text',
    (_, api) => {
      const destination = destinationOf(api, 'chat')
      const rules = { takesImages: false }
      expect(
        JSON.stringify(refusal(destination, ourBody(api, 'chat', { images: ['iVBORw0KGgo='] }), rules).json),
      ).toContain('is not a multimodal model')
      expect(offer(destination, ourBody(api, 'chat'), rules)).toMatchObject({ task: 'chat' })
    },
  )

  it('are not fetched from elsewhere', () => {
    const api = findApi('openai-chat')
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }]
    const body = { ...ourBody(api, 'chat'), messages: [{ role: 'user', content }] }
    expect(refusal(destinationOf(api, 'chat'), body)).toMatchObject({ status: 400 })
  })
})
