import { describe, expect, test } from 'vitest'
import { renderComment } from '../../src/render/comment.ts'
import { writeHtml } from '../../src/render/html.ts'
import { writeMarkdown } from '../../src/render/markdown.ts'
import { renderPage } from '../../src/render/page.ts'
import { quote, quoteCode, quoteProse, say } from '../../src/words/sentences.ts'
import { SITUATIONS } from '../support/situations.ts'

/** A figure whose unit may begin the next line. */
const PARTED = /[^ ]*\d (?:%|ms\b|s\b|min\b|tok\/s|req\/s).{0,20}/g

describe('a figure keeps its unit on its line', () => {
  test.each(Object.entries(SITUATIONS))('in the comment and on the page: %s', (_, input) => {
    expect(dropCode(renderComment(input)).match(PARTED)).toBeNull()
    if (input.report === null) return
    const page = renderPage({ report: input.report, verdict: input.verdict })
    expect(dropCharts(page).match(PARTED)).toBeNull()
  })

  test('also where words and figure are put together', () => {
    const sentence = say`TPOT ${'−18'} % in ${quote('5 s')}, ${quoteProse('30 ms')}`
    expect(writeMarkdown(sentence)).toBe('TPOT −18\u00a0% in 5\u00a0s, 30\u00a0ms')
    expect(writeHtml(sentence)).toBe('TPOT −18\u00a0% in 5\u00a0s, 30\u00a0ms')
  })
})

test.each([
  say`Write ${quoteCode('ttft-p50 <= 300 ms')}`,
  say`Write ${quoteCode('a | 300 ms')}`,
  'Write `ttft-p50 <= 300 ms`',
  'Write\n```yaml\n- at: 26 %\n```',
])('code is copied, so nothing is changed in it: %#', (sentence) => {
  expect(writeMarkdown(sentence)).not.toContain('\u00a0')
})

function dropCode(comment: string): string {
  return comment.replace(/```[^`]*```|`[^`\n]*`|<code>.*?<\/code>/g, '')
}

/** Charts set their own lines, and an attribute is not set at all. */
function dropCharts(page: string): string {
  return page.replace(/<head>[\s\S]*?<\/head>|<svg[\s\S]*?<\/svg>|<[^>]*>/g, '')
}
