/**
 * What views are made of: sentences and tables, as data. Words of ours stand in them as they are. What somebody else wrote
 * (a server, a page, a file, a person) is a `Quote`, and whoever lays the view out escapes it: there, and only there.
 */

/** Words of ours, a quote, or several of these after one another. Words of ours may hold code spans in backticks. */
export type Sentence = string | Quote | readonly Sentence[]

/** A part of a sentence that is more than words of ours. */
export type Quote =
  /** Text of others, shown as it was written and cut to `most` characters. */
  | { readonly kind: 'text'; readonly text: string; readonly most: number }
  /** A sentence of ours that quotes others: its code spans stay, everything else is shown as it was written. */
  | { readonly kind: 'prose'; readonly text: string; readonly most: number }
  /** Text of others, or to be copied, set as code where there is such a thing. */
  | { readonly kind: 'code'; readonly text: string; readonly most: number }
  /** A figure that must not be broken in the narrow cell of a phone. */
  | { readonly kind: 'figure'; readonly text: string }
  | { readonly kind: 'strong'; readonly of: Sentence }
  /** A link where the URL is one of the web and links are possible, else its text alone. */
  | { readonly kind: 'link'; readonly of: Sentence; readonly url: string | null }
  | List

/** What a layout without room may cut; it says how many entries it left out. */
export interface List {
  readonly kind: 'list'
  readonly entries: readonly Sentence[]
  readonly between: ' ' | ', ' | '; '
  /** More than these are never shown. */
  readonly most: number
}

/** How a table stands, whatever it is laid out in. */
export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Sentence[])[]
}

/** How the cells of a column stand. */
export interface Column {
  readonly heading: string
  readonly align: 'left' | 'right'
}

/** Text of others, shown as it was written. */
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

/** What a reader must see first. */
export function stress(of: Sentence): Quote {
  return { kind: 'strong', of }
}

/** Words that lead to a page. */
export function linkTo(of: Sentence, url: string | null): Quote {
  return { kind: 'link', of, url }
}

/** What may be cut. */
export function listOf(entries: readonly Sentence[], between: List['between'], most = Infinity): List {
  return { kind: 'list', entries, between, most }
}

/** A sentence with quotes in it: say`served by ${quote(model)}`. What is put in as a string counts as words of ours. */
export function say(words: TemplateStringsArray, ...quotes: readonly Sentence[]): Sentence {
  return words.flatMap((text, i) => (i < quotes.length ? [text, quotes[i]!] : [text])).filter((part) => part !== '')
}

/** Sentences with the same between each two of them. */
export function joinSentences(sentences: readonly Sentence[], between: string): Sentence {
  return sentences.flatMap((sentence, i) => (i === 0 ? [sentence] : [between, sentence]))
}

/** How a layout writes each part of a sentence. What others wrote is escaped here. */
export interface Writing {
  /** Words of ours. */
  words(text: string): string
  text(text: string, most: number): string
  prose(text: string, most: number): string
  code(text: string, most: number): string
  figure(text: string): string
  /** What is inside is written already, as it is of a link. */
  strong(written: string): string
  link(written: string, url: string | null): string
  /** So many entries of a list have room. */
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
    case 'link':
      return writing.link(writeSentence(quote.of, writing), quote.url)
    case 'list':
      return writeList(quote, writing)
  }
}

function writeList({ entries, between, most }: List, writing: Writing): string {
  const shown = entries.slice(0, Math.min(most, writing.room))
  const more = entries.length - shown.length
  const text = shown.map((entry) => writeSentence(entry, writing)).join(between)
  if (more === 0) return text
  return between === ' ' ? `${text} And ${more} more.` : `${text} and ${more} more`
}

/** A column of words. */
export function wordColumn(heading: string): Column {
  return { heading, align: 'left' }
}

/** A column of figures. */
export function figureColumn(heading: string): Column {
  return { heading, align: 'right' }
}

/** What of a layout is there: null and the empty text are not. */
export function dropAbsent<T>(parts: readonly (T | null)[]): T[] {
  return parts.flatMap((part) => (part === null || part === '' ? [] : [part]))
}
