import { expect, test } from 'vitest'
import { writeHtml } from '../../src/render/html.ts'
import { writeMarkdown } from '../../src/render/markdown.ts'
import {
  joinSentences,
  keepUnit,
  linkTo,
  makeList,
  quote,
  quoteCode,
  quoteProse,
  say,
  emphasise,
} from '../../src/words/sentences.ts'
import type { Sentence } from '../../src/words/sentences.ts'
import { writePlain } from '../../src/words/terminal.ts'
import { viewAll } from '../../src/render/view.ts'
import { SITUATIONS } from '../support/situations.ts'

/** Every sign that means something to a terminal, to the runner, to GitHub's Markdown or to HTML. */
const SIGNS = `::x ##[e] <b> & "q" 'a' *s* _u_ [l](u) | \\ ~d~ $m$ ^ = : ! # - . + {c} @me #12 http://h www.h GH-1 \u001b[2J\u202e\u0007\n\r\u200b`

/** A quote of every kind, and each of them inside another part. */
const QUOTES: readonly Sentence[] = [quote, quoteProse, quoteCode].flatMap((kind) => [
  kind(SIGNS, 400),
  emphasise(kind(SIGNS, 400)),
  linkTo(kind(SIGNS, 400), 'https://github.com/acme'),
  makeList([kind(SIGNS, 400), kind(SIGNS, 400)], '; '),
])

test.each(QUOTES.map((sentence, i) => [i, sentence] as const))(
  'whatever sign others write, it comes out as a sign in all three layouts: %i',
  (_, sentence) => {
    const [plain, markdown, html] = [writePlain(sentence), writeMarkdown(sentence), writeHtml(sentence)]
    for (const text of [plain, markdown, html]) {
      expect(text).not.toMatch(/[\p{Cc}\u202e]/u)
      expect(text).not.toMatch(/^::|##\[/)
    }
    const bare = markdown
      .replace(/<\/?code>/g, '')
      .replace(/\]\(https:\/\/github\.com\/acme\)$/, '')
      .replace(/^\[|\*\*/g, '')
    expect(bare).not.toMatch(/(?<!\\)[*_[\]|~$^{}]|<|>|@(?!\u200b)|#(?=\d)|\/\/(?!\u200b)/)
    expect(html).not.toMatch(/[<>"']/)
    expect(html).toContain('&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;')
  },
)

test('words of ours stay as they are, but for the marks of code where nothing is set as code, and for what a page would take for HTML', () => {
  const sentence = say`Raise \`tolerance\` ${keepUnit('1 ms')} & more`
  expect(writePlain(sentence)).toBe('Raise tolerance 1 ms & more')
  expect(writeMarkdown(sentence)).toBe('Raise `tolerance` 1\u00a0ms & more')
  expect(writeHtml(sentence)).toBe('Raise tolerance 1\u00a0ms &amp; more')
})

test('a list is cut where there is no room, and says so', () => {
  const three = makeList(['a', 'b', 'c'], '; ')
  expect(writeMarkdown(three, 1)).toBe('a and 2 more')
  expect(writeMarkdown(three)).toBe('a; b; c')
  expect(writePlain(makeList(['A.', 'B.', 'C.'], ' ', 2))).toBe('A. B. And 1 more.')
  expect(writePlain(joinSentences(['a', 'b'], ', '))).toBe('a, b')
})

test('a view is data: it survives a copy, but for how an axis writes its numbers', () => {
  for (const input of Object.values(SITUATIONS)) {
    const view = viewAll(input)
    expect(structuredClone({ ...view, report: { ...view.report, charts: [] } })).toEqual({
      ...view,
      report: { ...view.report, charts: [] },
    })
  }
})
