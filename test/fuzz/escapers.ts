import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { renderComment } from '../../src/render/comment.ts'
import { writeHtml } from '../../src/render/html.ts'
import { layMarkdownTable, writeMarkdown } from '../../src/render/markdown.ts'
import { renderPage } from '../../src/render/page.ts'
import { linkTo, quote, quoteCode, quoteProse, makeWordColumn } from '../../src/words/sentences.ts'
import { writePlain } from '../../src/words/terminal.ts'
import { renderText } from '../../src/render/text.ts'
import { runReportSchema } from '../../src/report/run-report-codec.ts'
import { verdictSchema } from '../../src/report/verdict-codec.ts'
import { redactTexts } from '../../src/shell/redact-result.ts'
import { defuseCommands } from '../../src/shell/redact.ts'
import { dropCodeMarks, escapeForHtml, escapeForMarkdown, escapeForTerminal } from '../../src/text.ts'
import { fullReport, fullVerdict } from '../support/full-results.ts'
import { activeMarkdown, isCommand, readHtml, readMarkdown } from './markup.ts'
import { mutated } from './mutate.ts'
import { property } from './property.ts'
import type { Property } from './property.ts'

/** What people write and servers answer, in every language that somebody may read it in. */
const TEXTS = [
  'meta-llama/Llama-3.1-8B-Instruct',
  '# heading\n- list\n1. one\n> quote\n\n    code\n---',
  '*a* _b_ **c** ~~d~~ `e` ``f`` ```\ng\n``` $h$ $$i$$',
  '[a](https://evil.example "t") ![b](x.png) [c]: http://d <https://e.example> www.f.example user@g.example',
  '@octocat @org/team #12 GH-12 org/repo#3 abcdef1234567 :+1: a|b|c\\|d \\`x\\` &lt;b&gt; &#60;',
  '<script>alert(1)</script><img src=x onerror="alert(1)"><!-- c --> --> <details>',
  '\u001b[31mred\u001b[0m\u0007\r\n\u202Eevil\u2066 \uFEFF\u00AD',
  '\n::error file=a.ts,line=1::x\n ::add-mask::y\n##[error]z\n::set-output name=a::b\n\u0085::debug::',
  'a\' onmouseover=\'b" style="c javascript:alert(1)',
  'the limit is `max_model_len` of 4096; see https://docs.example/a?b=c (really).',
]
const TEXT = mutated(TEXTS)

const LONG = 1_000

export const ESCAPER_PROPERTIES: readonly Property[] = [
  property('escapers', 'in a terminal a text is one line that moves nothing and commands nothing', TEXT, (text) => {
    const line = escapeForTerminal(text)
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u)
    assert.ok(!isCommand(line), line)
    assert.ok(Array.from(line).length <= 100)
    assert.equal(escapeForTerminal(line), line)
    assert.equal(writePlain(quoteProse(text)), dropCodeMarks(escapeForTerminal(text, 400)))
  }),
  property('escapers', 'in Markdown a text reads as it was written, and does nothing', TEXT, (text) => {
    const line = escapeForTerminal(text, LONG)
    const { shown, active } = readMarkdown(escapeForMarkdown(text, LONG))
    assert.deepEqual(active, [])
    assert.equal(shown, line)
  }),
  property('escapers', 'code and prose in Markdown read as they were written, and do nothing', TEXT, (text) => {
    const line = escapeForTerminal(text, LONG)
    const code = readMarkdown(writeMarkdown(quoteCode(text, LONG)))
    assert.deepEqual(code, { shown: line, active: [] })
    const prose = readMarkdown(writeMarkdown(quoteProse(text, LONG)))
    assert.deepEqual(prose.active, [])
    // Its code spans have lost their backticks, and where it was a space.
    const bare = (words: string): string => words.replaceAll(/[`\s]/g, '')
    assert.equal(bare(prose.shown), bare(line))
    const cells = layMarkdownTable(
      { columns: [makeWordColumn('a'), makeWordColumn('b')], rows: [[quote(text), quoteCode(text)]] },
      5,
    )!
    assert.equal(cells.split('\n').length, 3)
    assert.equal(cells.split('\n')[2]!.replaceAll(/\\./gs, '').split('|').length, 4, cells)
  }),
  property('escapers', 'a link leads to the web, or nowhere', fc.tuple(TEXT, TEXT), ([text, url]) => {
    for (const to of [url, `https://github.com/${url}`, `javascript:${url}`]) {
      const { active } = readMarkdown(writeMarkdown(linkTo(quote(text), to)))
      assert.ok(active.length <= 1, active.join())
      for (const link of active) assert.match(link, /^\]\(https?:\/\/[^\s()<>|]*\)$/)
    }
  }),
  property('escapers', 'in a page a text reads as it was written, and is no markup', TEXT, (text) => {
    const line = escapeForTerminal(text, LONG)
    assert.deepEqual(readHtml(escapeForHtml(text, LONG)), { text: line, tags: [] })
    assert.deepEqual(readHtml(writeHtml(quoteCode(text, LONG))), { text: line, tags: [] })
    assert.deepEqual(readHtml(writeHtml(quoteProse(text, LONG))), { text: dropCodeMarks(line), tags: [] })
  }),
  property('escapers', 'a line of a log is no command to the runner', TEXT, (text) => {
    for (const line of defuseCommands(text).split(/\r\n|\n|\r/)) assert.ok(!isCommand(line), line)
  }),
  property(
    'escapers',
    'in comment, page and text nothing that was planted is markup',
    TEXT,
    (text) => {
      const [harmless, hostile] = ['word', text].map((planted) => {
        const plant = (): string => planted
        const report = redactTexts(fullReport(), runReportSchema, plant)
        const verdict = redactTexts(fullVerdict(), verdictSchema, plant)
        const surroundings = {
          links: { run: null, artifact: null },
          repository: null,
          settingsNote: planted,
          notes: [planted],
        }
        return {
          comment: activeMarkdown(renderComment({ ...surroundings, attempt: 1, report, verdict })),
          page: new Set(readHtml(renderPage({ report, verdict })).tags),
          text: defuseCommands(renderText(report)).split('\n').filter(isCommand),
        }
      })
      assert.deepEqual(
        hostile!.comment.filter((mark) => !harmless!.comment.includes(mark)),
        [],
      )
      assert.deepEqual(
        [...hostile!.page].filter((tag) => !harmless!.page.has(tag)),
        [],
      )
      assert.deepEqual(hostile!.text, [])
    },
    40,
  ),
]
