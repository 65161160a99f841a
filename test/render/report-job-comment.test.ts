import { expect, test } from 'vitest'
import { renderReportJobComment } from '../../src/render/report-job-comment.ts'
import { SITUATIONS } from '../support/situations.ts'

type Situation = keyof typeof SITUATIONS

function named(situation: Situation, name: string) {
  const input = SITUATIONS[situation]
  return { ...input, verdict: { ...input.verdict, name } }
}

function firstScreen(...inputs: Parameters<typeof renderReportJobComment>[0]): string {
  return renderReportJobComment(inputs).split('\n<details>')[0]!.trimEnd().replaceAll('\u00a0', ' ')
}

test('there is a row for each name, worst first, and the comment of each is folded', () => {
  const inputs = [
    named('no change seen', 'chat'),
    named('first run', 'embed'),
    named('suspect', 'code'),
    named('regressed', 'rag'),
  ]
  expect(firstScreen(...inputs)).toMatchInlineSnapshot(`
    "### ❌ 1 of 4 failed, first rag: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), confirmed by a second look

    | Name | what |
    | :- | :- |
    | ❌ **rag** | TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), confirmed by a second look |
    | ⚠️ **code** | suspect: TTFT +8.0 % (1 to 15 %), not confirmed by a second look |
    | ℹ️ **embed** | nothing to compare yet |
    | ✅ **chat** | no change seen (would have caught TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 %) |"
  `)
  const comment = renderReportJobComment(inputs)
  const folded = [...comment.matchAll(/^<summary>(.*)<\/summary>$/gm)].map(([, summary]) => summary)
  expect(folded.filter((summary) => /^\p{Emoji}/u.test(summary!))).toEqual(['❌ rag', '⚠️ code', 'ℹ️ embed', '✅ chat'])
  expect(comment).toContain('plateau compare --run 19512345678 --repository acme/inference --name rag')
})

test('all green is one line', () => {
  expect(firstScreen(named('no change seen', 'chat'), named('improved', 'rag'))).toBe(
    '✅ Nothing got worse that could be seen, in all 2',
  )
})

test('one name reads like its own comment', () => {
  expect(firstScreen(named('regressed', 'rag'))).toMatch(/^### ❌ rag: TPOT \+21 %/)
})

test('nothing to report is said', () => {
  expect(renderReportJobComment([])).toContain('No measuring job left a result.')
})
