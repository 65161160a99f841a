import { expect, test } from 'vitest'
import { renderReportJobComment } from '../../src/render/comment.ts'
import { SUMMARY_ROOM } from '../../src/render/markdown.ts'
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
    "### ❌ 1 of 4 failed, first rag: TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look

    | Name | what |
    | :- | :- |
    | ❌ **rag** | TPOT +21 % (14 to 29 %), plateau throughput −17 % (−21 to −13 %), still so in a second look |
    | ⚠️ **code** | suspect: TTFT +8.0 % (1 to 15 %), not so in a second look |
    | ℹ️ **embed** | nothing to compare yet |
    | ✅ **chat** | no change seen (finds TPOT +7.0 %, TTFT +12 % and plateau throughput −6.5 % in 4 of 5 runs) |"
  `)
  const comment = renderReportJobComment(inputs)
  const folded = [...comment.matchAll(/^<summary>(.*)<\/summary>$/gm)].map(([, summary]) => summary)
  expect(folded.filter((summary) => /^\p{Emoji}/u.test(summary!))).toEqual(['❌ rag', '⚠️ code', 'ℹ️ embed', '✅ chat'])
  expect(comment).toContain('plateau compare --run 19512345678 --repository acme/inference --name rag')
})

test('all green is one line', () => {
  expect(firstScreen(named('no change seen', 'chat'), named('improved', 'rag'))).toBe(
    '✅ Nothing got worse that could be seen, in both',
  )
})

test('one name reads like its own comment', () => {
  expect(firstScreen(named('regressed', 'rag'))).toMatch(/^### ❌ rag: TPOT \+21 %/)
})

/** The names whose details stand there, in their order. */
function detailed(comment: string): readonly string[] {
  return [...comment.matchAll(/^<summary>\S+ (leg-\d+)<\/summary>$/gm)].map(([, name]) => name!)
}

test('many red names have their details in full, worst first, as long as there is room, and the rest is linked', () => {
  const red = Array.from({ length: 60 }, (_, i) => named('regressed', `leg-${i}`))
  const comment = renderReportJobComment([named('no change seen', 'leg-99'), ...red])
  expect(comment.length).toBeLessThanOrEqual(60_000)
  const shown = detailed(comment)
  expect(shown.length).toBeGreaterThan(5)
  expect(shown).toEqual(red.slice(0, shown.length).map(({ verdict }) => verdict.name))
  for (const { verdict } of red) expect(comment).toContain(`**${verdict.name.replace('-', '\\-')}**`)
  const own = renderReportJobComment([red[0]!]).split('\n\n')
  const first = comment.split('<summary>❌ leg-0</summary>')[1]!.split('<summary>❌ leg-1</summary>')[0]!
  expect(first).toContain(own.find((block) => block.startsWith('| Metric'))!)
  expect(comment).toContain(`The details of ${61 - shown.length} more names are in [the summary of this run](`)
  expect(comment).toMatch(/ and in \[their artifacts\]\(https\S+\)\.\n$/)
})

test('a summary has room for what the comment has not, counted in bytes', () => {
  const red = Array.from({ length: 60 }, (_, i) => named('regressed', `leg-${i}`))
  expect(detailed(renderReportJobComment(red, SUMMARY_ROOM))).toHaveLength(60)
  const few = { ...SUMMARY_ROOM, most: 30_000 }
  expect(new TextEncoder().encode(renderReportJobComment(red, few)).length).toBeLessThanOrEqual(30_001)
})

test('nothing to report is said', () => {
  expect(renderReportJobComment([])).toContain('No measuring job left a result.')
})
