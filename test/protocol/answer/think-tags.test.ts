import { expect, it } from 'vitest'
import { chunk, DONE, FINISH, readParts } from '../streams.ts'

const say = (...texts: string[]) => readParts([...texts.map((content) => chunk({ content })), FINISH, DONE])

it.each([
  [['<think>', 'So', '</think>', 'Yes']],
  [['<', 'thi', 'nk', '>', 'So']],
  [['\n<think>\nSo']],
  [['So', '</', 'think>', 'Yes']],
  [['<thinking>', 'So']],
  [['<thought>', 'So']],
  [['[THINK]', 'So']],
  [['◁think▷', 'So']],
  [['<|channel|>', 'analysis', '<|message|>So']],
])('an answer of %j holds its reasoning in its text, and nobody can say when it began', (texts) => {
  expect(say(...texts)).toMatchObject({ tagsReasoning: true, firstTextAt: null, firstTokenAt: 10, failure: null })
})

it.each([[['I think', ' so']], [['a < b', ' > c']], [['<b>', 'think', '</b>']]])(
  'an answer of %j is text and nothing else',
  (texts) => expect(say(...texts)).toMatchObject({ tagsReasoning: false, firstTextAt: 10 }),
)

it('reasoning in the text shows, whatever the server counts: no token of it is hidden', () => {
  const usage = { completion_tokens: 4, prompt_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } }
  const parts = ['<think>', 'So', '</think>', 'Yes'].map((content) => chunk({ content }))
  const reading = readParts([...parts, FINISH, chunk({}, { usage }), DONE])
  expect(reading).toMatchObject({ hiddenReasoning: false, outputTokens: 4, tpotMs: 10 })
})
