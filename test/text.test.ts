import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  escapeForHtml,
  escapeForMarkdown,
  escapeForTerminal,
  groupDigits,
  nameAll,
  partOf,
  showUrl,
  trimSlashes,
  pluralise,
} from '../src/text.ts'
import { CODE_POINT } from './support/text-units.ts'

test('control characters, line breaks and bidirectional marks do not get through', () => {
  expect(escapeForTerminal('a\r\nb\u0000\u001b[31mc\u2028d')).toBe('a b [31mc d')
  expect(escapeForTerminal('abc\u202edcba\u2066x\u200fy\ufeff')).toBe('abcdcbaxy')
  expect(escapeForTerminal('  two   words ')).toBe('two words')
  expect(escapeForTerminal('two \u2066 words')).toBe('two words')
  expect(escapeForTerminal('Größe 模型 🚀')).toBe('Größe 模型 🚀')
})

test('thousands are set apart as English does', () => {
  const numbers = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -2000, max: 2000 }),
    fc.constantFrom(0, 999, 1000, 1e6),
  )
  const thousandths = fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 1000)
  fc.assert(
    fc.property(fc.oneof(numbers, thousandths), (value) => {
      expect(groupDigits(value)).toBe((value + 0).toLocaleString('en-US'))
    }),
  )
})

test('all of two are both', () => {
  expect([2, 3, 1200].map(nameAll)).toEqual(['both', 'all 3', 'all 1,200'])
})

test('a part of all is told in the grammar of both', () => {
  expect(partOf(1, 1, 'request', 'was', 'were')).toBe('1 of 1 request was')
  expect(partOf(1, 8, 'request', 'was', 'were')).toBe('1 of 8 requests was')
  expect(partOf(1200, 9000, 'answer', 'is', 'are')).toBe('1,200 of 9,000 answers are')
  expect(partOf(2, 2, 'request')).toBe('2 of 2 requests')
})

test('a long text is cut to 100 characters', () => {
  expect(escapeForTerminal('x'.repeat(100))).toHaveLength(100)
  expect(escapeForTerminal('x'.repeat(101))).toBe(`${'x'.repeat(99)}…`)
  expect(Array.from(escapeForTerminal('🚀'.repeat(300)))).toHaveLength(100)
})

test('commands of the runner are broken', () => {
  expect(escapeForTerminal('\n ::set-output name=a::b')).toBe(': :set-output name=a::b')
  expect(escapeForTerminal('text ##[error]x')).toBe('text ## [error]x')
  expect(escapeForTerminal('http://[::1]:8000')).toBe('http://[::1]:8000')
})

test('Markdown is shown as it was written', () => {
  expect(escapeForMarkdown('*a* | `b` [c](d) <img> & e')).toBe('\\*a\\* \\| \\`b\\` \\[c\\]\\(d\\) &lt;img&gt; &amp; e')
  expect(escapeForMarkdown('@octocat #12')).toBe('@\u200boctocat \\#\u200b12')
  expect(escapeForMarkdown('https://evil.example')).toBe('https\\://\u200bevil\\.example')
})

test('what GitLab makes of Markdown beyond that is not made of text of others either', () => {
  const shown = escapeForMarkdown('/close !12 ~"bug" %5 $3 &4 ^6')
  expect(shown).toBe('\\/close \\!\u200b12 \\~\u200b\\"bug\\" %\u200b5 \\$\u200b3 &amp;\u200b4 \\^\u200b6')
  expect(escapeForMarkdown('10 % & 5!')).toBe('10 % &amp; 5\\!')
})

test('HTML is shown as it was written', () => {
  expect(escapeForHtml(`<script>"a" & 'b'</script>`)).toBe(
    '&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;',
  )
})

test('a URL loses user info, query and fragment', () => {
  expect(showUrl('https://user:secret@host:8443/v1/chat?key=secret#x')).toBe('https://host:8443/v1/chat')
  expect(showUrl(new URL('http://host/a'))).toBe('http://host/a')
  expect(showUrl('not a url')).toBe('(not a URL)')
})

test('a path loses the slashes at its end, and no other', () => {
  expect(trimSlashes('//a//b///')).toBe('//a//b')
  expect(trimSlashes('/')).toBe('')
  expect(trimSlashes('/a')).toBe('/a')
})

test('whatever is written, it is one line without commands or markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: CODE_POINT, maxLength: 300 }), (text) => {
      const line = escapeForTerminal(text)
      expect(Array.from(line).length).toBeLessThanOrEqual(100)
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
      expect(line.startsWith('::')).toBe(false)
      expect(escapeForHtml(text)).not.toMatch(/[<>"']/)
      expect(escapeForMarkdown(text)).not.toMatch(/(?<!\\)[`*_[\]|]|[<>]|@(?!\u200b)/)
    }),
  )
})

test('what is counted agrees with its number', () => {
  expect([0, 1, 2, 1900].map((count) => pluralise(count, 'request'))).toEqual([
    '0 requests',
    '1 request',
    '2 requests',
    '1,900 requests',
  ])
  expect(pluralise(1, 'pass', 'passes')).toBe('1 pass')
  expect(pluralise(3, 'event holds', 'events hold')).toBe('3 events hold')
})
