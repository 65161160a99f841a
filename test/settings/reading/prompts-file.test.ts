import { expect, test } from 'vitest'
import { parsePromptsFile } from '../../../src/settings/reading/prompts-file.ts'
import { messageOf, resolve } from '../support.ts'

function messages(text: string): string[] {
  return parsePromptsFile(text).problems.map(({ message }) => message)
}

test('each line is a prompt, with or without a length of its own', () => {
  const text = '\uFEFF{"prompt": "a"}\r\n\n{"prompt": "b", "max_tokens": 5}\n'
  expect(parsePromptsFile(text).prompts).toEqual([
    { kind: 'prompt', text: 'a', maxTokens: null },
    { kind: 'prompt', text: 'b', maxTokens: 5 },
  ])
})

test('messages keep what they hold', () => {
  const message = { role: 'user', content: [{ type: 'text', text: 'a' }], name: 'x' }
  expect(parsePromptsFile(JSON.stringify({ messages: [message] })).prompts).toEqual([
    { kind: 'messages', messages: [message], maxTokens: null },
  ])
})

test('input is one text or several', () => {
  expect(parsePromptsFile('{"input": "a"}\n{"input": ["b", "c"]}').prompts).toEqual([
    { kind: 'input', texts: ['a'], maxTokens: null },
    { kind: 'input', texts: ['b', 'c'], maxTokens: null },
  ])
})

test.each([
  ['{"prompt": ', 'is not JSON'],
  ['"text"', 'must be a JSON object'],
  ['[1]', 'must be a JSON object'],
  ['null', 'must be a JSON object'],
  ['{"prompt": [1, 2, 3]}', '"prompt" holds token ids'],
  ['{"messages": [{"role": "assistant", "content": null, "tool_calls": []}]}', '"messages" holds tool calls'],
  ['{"prompt": "a", "max_tokens": 5, "output_tokens": 6}', 'says the length twice'],
  ['{"prompt": "a", "output_tokens": 0}', '"output_tokens" must be a whole number from 1'],
  ['{}', 'exactly one of "prompt", "messages" and "input", and has none'],
  ['{"prompt": "a", "input": "b"}', 'and has prompt and input'],
  ['{"prompt": ""}', '"prompt" must be a text that is not empty'],
  ['{"prompt": 3}', '"prompt" must be a text'],
  ['{"messages": []}', '"messages" must be a list of {"role", "content"} objects'],
  ['{"messages": [{"role": "user"}]}', '"messages" must be a list'],
  ['{"input": []}', '"input" must be a text or a list'],
  ['{"input": ["a", ""]}', '"input" must be a text or a list'],
  ['{"prompt": "a", "max_tokens": 0}', '"max_tokens" must be a whole number from 1'],
  ['{"prompt": "a", "max_tokens": "5"}', '"max_tokens" must be a whole number from 1'],
  ['{"prompt": "a", "temperature": 1}', 'has the unknown member "temperature"'],
])('%s is refused with the number of its line', (line, message) => {
  const [problem, ...others] = messages(`{"prompt": "fine"}\n\n${line}\n`)
  expect(others).toEqual([])
  expect(problem).toContain('line 3: ')
  expect(problem).toContain(message)
})

test.each(['max_tokens', 'max_completion_tokens', 'output_tokens', 'expected_output_len'])(
  'the length may be called %s, and labels stand beside it',
  (length) => {
    const line = { id: 7, category: 'writing', prompt: 'a', prompt_tokens_count: 1, [length]: 64 }
    expect(parsePromptsFile(JSON.stringify(line)).prompts).toEqual([{ kind: 'prompt', text: 'a', maxTokens: 64 }])
  },
)

test.each([
  ['ShareGPT', '[{"id": "1", "conversations": [{"from": "human", "value": "Why?"}]}]', 'is ShareGPT; write the first'],
  ['ShareGPT in lines', '{"conversations": []}\n{"conversations": []}', 'is ShareGPT'],
  ['a batch of OpenAI', '{"custom_id": "1", "method": "POST", "body": {"messages": []}}', 'is a batch of OpenAI'],
  ['a trace of Mooncake', '{"timestamp": 0, "input_length": 10, "output_length": 2, "hash_ids": [1]}', 'is a trace'],
  ['MT-Bench', '{"question_id": 1, "category": "writing", "turns": ["a"]}', 'is MT-Bench'],
  ['GSM8K', '{"question": "1 + 1?", "answer": "2"}', 'such as GSM8K'],
  ['Alpaca', '{"instruction": "Do it", "input": "", "output": "Done"}', 'is Alpaca'],
  ['GenAI-Perf', '{"text_input": "Why?"}', 'is for GenAI-Perf'],
  ['AIPerf', '{"text": "Why?"}', 'AIPerf'],
  [
    'an array of lines',
    '[{"prompt": "a"}, {"prompt": "b"}]',
    "is one JSON array; put each of its entries on a line of its own (jq -c '.[]')",
  ],
  ['an array of texts', '["a", "b"]', "(jq -c '.[] | {prompt: .}')"],
  ['a list inside an object', '{"prompts": ["a", "b"]}', "(jq -c '.prompts[]')"],
  ['one object over several lines', '{\n  "prompt": "a"\n}', 'is one JSON object over several lines'],
  ['CSV', 'prompt,max_tokens\n"Why, then?",64\n', 'is CSV'],
  ['plain text', 'Why is the sky blue?\nHow?\n', 'is plain text'],
  ['Parquet', 'PAR1\u0015\u0004', 'is a Parquet file'],
  ['gzip', '\u001f\uFFFD\b\0\0', 'is compressed with gzip'],
  ['a zip', 'PK\u0003\u0004\u0014', 'is a zip'],
  ['UTF-16', '\uFFFD\uFFFD{\0"\0', 'is not UTF-8'],
])('%s is named in one sentence that says what to write instead', (_, text, message) => {
  const wrong = messages(text)
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toContain(message)
})

test('a file holds one kind', () => {
  expect(messages('{"prompt": "a"}\n{"input": "b"}')).toEqual([
    'line 2: has "input" after lines with "prompt"; use one kind in a file',
  ])
})

test('an empty file is refused', () => {
  expect(messages('\n \n')).toEqual(['has no prompts; put one JSON object on each line'])
})

test('many bad lines are counted, not listed', () => {
  const wrong = messages(`{"prompt": "a"}\n${'x\n'.repeat(100)}`)
  expect(wrong).toHaveLength(6)
  expect(wrong[5]).toBe('95 more lines are wrong')
})

test('the prompts are part of the settings', () => {
  const files = { 'p.jsonl': '{"prompt": "a"}' }
  expect(resolve({ flags: ['--prompts-file', 'p.jsonl'], files }).settings.prompts).toHaveLength(1)
})

test('a file that cannot be read says so', () => {
  expect(messageOf({ flags: ['--prompts-file', 'p.jsonl'] })).toContain('got "p.jsonl"; there is no such file')
})
