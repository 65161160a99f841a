import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parsePromptsFile } from '../../../src/settings/prompts-file/prompts-file.ts'
import { messageOf, resolve } from '../support.ts'
import { growsTooFast, takesLong } from '../../support/growth.ts'

function messages(content: string | Uint8Array, column: string | null = null): string[] {
  return parsePromptsFile(content, column).problems.map(({ message }) => message)
}

function promptsOf(content: string | Uint8Array, column: string | null = null) {
  const { file, problems } = parsePromptsFile(content, column)
  expect(problems).toEqual([])
  return file!.prompts
}

/** The prompts of a file, each as a text alone. */
function textsOf(content: string | Uint8Array, column: string | null = null): unknown[] {
  return promptsOf(content, column).map((prompt) => (prompt.kind === 'prompt' ? prompt.text : prompt))
}

test('each line is a prompt, with or without a length of its own', () => {
  const text = '\uFEFF{"prompt": "a"}\r\n\n{"prompt": "b", "max_tokens": 5}\n'
  expect(promptsOf(text)).toEqual([
    { kind: 'prompt', text: 'a', maxTokens: null },
    { kind: 'prompt', text: 'b', maxTokens: 5 },
  ])
})

test('messages keep what they hold', () => {
  const message = { role: 'user', content: [{ type: 'text', text: 'a' }], name: 'x' }
  expect(promptsOf(JSON.stringify({ messages: [message] }))).toEqual([
    { kind: 'messages', messages: [message], maxTokens: null },
  ])
})

test('what a model answered at the end of messages is not sent', () => {
  const asked = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
  ]
  const log = { messages: [...asked, { role: 'assistant', content: 'd' }], temperature: 0.7, model: 'm' }
  expect(promptsOf(JSON.stringify(log))).toEqual([{ kind: 'messages', messages: asked, maxTokens: null }])
})

test('tools and what came of them are kept with the messages', () => {
  const tools = [{ type: 'function', function: { name: 'w', parameters: {} } }]
  const history = [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'w' } }] },
    { role: 'tool', tool_call_id: 'c', content: 'sunny' },
  ]
  expect(promptsOf(JSON.stringify({ messages: history, tools }))).toEqual([
    { kind: 'messages', messages: history, tools, maxTokens: null },
  ])
})

test('input is one text or several', () => {
  expect(promptsOf('{"input": "a"}\n{"input": ["b", "c"]}')).toEqual([
    { kind: 'input', texts: ['a'], maxTokens: null },
    { kind: 'input', texts: ['b', 'c'], maxTokens: null },
  ])
})

const DEEP = `{"messages": [{"role": "user", "content": [{"type": "text", "a": ${'['.repeat(200)}${']'.repeat(200)}}]}]}`

test.each([
  ['{"prompt": ', 'is not JSON'],
  ['[1]', 'must be a JSON object'],
  ['null', 'must be a JSON object'],
  ['{"prompt": [1, 2, 3]}', '"prompt" holds token ids'],
  ['{"prompt": "a", "max_tokens": 5, "output_tokens": 6}', 'states the length twice'],
  ['{"prompt": "a", "output_tokens": 0}', '"output_tokens" must be a whole number from 1'],
  ['{}', 'exactly one of "prompt", "messages" and "input", and has none'],
  ['{"prompt": "a", "input": "b"}', 'and has prompt and input; say with prompts-column which is sent'],
  ['{"prompt": 3}', '"prompt" must be a text'],
  ['{"prompt": "a", "images": ["b.png"]}', 'has "images", which is not sent'],
  ['{"messages": []}', '"messages" must be a list of {"role", "content"} objects'],
  ['{"messages": [{"role": "user"}]}', '"messages" must be a list'],
  [DEEP, '"messages" is nested more than 100 deep'],
  ['{"input": []}', '"input" must be a text or a list'],
  ['{"input": ["a", ""]}', '"input" must be a text or a list'],
  ['{"prompt": "a", "max_tokens": 0}', '"max_tokens" must be a whole number from 1'],
  ['{"prompt": "a", "max_tokens": "five"}', '"max_tokens" must be a whole number from 1'],
])('%s is refused with the number of its line', (line, message) => {
  const [problem, ...others] = messages(`{"prompt": "fine"}\n\n${line}\n`)
  expect(others).toEqual([])
  expect(problem).toContain('line 3: ')
  expect(problem).toContain(message)
})

test.each(['max_tokens', 'max_completion_tokens', 'output_tokens', 'expected_output_len', 'output_tokens_count'])(
  'the length may be called %s, and labels stand beside it',
  (length) => {
    const line = { id: 7, category: 'writing', prompt: 'a', prompt_tokens: 1, [length]: 64 }
    expect(promptsOf(JSON.stringify(line))).toEqual([{ kind: 'prompt', text: 'a', maxTokens: 64 }])
  },
)

test('other members are ignored and listed, what only names a prompt is not', () => {
  const text =
    '{"id": 1, "prompt": "a", "temperature": 1, "note": null}\n{"prompt": "b", "__proto__": 1, "toString": 2}\n'
  expect(parsePromptsFile(text).file!.account).toEqual({
    form: '',
    noun: 'prompt',
    container: 'JSON lines',
    found: 2,
    leftOut: [],
    ignored: ['temperature', '__proto__', 'toString'],
  })
})

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le')
const LINES = '{"prompt": "Why?"}\n{"prompt": "How? ä"}\n'

test.each<[string, string | Uint8Array, string]>([
  ['a JSON list of objects', '[{"prompt": "Why?"}, {"prompt": "How? ä", "a": [{"b": "]"}]}]', 'JSON'],
  ['a JSON list of texts', '["Why?",\n "How? ä"]', 'JSON'],
  ['a list inside an object', '{"version": 1, "prompts": ["Why?", "How? ä"]}', 'JSON'],
  [
    'rows as Hugging Face gives them',
    '{"rows": [{"row_idx": 0, "row": {"prompt": "Why?"}}, {"row_idx": 1, "row": {"prompt": "How? ä"}}]}',
    'JSON',
  ],
  ['texts in lines', '"Why?"\n"How? ä"\n', 'JSON lines'],
  ['lines of text', 'Why?\n\n  How? ä\r\n', 'lines of text'],
  ['CSV', 'id,Prompt\r\n1,Why?\r\n2,"How? ä"\r\n', 'CSV'],
  ['CSV with semicolons', '"prompt";"max"\n"Why?";5\n"How? ä";6\n', 'CSV'],
  ['TSV', 'prompt\tn\nWhy?\t5\nHow? ä\t6\n', 'CSV'],
  ['gzip', gzipSync(LINES), 'JSON lines, gzip'],
  ['zstd', zstdCompressSync(LINES), 'JSON lines, zstd'],
  ['UTF-16', utf16(LINES), 'JSON lines, UTF-16'],
  ['UTF-16 of the other order', utf16(LINES).swap16(), 'JSON lines, UTF-16'],
  ['UTF-16 without its mark', Buffer.from(LINES, 'utf16le'), 'JSON lines, UTF-16'],
  ['UTF-16 in gzip', gzipSync(utf16(LINES)), 'JSON lines, gzip, UTF-16'],
])('%s is read', (_, content, container) => {
  expect(textsOf(content)).toEqual(['Why?', 'How? ä'])
  expect(parsePromptsFile(content).file!.account.container).toBe(container)
})

test('one object over several lines is a prompt', () => {
  expect(textsOf('{\n  "prompt": "a\\nb"\n}\n')).toEqual(['a\nb'])
})

test('cells of CSV keep commas, quotes and ends of lines, and may be empty', () => {
  const csv = 'prompt,max_tokens,note\n"Why, ""then""?\r\nAnd how",64,x\nShort,,\n,7,no prompt\n'
  const { prompts, account } = parsePromptsFile(csv).file!
  expect(prompts).toEqual([
    { kind: 'prompt', text: 'Why, "then"?\r\nAnd how', maxTokens: 64 },
    { kind: 'prompt', text: 'Short', maxTokens: null },
  ])
  expect(account).toMatchObject({ found: 3, leftOut: [{ why: 'with an empty prompt', count: 1 }], ignored: ['note'] })
})

test.each([
  ['a row with too many cells', 'prompt,n\na,1\nb, c,2\n', 'line 3: has 3 cells, and the header 2'],
  ['a quote that is never closed', 'prompt,n\na,1\n"b,2\nc,3\n', 'line 3: has a quote that is never closed'],
  ['columns that nobody knows', 'id,utterance\n1,Hi\n2,Ho\n', 'line 2: must have exactly one of'],
])('CSV with %s is told by its line', (_, csv, message) => {
  expect(messages(csv)[0]).toContain(message)
})

test.each<[string, string, unknown]>([
  ['a member', '{"prompt": "a", "other": "b"}', 'other'],
  ['a path', '{"body": {"parts": ["x", {"text": "b"}]}}', 'body.parts.1.text'],
  ['a member with a dot', '{"a.b": "b"}', 'a.b'],
  ['a column of CSV', 'id,utterance\n1,b\n', 'utterance'],
])('prompts-column names %s', (_, text, column) => {
  expect(textsOf(text, column as string)).toEqual(['b'])
})

test('prompts-column may name messages, and images beside a text are then left away', () => {
  const text = JSON.stringify({ prompt: 'a', chat: [{ role: 'user', content: 'b' }], images: ['c'] })
  expect(promptsOf(text, 'chat')).toMatchObject([{ kind: 'messages', messages: [{ role: 'user', content: 'b' }] }])
})

test.each([
  ['{"a": 1, "b": 2}', 'line 1: has no "c", which prompts-column names; it has "a", "b"'],
  ['{"c": 1}', 'line 1: "c" must be a text or a list of messages'],
  ['{"c": ["d", "e"]}', 'line 1: "c" holds several texts; name one of them (prompts-column: c.0)'],
])('prompts-column without such a text says so: %s', (line, message) => {
  expect(messages(line, 'c')).toEqual([message])
})

test.each<[string, string | Uint8Array, string]>([
  ['a trace', '{"timestamp": 0, "input_length": 10, "output_length": 2, "hash_ids": [1]}', 'is a trace (as Mooncake'],
  ['a trace of Azure', 'TIMESTAMP,ContextTokens,GeneratedTokens\n1,2,3\n', 'is a trace'],
  ['a list that ends too soon', '[{"prompt": "a"}, {"prompt": "b', 'entry 2: is not whole: the file ends inside'],
  ['columns as JSON', '{"prompt": {"0": "a", "1": "b"}}', 'holds columns and no prompts'],
  ['YAML', 'prompts:\n  - Why?\n', 'is YAML'],
  ['a zip', 'PK\u0003\u0004\u0014', 'is a zip'],
  ['Arrow', 'ARROW1\0\0', 'is an Arrow file'],
  ['a page', '<!DOCTYPE html><html>Not found</html>', 'is a page (HTML or XML)'],
  ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', 'git lfs pull'],
  ['bytes', Buffer.from([1, 0, 0, 0, 2]), 'is not text'],
  ['a line too long to be read', Buffer.alloc(2 ** 26 + 1, 'x'), 'line 1: is longer than 64 MiB'],
  ['Latin-1', Buffer.from('a\nWhy caf\u00e9?\n', 'latin1'), 'is not UTF-8 (line 2)'],
  ['gzip that is cut', gzipSync(LINES).subarray(0, 20), 'is compressed with gzip, and broken or cut off'],
  ['nothing', '\n \n', 'has no prompts; put one JSON object on each line'],
  ['an empty list', '[]', 'has no prompts'],
  [
    'conversations without questions',
    '[{"conversations": []}]',
    'has no prompt that can be sent: 1 is without a question',
  ],
])('%s is named in one sentence that says what to do', (_, content, message) => {
  const wrong = messages(content)
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toContain(message)
})

test('a file holds one kind', () => {
  expect(messages('{"prompt": "a"}\n{"input": "b"}')).toEqual([
    'line 2: has "input" after lines with "prompt"; use one kind in a file',
  ])
})

test('many bad lines are counted, not listed', () => {
  const wrong = messages(`{"prompt": "a"}\n${'x\n'.repeat(100)}`)
  expect(wrong).toHaveLength(6)
  expect(wrong[5]).toBe('95 more lines are wrong')
  expect(messages(`{"prompt": "a"}\n${'x\n'.repeat(2_000)}`)[5]).toBe('at least 995 more lines are wrong')
})

test('the prompts are part of the settings', () => {
  const files = { 'p.jsonl': '{"prompt": "a"}' }
  expect(resolve({ flags: ['--prompts-file', 'p.jsonl'], files }).settings.prompts).toHaveLength(1)
})

test('a file that cannot be read says so', () => {
  expect(messageOf({ flags: ['--prompts-file', 'p.jsonl'] })).toContain('got "p.jsonl"; there is no such file')
})

const BEFORE = ['', '[', '{"a":"', '["', 'prompt,n\n"', '{\n']
const PUMPS = ['"', '""', ',', '[', '{', '\\', '[{', '"a",', 'a\n']

test('the work of reading a file grows as its length does, whatever is in it', () => {
  const slow = BEFORE.flatMap((before) =>
    PUMPS.flatMap((pump) => {
      const text = (length: number): string => before + pump.repeat(length / pump.length)
      const read = (length: number) => () => parsePromptsFile(text(length))
      // What is wrong in every line takes its time, too.
      return takesLong(read(4_000), 50) && growsTooFast(read) ? [`${before}(${pump})…`] : []
    }),
  )
  expect(slow).toEqual([])
})
