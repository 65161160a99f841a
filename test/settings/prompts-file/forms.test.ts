import { expect, test } from 'vitest'
import { FORMS } from '../../../src/settings/prompts-file/forms.ts'
import { parsePromptsFile } from '../../../src/settings/prompts-file/prompts-file.ts'

/** What comes of a file of one such piece: its form, and what is sent. */
function read(piece: unknown): unknown[] {
  const { file, problems } = parsePromptsFile(JSON.stringify([piece]))
  expect(problems).toEqual([])
  const { account, prompts } = file!
  const [prompt] = prompts
  const { maxTokens, ...content } = prompt!
  const sent = content.kind === 'prompt' ? content.text : content.kind === 'input' ? content.texts : content.messages
  return [account.form, account.noun, sent, maxTokens]
}

const ASKED = [{ role: 'user', content: 'Why?' }]
const CHAT = [...ASKED, { role: 'assistant', content: 'So.' }]
const SAID = { from: 'gpt', value: 'So.' }

test.each<[string, unknown, string, string, unknown, number | null]>([
  ['prompts', { prompt: 'Why?', max_tokens: 9 }, '', 'prompt', 'Why?', 9],
  ['embeddings', { input: ['Why?'] }, '', 'prompt', ['Why?'], null],
  ['documents', { query: 'Why?', documents: ['So.', { text: 'No.' }] }, 'rerank', 'query', ['So.', 'No.'], null],
  ['documents of others', { query: 'Why?', texts: ['So.'] }, 'rerank', 'query', ['So.'], null],
  ['vLLM', { prompt: 'Why?', output_tokens: 64 }, 'vLLM', 'prompt', 'Why?', 64],
  ['vLLM, its other form', { prompt: 'Why?', expected_output_len: 64 }, 'vLLM', 'prompt', 'Why?', 64],
  ['GuideLLM', { prompt: 'Why?', prompt_tokens_count: 2, output_tokens_count: 5 }, 'GuideLLM', 'prompt', 'Why?', 5],
  ['a chat log', { messages: CHAT, temperature: 1, model: 'm' }, 'chat', 'conversation', ASKED, null],
  [
    'ShareGPT',
    { id: 'a', conversations: [{ from: 'human', value: 'Why?' }, SAID] },
    'ShareGPT',
    'conversation',
    'Why?',
    null,
  ],
  [
    'ShareGPT that begins with an answer',
    { conversations: [SAID, { from: 'human', value: 'Why?' }] },
    'ShareGPT',
    'conversation',
    'Why?',
    null,
  ],
  ['conversations of others', { conversation: CHAT, model: 'm' }, 'ShareGPT', 'conversation', 'Why?', null],
  [
    'an OpenAI batch',
    {
      custom_id: '1',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'm', messages: ASKED, max_tokens: 64 },
    },
    'OpenAI batch',
    'request',
    ASKED,
    64,
  ],
  ['a batch of embeddings', { custom_id: '1', body: { input: 'Why?' } }, 'OpenAI batch', 'request', ['Why?'], null],
  [
    'a batch of responses',
    { custom_id: '1', body: { input: ASKED, instructions: 'Be brief.', max_output_tokens: 7 } },
    'OpenAI batch',
    'request',
    [{ role: 'system', content: 'Be brief.' }, ...ASKED],
    7,
  ],
  [
    'an Anthropic batch',
    { custom_id: '1', params: { system: 'Be brief.', messages: ASKED, max_tokens: 8 } },
    'Anthropic batch',
    'request',
    [{ role: 'system', content: 'Be brief.' }, ...ASKED],
    8,
  ],
  [
    'a log of requests',
    { request: { messages: CHAT, max_tokens: 3 }, response: {} },
    'request log',
    'request',
    ASKED,
    3,
  ],
  ['GenAI-Perf', { text_input: 'Why?' }, 'GenAI-Perf', 'prompt', 'Why?', null],
  ['a trace with texts', { text_input: 'Why?', output_length: 9, timestamp: 0 }, 'GenAI-Perf', 'prompt', 'Why?', 9],
  ['AIPerf', { text: 'Why?' }, 'AIPerf', 'prompt', 'Why?', null],
  ['AIPerf, several texts', { texts: ['Why?', 'How?'] }, 'AIPerf', 'prompt', 'Why?', null],
  ['AIPerf, named texts', { texts: [{ name: 'a', contents: ['Why?'] }] }, 'AIPerf', 'prompt', 'Why?', null],
  [
    'AIPerf, turns',
    { session_id: 's', turns: [{ text: 'Why?', delay: 1 }, { text: 'How?' }] },
    'AIPerf',
    'conversation',
    'Why?',
    null,
  ],
  [
    'MT-Bench',
    { question_id: 1, category: 'a', turns: ['Why?', 'How?'], reference: ['b'] },
    'MT-Bench',
    'question',
    'Why?',
    null,
  ],
  ['Alpaca', { instruction: 'Sum up', input: 'this', output: 'b' }, 'Alpaca', 'instruction', 'Sum up\n\nthis', null],
  ['Alpaca without an input', { instruction: 'Why?', input: '', output: 'b' }, 'Alpaca', 'instruction', 'Why?', null],
  ['Dolly', { instruction: 'Sum up', context: 'this', response: 'b' }, 'Alpaca', 'instruction', 'Sum up\n\nthis', null],
  ['GSM8K', { question: 'Why?', answer: 'So.' }, 'GSM8K', 'question', 'Why?', null],
  ['a query', { query: 'Why?' }, '', 'prompt', 'Why?', null],
])('%s is told, and what of it is sent', (_, piece, form, noun, sent, tokens) => {
  expect(read(piece)).toEqual([form, noun, sent, tokens])
})

test.each([
  [
    'ShareGPT',
    {
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'x' },
        { from: 'human', value: 'b' },
        { from: 'human', value: ' ' },
      ],
    },
  ],
  ['AIPerf', { turns: [{ text: 'a' }, { text: '' }, { text: 'b' }] }],
  ['MT-Bench', { turns: ['a', 'b'] }],
])('what users say after the first answer is kept for conversations: %s', (_, piece) => {
  expect(parsePromptsFile(JSON.stringify([piece])).file!.prompts).toEqual([
    { kind: 'prompt', text: 'a', later: ['b'], maxTokens: null },
  ])
})

test('a system prompt is sent before the question, and makes messages of the others', () => {
  const text = JSON.stringify([
    { conversations: [{ from: 'human', value: 'a' }] },
    {
      conversations: [
        { from: 'system', value: 's' },
        { from: 'human', value: 'b' },
      ],
    },
  ])
  expect(parsePromptsFile(text).file!.prompts.map((prompt) => prompt.kind === 'messages' && prompt.messages)).toEqual([
    [{ role: 'user', content: 'a' }],
    [
      { role: 'system', content: 's' },
      { role: 'user', content: 'b' },
    ],
  ])
})

test('what holds no question is left out and counted', () => {
  const text = [
    { conversations: [SAID] },
    { conversations: [{ from: 'human', value: ' ' }] },
    { conversations: [{ from: 'human', value: 'Why?' }] },
    { conversations: [] },
  ]
  const { prompts, account } = parsePromptsFile(JSON.stringify(text)).file!
  expect(prompts).toHaveLength(1)
  expect(account).toMatchObject({
    found: 4,
    leftOut: [
      { why: 'without a question', count: 2 },
      { why: 'with an empty prompt', count: 1 },
    ],
  })
})

test.each([
  [{ conversations: 'a' }, 'entry 2: read as ShareGPT, "conversations" must be a list'],
  [{ prompt: 'a' }, 'entry 2: read as ShareGPT, "conversation" must be a list'],
])('a piece of another form is wrong, and said to be read as the first one: %j', (piece, message) => {
  const { problems } = parsePromptsFile(JSON.stringify([{ conversations: [{ from: 'human', value: 'a' }] }, piece]))
  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(message)])
})

test('each form has words for the docs', () => {
  for (const { told, sent, noun } of FORMS) expect([told, sent, noun]).not.toContain('')
})
