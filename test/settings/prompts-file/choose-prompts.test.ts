import { expect, test } from 'vitest'
import { samplePrompts } from '../../../src/settings/prompts-file/prompts-file.ts'
import { measurePrompt } from '../../../src/settings/prompts-file/prompt.ts'
import type { FilePrompt } from '../../../src/settings/prompts-file/prompt.ts'
import { messageOf, resolve } from '../support.ts'

const ofLength = (length: number): FilePrompt => ({ kind: 'prompt', text: 'x'.repeat(length), maxTokens: null })
/** A hundred short prompts and a hundred long ones, mixed. */
const MIXED = Array.from({ length: 200 }, (_, index) => ofLength(index % 2 === 0 ? 1 + index : 1001 + index))
const FILE = {
  'p.jsonl': MIXED.map((prompt) => JSON.stringify({ prompt: 'text' in prompt && prompt.text })).join('\n'),
}

function lengthsOf(prompts: readonly FilePrompt[] | null): number[] {
  return prompts!.map(measurePrompt)
}

test('a sample is the same for a seed and another one for another, and no prompt comes twice', () => {
  const lengths = lengthsOf(samplePrompts(MIXED, 20, 'a'))
  expect(lengthsOf(samplePrompts(MIXED, 20, 'a'))).toEqual(lengths)
  expect(lengthsOf(samplePrompts(MIXED, 20, 'b'))).not.toEqual(lengths)
  expect(new Set(lengths).size).toBe(20)
})

test('a sample has one prompt of each part of the lengths, in an order that says nothing of them', () => {
  const lengths = lengthsOf(samplePrompts(MIXED, 10, 'a'))
  const sorted = lengths.toSorted((a, b) => a - b)
  expect(lengths).not.toEqual(sorted)
  const all = lengthsOf(MIXED).toSorted((a, b) => a - b)
  expect(sorted.map((length) => Math.floor(all.indexOf(length) / 20))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a sample of all is all', () => {
  expect(new Set(lengthsOf(samplePrompts(MIXED, 200, 'a')))).toEqual(new Set(lengthsOf(MIXED)))
})

test('prompts of the lengths that are wanted are drawn, and the rest is counted', () => {
  const flags = ['--prompts-file', 'p.jsonl', '--prompts-length', '1k..', '--prompts-sample', '7', '--seed', 's']
  const { settings } = resolve({ flags, files: FILE })
  expect(settings.prompts).toHaveLength(7)
  expect(Math.min(...lengthsOf(settings.prompts))).toBeGreaterThanOrEqual(1000)
  expect(settings.sentPrompts).toMatchObject({
    found: 200,
    sent: 7,
    length: 'at least 1,000 characters',
    seed: 's',
    leftOut: [{ why: 'not at least 1,000 characters long', count: 100 }],
  })
})

test('prompts are sent as they stand where nothing is chosen', () => {
  const { settings } = resolve({ flags: ['--prompts-file', 'p.jsonl'], files: FILE })
  expect(lengthsOf(settings.prompts)).toEqual(lengthsOf(MIXED))
  expect(settings.sentPrompts).toMatchObject({ found: 200, sent: 200, length: null, seed: null, leftOut: [] })
})

test.each([
  [
    '--prompts-length 5000..',
    'prompts-length: got "at least 5,000 characters"; leaves none of 200 prompts, which have 1 to 1,200 characters; give a range inside that, or remove it to send all',
  ],
  ['--prompts-sample 201', 'prompts-sample: got "201"; is more than the 200 prompts in the file; lower it'],
  ['--prompts-sample 101 --prompts-length ..500', 'is more than the 100 prompts of at most 500 characters in the file'],
  ['--prompts-length 5', 'must be two numbers of characters, for example 100..2000'],
  ['--prompts-length ..', 'must be two numbers of characters'],
  ['--prompts-length 1.5..2', 'must be two numbers of characters'],
  ['--prompts-length 1..2..3', 'must be two numbers of characters'],
  ['--prompts-length 9..5', 'must have the smaller number first'],
])('%s is refused', (flags, message) => {
  expect(messageOf({ flags: ['--prompts-file', 'p.jsonl', ...flags.split(' ')], files: FILE })).toContain(message)
})

test.each(['--prompts-column a', '--prompts-length 1..2', '--prompts-sample 1'])('%s needs a file', (flags) => {
  expect(messageOf({ flags: flags.split(' ') })).toContain('is for prompts of a file, and prompts-file is not given')
})

test('the length of a prompt is that of its texts', () => {
  const messages = [
    { role: 'system', content: 'ab' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'cde' },
        { type: 'image_url', image_url: { url: 'x' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [] },
  ]
  expect(measurePrompt({ kind: 'messages', messages })).toBe(5)
  expect(measurePrompt({ kind: 'input', texts: ['a', 'bc'] })).toBe(3)
})
