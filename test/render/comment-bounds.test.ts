import fc from 'fast-check'
import { parsers } from 'prettier/plugins/markdown'
import { expect, test } from 'vitest'
import { renderComment, renderReportJobComment } from '../../src/render/comment.ts'
import type { ViewInput } from '../../src/render/view/input.ts'
import { COMMENT_ROOM } from '../../src/render/markdown.ts'
import type { Verdict } from '../../src/report/verdict.ts'
import { mapRates } from '../../src/vocabulary/metrics.ts'
import { aLevel, aReport } from '../support/builders.ts'
import { SITUATIONS } from '../support/situations.ts'
import { aComparison, aLevelChange, aRegression, aVerdict } from '../support/verdict-builders.ts'
import { CODE_POINT } from '../support/text-units.ts'

interface Node {
  readonly type: string
  readonly value?: string
  readonly url?: string
  readonly children?: readonly Node[]
}

/** This text everywhere where somebody else's text may stand. */
function written(text: string, verdict: Verdict['verdict'] = 'regressed'): ViewInput {
  const report = aReport({ measured: [aLevel(1)] })
  return {
    report: {
      ...report,
      context: { ...report.context, build: text, servedModel: text },
      plan: { ...report.plan, cut: [text] },
      within: { ...noThroughput, limit: text, concurrency: null },
      validity: { ok: true, findings: [{ code: 'new', level: 1, message: text, remedy: text }] },
    },
    verdict: aVerdict({
      name: text,
      verdict,
      check: 'fail',
      reasons: [text, 'level-lost'],
      comparisons: [
        aRegression({ note: text, accepted: { by: text, at: 0.2, why: text } }),
        aRegression({ verdict: 'accepted', accepted: { by: text, at: 0.2, why: text } }),
        aComparison({ provisional: { sha: text, startedAt: text, runs: 2, mainChange: 0.1, changeFromBefore: 0.1 } }),
      ],
      lostLevels: [
        {
          concurrency: 8,
          verdict: 'regressed',
          candidate: { ok: 1, failed: 9 },
          baseline: { ok: 10, failed: 0 },
          repeatFailed: true,
          p: 0.001,
          reason: text,
        },
      ],
      limits: [{ limit: text, concurrency: 1, outcome: 'fail', value: 1, bound: null, reason: text }],
      whatElseChanged: [{ what: text, before: text, now: text }],
      notComparable: { runs: 3, differences: [{ field: text, setting: null, before: text, now: text }] },
      baseline: {
        ...aVerdict().baseline,
        origin: text,
        newest: { sha: text, startedAt: text, url: text },
        skipped: [text],
      },
    }),
    links: SITUATIONS.regressed.links,
    repository: text,
    settingsNote: text,
    notes: [text],
    attempt: 1,
    acceptLabel: text,
  }
}

const noThroughput = mapRates(() => null)

/** The comment as a tree, as a Markdown parser reads it. */
async function parse(markdown: string): Promise<readonly Node[]> {
  const flat = (node: Node): readonly Node[] => [node, ...(node.children ?? []).flatMap(flat)]
  return flat((await parsers.markdown.parse(markdown, {} as never)) as Node)
}

const OUR_NODES = new Set('root heading paragraph strong inlineCode code list listItem tableRow tableCell'.split(' '))
const OUR_HTML = /^(<details>\n<summary>[^<]*<\/summary>|<\/details>|<\/?sub>|<\/?code>)$/

/** Whether we may have written it. */
function isOurs({ type, value = '', url = '', children = [] }: Node): boolean {
  if (type === 'html') return OUR_HTML.test(value)
  if (type === 'link') return url.startsWith('https://github.com/acme/inference/actions/runs/')
  if (type === 'text') return !/@[a-z0-9]|#\d|https?:\/\/[^\u200b]/i.test(value)
  if (type === 'table') return new Set(children.map((row) => row.children!.length)).size === 1
  return OUR_NODES.has(type)
}

const KNOWN_TRICKS = [
  '@octocat',
  '</sub></details><script>alert(1)</script>',
  '![x](https://evil.example/x.png)',
  '[x](javascript:alert(1))',
  '| a | b |\n| - | - |',
  '```\n@team\n```',
  '<!-- plateau:llama-8b -->',
  '\\|`|`',
  '# heading',
  'www.evil.example #12 GH-12',
]
const hostile = fc.oneof(
  fc.string({ unit: CODE_POINT, maxLength: 150 }),
  fc.string({ unit: fc.constantFrom(...'`|\\<>[]()!*_~#@&\n\r-+:/. a1'.split('')), maxLength: 150 }),
)

test('whatever others write, nothing but our own structure stands in a comment', async () => {
  const words = ['regressed', 'not-comparable', 'not-measured', 'skipped', 'suspect'] as const
  const property = fc.asyncProperty(hostile, fc.constantFrom(...words), async (text, word) => {
    const input = written(text, word)
    const bare = { ...input, verdict: { ...input.verdict, comparisons: [] } }
    for (const comment of [renderComment(input), renderComment(bare), renderReportJobComment([input, bare])]) {
      const nodes = await parse(comment)
      expect(nodes.filter((node) => !isOurs(node))).toEqual([])
    }
  })
  const examples = KNOWN_TRICKS.flatMap((trick): [string, (typeof words)[number]][] => [[trick, 'regressed']])
  await fc.assert(property, { numRuns: 25, examples, endOnFailure: true })
})

test('a monstrous comment is cut, and its verdict is not', () => {
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
  const long = '&<|@*'.repeat(60)
  const small = written(long)
  const level = aLevel(1, [{}])
  const measured = many(300, (i) => ({ ...level, concurrency: i + 1 }))
  const input: ViewInput = {
    ...small,
    report: {
      ...aReport({ measured }),
      validity: { ok: true, findings: many(300, (i) => ({ code: `c${i}`, message: long, remedy: long })) },
    },
    verdict: {
      ...small.verdict,
      comparisons: many(300, () =>
        aRegression({ note: long, byLevel: many(100, (i) => aLevelChange({ concurrency: i + 1 })) }),
      ),
      lostLevels: many(300, () => small.verdict.lostLevels[0]!),
      limits: many(300, () => small.verdict.limits[0]!),
      whatElseChanged: many(300, () => small.verdict.whatElseChanged[0]!),
      baseline: { ...small.verdict.baseline, skipped: many(300, () => long) },
    },
    notes: many(300, () => long),
  }
  const comment = renderComment(input)
  expect(comment.length).toBeLessThanOrEqual(COMMENT_ROOM.most + 1)
  expect(comment).toMatch(/^### ❌ .*: 300 limits broken, concurrency /)
  expect(comment).toContain('**Where?**')
  expect(comment).toMatch(/… and [\d,]+ more rows, in the report\./)
  expect(comment.trimEnd()).toMatch(/<\/sub>$/)

  const bare = renderComment({ ...input, verdict: { ...input.verdict, comparisons: [], verdict: 'not-comparable' } })
  expect(bare.length).toBeLessThanOrEqual(COMMENT_ROOM.most + 1)
  expect(bare).toContain('**Not compared.**')

  const names = many(100, (i) => ({ ...input, verdict: { ...input.verdict, name: `name-${i}` } }))
  const all = renderReportJobComment(names)
  expect(all.length).toBeLessThanOrEqual(COMMENT_ROOM.most + 1)
  expect(all).toMatch(/^### ❌ 100 of 100 failed, first name\\-0: /)
})

test('a comment that fits loses nothing', () => {
  const comparisons = Array.from({ length: 20 }, () => aRegression())
  const verdict = aVerdict({ verdict: 'regressed', check: 'fail', comparisons })
  const comment = renderComment({ ...SITUATIONS.regressed, verdict })
  expect(comment).not.toContain('in the report.')
  expect(comment.match(/❌ Regressed/g)).toHaveLength(20)
})
