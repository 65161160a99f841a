import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/protocol/api.ts'
import { bedrockApi as bedrock } from '../../../src/vendors/bedrock/bedrock.ts'
import { encodeAwsEvent } from '../../servers/aws-events.ts'
import { expectSameInAnyCut, readParts } from '../../protocol/streams.ts'

const START = encodeAwsEvent('messageStart', { role: 'assistant', p: 'abcdefgh' })
const BLOCK_STOP = encodeAwsEvent('contentBlockStop', { contentBlockIndex: 0, p: 'ab' })
const STOP = encodeAwsEvent('messageStop', { stopReason: 'max_tokens', p: 'abc' })

function delta(content: Record<string, unknown>): Buffer {
  return encodeAwsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: content, p: 'abcdef' })
}

function metadata(usage: Record<string, unknown> = {}): Buffer {
  const counts = { inputTokens: 20, outputTokens: 6, totalTokens: 26, ...usage }
  return encodeAwsEvent('metadata', { usage: counts, metrics: { latencyMs: 420 }, p: 'a' })
}

const read = (...parts: readonly Buffer[]) => readParts(parts, { api: 'bedrock' })

function dialect(rest: Partial<Dialect> = {}): Dialect {
  return { task: 'chat', model: null, fields: new Set(), lengthField: 'max_tokens', extraBody: {}, ...rest }
}
const SPEC = { prompts: ['count'], outputTokens: 8, nonce: 'n' }

describe('a stream of Bedrock', () => {
  it('ends with its metadata, whose counts are right', () => {
    expect(read(START, delta({ text: 'a' }), delta({ text: 'b' }), BLOCK_STOP, STOP, metadata())).toMatchObject({
      firstEventAt: 10,
      firstTokenAt: 20,
      firstTextAt: 20,
      lastTokenAt: 30,
      tokenEvents: 2,
      outputTokens: 6,
      inputTokens: 20,
      cachedTokens: null,
      tokenSource: 'server-final',
      finishReason: 'max_tokens',
      failure: null,
      unknownEvents: 0,
    })
  })

  it('reasons before it answers; a signature is no reasoning', () => {
    const reasoning = delta({ reasoningContent: { text: 'so' } })
    const signature = delta({ reasoningContent: { signature: 'x' } })
    const hidden = delta({ reasoningContent: { redactedContent: 'eA==' } })
    expect(read(START, hidden, reasoning, signature, delta({ text: 'a' }), STOP, metadata())).toMatchObject({
      firstTokenAt: 30,
      firstTextAt: 50,
      tokenEvents: 2,
    })
  })

  it('has no TPOT where it reasons and does not show it: the count holds the reasoning, and nothing says how much', () => {
    const text = [delta({ text: 'a' }), delta({ text: 'b' })]
    for (const hidden of [{ signature: 'x' }, { redactedContent: 'eA==' }])
      expect(read(START, delta({ reasoningContent: hidden }), ...text, STOP, metadata())).toMatchObject({
        firstTokenAt: 30,
        outputTokens: 6,
        hiddenReasoning: true,
        tpotMs: null,
        failure: null,
      })
  })

  it('calls a tool by its name, then with its input', () => {
    const start = encodeAwsEvent('contentBlockStart', { start: { toolUse: { toolUseId: 't', name: 'f' } } })
    expect(
      read(START, start, delta({ toolUse: { input: '{"a":' } }), delta({ toolUse: { input: '' } }), STOP),
    ).toMatchObject({
      firstTokenAt: 20,
      lastTokenAt: 30,
      firstTextAt: null,
      tokenEvents: 2,
      failure: null,
    })
  })

  it('counts what the cache gave as input, where the total says that it is left out', () => {
    const cached = { cacheReadInputTokens: 80, cacheWriteInputTokens: 5 }
    expect(read(delta({ text: 'a' }), STOP, metadata({ ...cached, totalTokens: 111 }))).toMatchObject({
      inputTokens: 105,
      cachedTokens: 80,
    })
    expect(read(delta({ text: 'a' }), STOP, metadata({ ...cached, inputTokens: 105, totalTokens: 111 }))).toMatchObject(
      {
        inputTokens: 105,
        cachedTokens: 80,
      },
    )
  })

  it('is complete without metadata once it has stopped, and incomplete before', () => {
    expect(read(START, delta({ text: 'a' }), STOP)).toMatchObject({ failure: null, tokenSource: 'chunks' })
    expect(read(START, delta({ text: 'a' }), BLOCK_STOP)).toMatchObject({ failure: 'incomplete' })
  })

  it.each(['throttlingException', 'modelStreamErrorException'])('fails by a %s inside a 200', (name) => {
    const exception = encodeAwsEvent(name, { message: 'try again', p: 'ab' }, 'exception')
    expect(read(START, delta({ text: 'a' }), exception)).toMatchObject({
      failure: 'error_event',
      failureMessage: `${name}: try again`,
    })
  })

  it('counts events of kinds that nobody knows', () => {
    const unknown = encodeAwsEvent('guardrailUpdate', { text: 'a' })
    expect(read(START, unknown, delta({ text: 'a' }), STOP, metadata())).toMatchObject({
      failure: null,
      unknownEvents: 1,
      tokenEvents: 1,
    })
    expect(read(unknown)).toMatchObject({ failure: 'parse', failureMessage: 'no event is in the format of bedrock' })
  })

  it('reads the same however it is cut', () => {
    const body = Buffer.concat([START, delta({ text: 'ä' }), delta({ text: '😀' }), BLOCK_STOP, STOP, metadata()])
    expectSameInAnyCut(body, { api: 'bedrock' })
  })
})

describe('a request to Bedrock', () => {
  const host = 'https://bedrock-runtime.eu-west-1.amazonaws.com'
  const arn = 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.m-v1:0'

  it.each([
    [host, `${host}/model/${encodeURIComponent(arn)}/converse-stream`],
    [`${host}/model/m-v1:0`, `${host}/model/m-v1:0/converse-stream`],
    [`${host}/model/m-v1%3A0/converse`, `${host}/model/m-v1%3A0/converse-stream`],
    [`http://h/x/model/m/converse-stream`, `http://h/x/model/m/converse-stream`],
  ])('to %s for a model goes to %s', (endpoint, url) => {
    expect(bedrock.url(new URL(endpoint), 'chat', arn).href).toBe(url)
  })

  it('has blocks of text and a length', () => {
    expect(bedrock.body(dialect(), SPEC)).toEqual({
      messages: [{ role: 'user', content: [{ text: 'count' }] }],
      inferenceConfig: { maxTokens: 8 },
    })
  })

  it('takes messages of a prompts file, the system apart, and blocks of its own kind as they are', () => {
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'count' }] },
      { role: 'assistant', content: [{ text: '1' }] },
      { role: 'user', content: [{ text: 'on' }, { cachePoint: { type: 'default' } }] },
    ]
    expect(bedrock.body(dialect(), { ...SPEC, messages })).toMatchObject({
      system: [{ text: 'be brief' }],
      messages: [
        { role: 'user', content: [{ text: 'count' }] },
        { role: 'assistant', content: [{ text: '1' }] },
        { role: 'user', content: [{ text: 'on' }, { cachePoint: { type: 'default' } }] },
      ],
    })
  })

  it('keeps its length when the user adds to it', () => {
    const extraBody = { inferenceConfig: { topP: 1 }, serviceTier: { type: 'priority' } }
    expect(bedrock.body(dialect({ fields: new Set(['temperature']), extraBody }), SPEC)).toMatchObject({
      inferenceConfig: { maxTokens: 8, temperature: 0, topP: 1 },
      serviceTier: { type: 'priority' },
    })
  })

  it('is recognised by its host or its path, and not where the host speaks like OpenAI', () => {
    const recognised = [
      host,
      'https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/model/m',
      'https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com',
      'http://127.0.0.1:9000/model/m/converse-stream',
    ]
    const others = [`${host}/openai/v1`, 'https://bedrock-mantle.us-east-1.api.aws/v1', 'http://h/model/m']
    expect(recognised.filter((url) => !bedrock.isIts(new URL(url)))).toEqual([])
    expect(others.filter((url) => bedrock.isIts(new URL(url)))).toEqual([])
  })
})
