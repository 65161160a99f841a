import { describe, expect, it } from 'vitest'
import { EMPTY_DELTA } from '../../src/protocol/api.ts'
import { classifyMember, holdsCiphertext, measureText, readUnknownMembers } from '../../src/protocol/unknown-members.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { chunk, DONE, event, FINISH, readParts, words } from './streams.ts'

const NAMES = `
  reasoning reasoning_content reasoning_text reasoning_details reasoning_summary thinking thinking_content thinking_blocks
  thought thoughts inner_thought internal_thoughts x_gpt_thinking analysis rationale cot think inner_monologue scratchpad
`
  .trim()
  .split(/\s+/)

/** The forms in which servers write reasoning. */
const FORMS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['a text', (text) => text],
  ['a block', (text) => ({ type: 'thinking', thinking: text })],
  ['blocks', (text) => [{ type: 'thinking', thinking: text, signature: 'c2ln' }]],
  ['details', (text) => [{ type: 'reasoning.text', text }]],
]

describe('reasoning of a chat stream', () => {
  it.each(NAMES.flatMap((name) => FORMS.map(([form, write]) => [name, form, write] as const)))(
    'under `%s`, as %s, is the first token, and the answer comes after it',
    (name, _, write) => {
      const thought = chunk({ [name]: write('So') })
      expect(readParts([thought, thought, ...words(2), FINISH, DONE])).toMatchObject({
        firstTokenAt: 10,
        firstTextAt: 30,
        tokenEvents: 4,
        unreadEvents: 0,
        hiddenReasoning: false,
        failure: null,
      })
    },
  )

  it.each(['reasoning_opaque', 'reasoning_signature', 'thought_signature', 'encrypted_reasoning'])(
    'that nobody can read (`%s`) is no token and no unread text',
    (name) => {
      const reading = readParts([chunk({ [name]: 'QUJD' }), ...words(2), FINISH])
      expect(reading).toMatchObject({ firstTokenAt: 20, tokenEvents: 2, unreadEvents: 0, unknownEvents: 0 })
    },
  )

  it.each(['reasoning_id', 'thinking_type', 'reasoning_effort', 'thinking_status', 'reasoning_tokens'])(
    'that is only told about (`%s`) is no token',
    (name) => expect(classifyMember(name)).toBe('no-output'),
  )

  it('is not made of the reason why a choice has ended', () => {
    const parts = [chunk({ finish_reason: 'stop', stop_reason: 'eos' }), ...words(1), FINISH]
    expect(readParts(parts)).toMatchObject({ tokenEvents: 1, unreadEvents: 0, firstTokenAt: 20 })
  })
})

it('reasoning that nobody can read is known as that in every API that has unknown members', () => {
  expect(readUnknownMembers({ encrypted_reasoning: 'QUJD' }, new Set())).toMatchObject({ concealed: true })
  expect(readUnknownMembers({ musing: 'So', encrypted_reasoning: 'QUJD' }, new Set())).toMatchObject({
    concealed: true,
    unread: 'musing',
  })
  expect(readUnknownMembers({ musing: '' }, new Set())).toEqual(EMPTY_DELTA)
})

describe('a text in a member that nobody knows', () => {
  it.each([
    ['a text', 'So'],
    ['a part', { type: 'x', text: 'So' }],
    ['parts', [{ content: [{ text: 'So' }] }]],
    ['a part whose text has a name of its own', { id: 'audio_1', transcript: 'So' }],
    ['a part in a part', { provider: 'x', more: { words: ['', 'So'] } }],
  ])('%s is an unknown event, and named', (_, value) => {
    const reading = readParts([chunk({ role: 'assistant', content: '', musing: value }), ...words(2), FINISH])
    expect(reading).toMatchObject({ unknownEvents: 1, unreadEvents: 1, unreadMember: 'musing', tokenEvents: 2 })
  })

  it.each([
    ['reasoning in a form that is not known', chunk({ thoughts: [{ value: 'So' }] }), 'thoughts'],
    ['reasoning in what is said about the output', chunk({ metadata: { step: { thought: 'So' } } }), 'metadata'],
    [
      'a text beside a delta that is empty',
      event({ choices: [{ index: 0, delta: { role: 'assistant' }, musing: 'So', finish_reason: null }] }),
      'musing',
    ],
  ])('%s is one, too', (_, part, unreadMember) => {
    expect(readParts([part, ...words(2), FINISH])).toMatchObject({ unreadEvents: 1, unreadMember, tokenEvents: 2 })
  })

  it('is none in what a choice says about its end', () => {
    const said = { index: 0, delta: {}, message: { content: 'a' }, finish_details: { stop: '<|end|>' } }
    expect(readParts([...words(1), event({ choices: [said] }), FINISH])).toMatchObject({ unreadEvents: 0 })
  })

  it('is none in a ciphertext', () => {
    const hidden = chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'QUJD', title: 'x' }] })
    expect(readParts([hidden, ...words(1), FINISH])).toMatchObject({ unreadEvents: 0 })
    const delta = { thoughts: [{ value: 'So' }], thinking_blocks: [{ type: 'redacted_thinking', data: 'QUJD' }] }
    expect(readUnknownMembers(delta, new Set())).toMatchObject({ unread: 'thoughts', concealed: true })
  })

  it('is named where it is all that an answer holds', () => {
    const reading = readParts([chunk({ musing: 'So' }), FINISH, DONE])
    expect(reading).toMatchObject({ failure: 'empty' })
    expect(reading.failureMessage).toContain('musing holds a text that is not read')
  })

  it.each([
    ['role', 'assistant'],
    ['id', 'msg_1'],
    ['message_id', 'msg_1'],
    ['created_at', '2026-11-28T12:00:00Z'],
    ['system_fingerprint', 'fp_1'],
    ['trace_id', 'ab12'],
    ['citations', ['a source']],
    ['logits', 0.5],
    ['flags', { safe: 'yes' }],
    ['empty', ''],
    ['nothing', null],
  ])('is not `%s`', (name, value) => {
    expect(readParts([chunk({ [name]: value }), ...words(1), FINISH])).toMatchObject({ unreadEvents: 0 })
  })

  it('is harmless beside a token: its time is known', () => {
    expect(readParts([chunk({ content: 'a', piece: 'a' }), FINISH])).toMatchObject({ unreadEvents: 0, tokenEvents: 1 })
  })

  const READS = [
    ['anthropic', { type: 'content_block_delta', delta: { type: 'musing_delta', musing: 'So' } }],
    ['cohere', { type: 'content-delta', delta: { message: { content: { musing: 'So' } } } }],
    ['gemini', { candidates: [{ content: { parts: [{ musing: 'So' }] } }] }],
    ['ollama', { message: { role: 'assistant', content: '', musing: 'So' }, done: false }],
    ['databricks', { delta: { role: 'assistant', musing: 'So' } }],
    ['openai-completions', { object: 'text_completion', choices: [{ index: 0, text: '', musing: 'So' }] }],
    ['llamacpp', { index: 0, content: '', stop: false, musing: 'So' }],
    ['llamacpp', { index: 0, stop: false, musing: 'So' }],
    ['tgi', { index: 1, token: { id: 1, text: '', logprob: -0.1, special: false }, musing: 'So' }],
    ['tgi', { index: 1, token: { id: 1, logprob: -0.1, special: false, musing: 'So' } }],
    ['triton', { model_name: 'm', model_version: '1', text_output: '', musing: 'So' }],
    ['triton', { model_name: 'm', model_version: '1', text_output: [''], musing: ['So'] }],
  ] as const

  it.each(READS)('is seen in %s, too', (api, json) => {
    expect(findApi(api).read(json, '')).toMatchObject({ unread: 'musing', unknown: false })
  })

  it.each(READS)('is reasoning in %s where it is called so', (api, json) => {
    const renamed: unknown = JSON.parse(JSON.stringify(json).replaceAll('"musing"', '"inner_thought"'))
    expect(findApi(api).read(renamed, '')).toMatchObject({ reasoning: true, characters: 2 })
  })

  it('is a message that streams where a delta should', () => {
    const said = (message: unknown) => event({ choices: [{ index: 0, message, finish_reason: null }] })
    const reading = readParts([said({ role: 'assistant', content: 'So' }), ...words(2), FINISH])
    expect(reading).toMatchObject({ unreadEvents: 1, unreadMember: 'message', tokenEvents: 2 })
    expect(readParts([said({ role: 'assistant' }), ...words(2), FINISH])).toMatchObject({ unreadEvents: 0 })
  })

  it('is none of what the native servers send beside their text', () => {
    const settings = { prompt: 'So', samplers: ['top_k'], grammar: 'root', stop: ['###'] }
    const stopped = { stop_type: 'limit', stopping_word: '###', has_new_line: true, truncated: false }
    const counted = { tokens_predicted: 8, tokens_evaluated: 4, tokens_cached: 11, timings: { prompt_ms: 3 } }
    const events = [
      [
        'llamacpp',
        {
          index: 0,
          content: '',
          tokens: [1],
          id_slot: 0,
          stop: true,
          model: '/m.gguf',
          prompt: 'So',
          generation_settings: settings,
          completion_probabilities: [{ content: 'So', probs: [] }],
          ...stopped,
          ...counted,
        },
      ],
      [
        'tgi',
        {
          index: 8,
          token: { id: 2, text: '</s>', logprob: 0, special: true },
          top_tokens: [{ id: 3, text: 'So' }],
          generated_text: 'So it is',
          details: { finish_reason: 'length', generated_tokens: 8, prefill: [{ text: 'So' }] },
        },
      ],
      [
        'triton',
        {
          model_name: 'm',
          model_version: '1',
          text_output: '',
          finish_reason: 'length',
          sequence_end: false,
          context_logits: [[0.5]],
          cum_log_probs: 0,
          num_output_tokens: 8,
          sequence_id: 0,
        },
      ],
      [
        'openai-completions',
        {
          object: 'text_completion',
          choices: [{ index: 0, text: '', logprobs: { tokens: ['So'] }, finish_reason: 'length', stop_reason: '###' }],
        },
      ],
    ] as const
    for (const [api, json] of events) {
      const { unread, reasoning, text } = findApi(api).read(json, '')
      expect([api, unread ?? null, reasoning, text]).toEqual([api, null, false, false])
    }
  })

  it('of Bedrock is seen, too', () => {
    const read = (delta: unknown) => findApi('bedrock').read({ delta }, 'contentBlockDelta')
    expect(read({ musing: { text: 'So' } })).toMatchObject({ unread: 'musing' })
    expect(read({ thinkingContent: { text: 'So' } })).toMatchObject({ reasoning: true })
  })
})

it('measures a text of any depth without end', () => {
  let deep: unknown = 'So'
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(measureText(deep)).toBe(0)
  expect(holdsCiphertext(deep)).toBe(false)
  expect(measureText([[{ text: 'So' }], 'a'])).toBe(3)
})
