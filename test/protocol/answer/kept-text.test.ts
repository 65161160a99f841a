import { expect, it } from 'vitest'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { findApi } from '../../../src/vendors/apis.ts'
import { bytesOf, chunk, DONE, FINISH, words } from '../streams.ts'

function readText(parts: readonly string[], { keepsText = true, stream = true } = {}): string | null {
  const options = { api: findApi('openai-chat'), task: 'chat', scratch: new Scratch(), keepsText, stream } as const
  const reader = createResponseReader(options)
  parts.forEach((part, i) => reader.push(bytesOf(part), i))
  return reader.end(parts.length).text
}

it('the text of an answer is kept where it is asked for, every event of it', () => {
  const stream = [...words(40), FINISH, DONE]
  expect(readText(stream)).toBe(Array.from({ length: 40 }, (_, i) => ` ${i}`).join(''))
  expect(readText(stream, { keepsText: false })).toBeNull()
  const whole = JSON.stringify({
    object: 'chat.completion',
    choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
  })
  expect(readText([whole], { stream: false })).toBe('Hi')
})

it('reasoning is no part of it, neither in a member of its own nor between tags', () => {
  const say = (...texts: string[]) => [...texts.map((content) => chunk({ content })), FINISH, DONE]
  expect(readText([chunk({ reasoning_content: 'Hm.' }), ...say('So', '.')])).toBe('So.')
  expect(readText(say('<thi', 'nk>Hm.</think>', '\n\nSo.'))).toBe('\n\nSo.')
  // The template has opened the tag.
  expect(readText(say('Hm.', '</think>So.'))).toBe('So.')
  expect(readText(say('<think>Hm, and never done'))).toBe('')
  expect(readText(say('<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>So.'))).toBe('So.')
  expect(readText(say('a < b and [c]'))).toBe('a < b and [c]')
})
