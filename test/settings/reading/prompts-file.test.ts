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

test('a file holds one kind', () => {
  expect(messages('{"prompt": "a"}\n{"input": "b"}')).toEqual([
    'line 2: has "input" after lines with "prompt"; use one kind in a file',
  ])
})

test('an empty file is refused', () => {
  expect(messages('\n \n')).toEqual(['has no prompts; put one JSON object on each line'])
})

test('many bad lines are counted, not listed', () => {
  const wrong = messages('x\n'.repeat(100))
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
