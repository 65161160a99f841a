/**
 * What views are made of: sentences and tables, as data. Our own words are plain strings. What anybody else wrote (a
 * server, a page, a file, a person) is a `Quote`, which the layout escapes, and only the layout.
 */

/** Our own words, a quote, or a sequence of these. Our own words may hold code spans in backticks. */
export type Sentence = string | Quote | readonly Sentence[]

/** A part of a sentence that is not just our own words. */
type Quote =
  /** Text of others, shown literally and cut to `most` characters. */
  | { readonly kind: 'text'; readonly text: string; readonly most: number }
  /** A sentence of ours that quotes others: code spans stay, everything else is shown literally. */
  | { readonly kind: 'prose'; readonly text: string; readonly most: number }
  /** Text of others, or to be copied, set as code where possible. */
  | { readonly kind: 'code'; readonly text: string; readonly most: number }
  /** A figure to keep on one line in the narrow cell of a phone. */
  | { readonly kind: 'figure'; readonly text: string }
  | { readonly kind: 'strong'; readonly of: Sentence }
  /** A link where the URL is an http(s) one and links are possible, else only its text. */
  | { readonly kind: 'link'; readonly of: Sentence; readonly url: string | null }
  | List

/** A list that a layout may shorten, saying how many entries it left out. */
interface List {
  readonly kind: 'list'
  readonly entries: readonly Sentence[]
  readonly between: ' ' | ', ' | '; '
  /** More than these are never shown. */
  readonly most: number
}

/** A table, independent of its layout. */
export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Sentence[])[]
}

/** A table under its heading, and what to know about it. */
export interface TitledTable {
  readonly heading: string
  readonly table: Table
  readonly note: Sentence | null
}

/** A column of a table. */
export interface Column {
  readonly heading: string
  readonly align: 'left' | 'right'
}

/** Text of others, shown literally. */
export function quote(text: string, most = 100): Quote {
  return { kind: 'text', text, most }
}

/** A sentence that may quote others and hold code spans. */
export function quoteProse(text: string, most = 400): Quote {
  return { kind: 'prose', text, most }
}

/** Text as code. */
export function quoteCode(text: string, most = 100): Quote {
  return { kind: 'code', text, most }
}

/** A figure with its unit. */
export function keepUnit(text: string): Quote {
  return { kind: 'figure', text }
}

/** Emphasised words. */
export function emphasise(of: Sentence): Quote {
  return { kind: 'strong', of }
}

/** Words that lead to a page. */
export function linkTo(of: Sentence, url: string | null): Quote {
  return { kind: 'link', of, url }
}

/** A list that may be shortened. */
export function makeList(entries: readonly Sentence[], between: List['between'], most = Infinity): List {
  return { kind: 'list', entries, between, most }
}

/** A sentence with quotes in it: say`served by ${quote(model)}`. Strings put in count as our own words. */
export function say(words: TemplateStringsArray, ...quotes: readonly Sentence[]): Sentence {
  return words.flatMap((text, i) => (i < quotes.length ? [text, quotes[i]!] : [text])).filter((part) => part !== '')
}

/** Sentences joined by `between`. */
export function joinSentences(sentences: readonly Sentence[], between: string): Sentence {
  return sentences.flatMap((sentence, i) => (i === 0 ? [sentence] : [between, sentence]))
}

/** How a layout writes each part of a sentence, escaping what others wrote. */
export interface Writing {
  /** Our own words. */
  words(text: string): string
  text(text: string, most: number): string
  prose(text: string, most: number): string
  code(text: string, most: number): string
  figure(text: string): string
  /** Its content, like that of a link, is already written. */
  strong(written: string): string
  link(written: string, url: string): string
  /** How many entries of a list fit. */
  readonly room: number
}

/** A sentence as a layout writes it. */
export function writeSentence(sentence: Sentence, writing: Writing): string {
  if (typeof sentence === 'string') return writing.words(sentence)
  if ('kind' in sentence) return writeQuote(sentence, writing)
  return sentence.map((part) => writeSentence(part, writing)).join('')
}

function writeQuote(quote: Quote, writing: Writing): string {
  switch (quote.kind) {
    case 'text':
    case 'prose':
    case 'code':
      return writing[quote.kind](quote.text, quote.most)
    case 'figure':
      return writing.figure(quote.text)
    case 'strong':
      return writing.strong(writeSentence(quote.of, writing))
    case 'link': {
      const [written, url] = [writeSentence(quote.of, writing), parseWebUrl(quote.url)]
      return url === null ? written : writing.link(written, url.href)
    }
    case 'list':
      return writeList(quote, writing)
  }
}

/** An address of the web; null for any other, and for none. */
export function parseWebUrl(text: string | null): URL | null {
  if (text === null || !URL.canParse(text)) return null
  const url = new URL(text)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : null
}

function writeList({ entries, between, most }: List, writing: Writing): string {
  const shown = entries.slice(0, Math.min(most, writing.room))
  const more = entries.length - shown.length
  const text = shown.map((entry) => writeSentence(entry, writing)).join(between)
  if (more === 0) return text
  return between === ' ' ? `${text} And ${more} more.` : `${text} and ${more} more`
}

/** A column of words. */
export function makeWordColumn(heading: string): Column {
  return { heading, align: 'left' }
}

/** A column of figures. */
export function makeFigureColumn(heading: string): Column {
  return { heading, align: 'right' }
}

/** Drops null and empty texts. */
export function dropAbsent<T>(parts: readonly (T | null)[]): T[] {
  return parts.flatMap((part) => (part === null || part === '' ? [] : [part]))
}
