import { expect, test } from 'vitest'
import { annotationsOf, runAction } from '../support/action.ts'
import { runActionHere } from '../support/action-here.ts'
import { legOf, matrix } from '../support/matrix.ts'
import { endpoint, SHORT_INPUTS } from '../support/recorded-runs.ts'

test('two jobs of one name are an error that names both', async () => {
  const url = endpoint()
  const played = await matrix()
  const same = { ...SHORT_INPUTS, endpoint: url, defer: 'true' }
  const first = await runActionHere(legOf(played, 'llama-8b', url, { inputs: same }))
  const second = await runAction(legOf(played, 'qwen-7b', url, { inputs: same }))
  expect(first.code, first.log).toBe(0)
  expect(second.code, second.log).toBe(2)
  expect(annotationsOf(second)).toMatchObject([
    { level: 'error', message: expect.stringMatching(/measure \(llama-8b\) and measure \(qwen-7b\)/) },
  ])
})
