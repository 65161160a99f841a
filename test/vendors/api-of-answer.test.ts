import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recogniseApi } from '../../src/vendors/apis.ts'

test.each([
  ['openai-chat', 'data: {"choices":[],"object":"chat.completion.chunk"}\n\n'],
  ['openai-chat', '{"object":"chat.completion","choices":[{"message":{"content":"a"}}]}'],
  ['openai-completions', 'data: {"choices":[{"index":0,"text":" a"}]}\n\n'],
  ['openai-embeddings', '{"object":"list","data":[{"embedding":[0.5],"index":0}]}'],
  ['openai-responses', 'event: response.created\ndata: {"type":"response.created","response":{}}\n\n'],
  ['anthropic', 'event: message_start\ndata: {"type":"message_start","message":{}}\n\n'],
  ['anthropic', '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}'],
  ['gemini', 'data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\r\n\r\n'],
  ['gemini', '[{"candidates":[{"content":{}}]}\n,\r\n{"candidates":[]}'],
  ['gemini', '{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}'],
  ['cohere', 'event: message-start\ndata: {"type":"message-start","delta":{}}\n\n'],
  ['ollama', '{"model":"m","message":{"role":"assistant","content":"a"},"done":false}\n{"model":"m","me'],
  ['ollama', '{"model":"m","response":"a","done":false}\n'],
  ['tgi', 'data:{"index":1,"token":{"id":5,"text":" a"},"generated_text":null}\n\n'],
  ['tgi', '{"error":"Input validation error: `inputs` cannot be empty","error_type":"validation"}'],
  ['triton', 'data: {"model_name":"m","text_output":"a"}\n\n'],
  ['llamacpp', 'data: {"index":0,"content":"a","stop":false}\n\n'],
  ['databricks', '{"error_code":"BAD_REQUEST","message":"json: unknown field"}'],
])('the answer of %s is recognised: %s', (api, head) => {
  expect(recogniseApi(head, {})).toBe(api)
})

test('the binary stream of AWS is recognised by its headers', () => {
  expect(recogniseApi('\0\0\0', { 'content-type': 'application/vnd.amazon.eventstream' })).toBe('bedrock')
})

test('what many APIs answer is none of them', () => {
  for (const head of [
    '',
    '{"detail":"Not Found"}',
    '{"error":{"message":"no","type":"invalid_request_error"}}',
    '<html>',
  ])
    expect(recogniseApi(head, {})).toBeNull()
})

test('no beginning of an answer makes it fail', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `data: ${json}\n\n`),
      ),
      (head) => {
        expect(() => recogniseApi(head, {})).not.toThrow()
      },
    ),
    { numRuns: 100 },
  )
})
