import { expect, test } from 'vitest'
import { MARKS, readMark } from '../../src/shards/marks.ts'

test('what preflight measured may be a mean of several answers', () => {
  const lone = { latencyMs: 412.5, inputTokens: 63.7, outputTokens: 19.3 }
  const mark = { at: 1, value: { terms: { seed: 'a' }, lone } }
  expect(readMark(JSON.stringify(mark), MARKS.introduction)).toEqual(mark)
})
