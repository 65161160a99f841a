import {
  HttpSyntaxError,
  LF,
  CR,
  MOST_HEADER_BYTES,
  readHead,
  KEPT,
  refuseForeignStart,
  refuseBareLineEnd,
  readHeaders,
} from './response-head.ts'
import type { ResponseHead } from './response-head.ts'

/** Receives an answer as it comes; `at` is when the read came that brought it. */
export interface ResponseTarget {
  /**
   * Status and headers of an answer, and of interim ones (1xx) before it; headers with the same name are joined by
   * commas.
   */
  onHead(status: number, headers: Record<string, string>, at: number): void
  /** Bytes of the body: `bytes` from `from` to `to`. Their memory is the socket's and only valid until this returns. */
  onBody(bytes: Buffer, from: number, to: number, at: number): void
  /** The answer is complete. */
  onEnd(at: number): void
}

/** The longest line that begins a chunk: the size, and extensions, which nobody uses. */
const MOST_CHUNK_LINE_BYTES = 1_024

const NO_BYTES = Buffer.alloc(0)

/** What comes next: a head, or a body of a known length, until the connection ends, or in chunks. */
type NextPart = 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'done'

/**
 * Reads HTTP/1.1 answers, one after another, from bytes that may be cut anywhere, strictly by RFC 9112. Mistakes of
 * servers are refused, because a wrong guess about the end of an answer would mix the bytes of two requests.
 *
 * Whoever reads answers extends it: what each read needs then lies in one object.
 */
export abstract class ResponseParser implements ResponseTarget {
  #part: NextPart = 'head'
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  /** The beginning of a line or head that was cut. */
  #held: Buffer = NO_BYTES
  #keepsAlive = false
  #keepAliveMs: number | null = null

  abstract onHead(status: number, headers: Record<string, string>, at: number): void
  abstract onBody(bytes: Buffer, from: number, to: number, at: number): void
  abstract onEnd(at: number): void

  /** Whether the connection can carry another request after this answer. */
  get keepsAlive(): boolean {
    return this.#keepsAlive
  }

  /** How long the server keeps an idle connection; null when it does not say. */
  get keepAliveMs(): number | null {
    return this.#keepAliveMs
  }

  /** Whether an incomplete answer has begun. */
  get isInside(): boolean {
    return this.#part !== 'done' && (this.#part !== 'head' || this.#held.length > 0)
  }

  /** Prepares for the next answer. */
  begin(): void {
    this.#part = 'head'
    this.#held = NO_BYTES
  }

  /**
   * Takes the bytes of a read that came at `at`: the first `length` of `bytes`; the rest is of older reads. Bytes after
   * the end of an answer make the connection unusable. Between the head and the end of an answer nothing is allocated.
   *
   * @throws HttpSyntaxError when they are not HTTP/1.1.
   */
  push(bytes: Buffer, at: number, length = bytes.length): void {
    let here = 0
    while (here < length) {
      switch (this.#part) {
        case 'head':
          here = this.#pushHead(bytes, here, length, at)
          break
        case 'length':
        case 'chunk-data': {
          const from = here
          here = Math.min(length, here + this.#left)
          this.#left -= here - from
          const isWhole = this.#left === 0
          const isLast = isWhole && this.#part === 'length'
          if (isWhole) this.#part = isLast ? 'done' : 'chunk-end'
          this.onBody(bytes, from, here, at)
          if (isLast) this.onEnd(at)
          break
        }
        case 'until-close':
          this.onBody(bytes, here, length, at)
          here = length
          break
        case 'chunk-size':
          here = this.#held.length > 0 ? here : passWholeChunks(bytes, here, length, this, at)
          if (here < length) here = this.#pushChunkLine(bytes, here, length)
          break
        case 'chunk-end':
          here = this.#pushChunkLine(bytes, here, length)
          break
        case 'trailers':
          here = this.#pushTrailers(bytes, here, length, at)
          break
        case 'done':
          this.#keepsAlive = false
          return
      }
    }
  }

  /** The server has ended the connection, at `at`. Returns false if that cut an answer. */
  finish(at: number): boolean {
    if (this.#part === 'until-close') {
      this.#part = 'done'
      this.onEnd(at)
    }
    return !this.isInside
  }

  #pushHead(bytes: Buffer, from: number, length: number, at: number): number {
    const before = this.#held.length
    const head = this.#takeUntilBlankLine(bytes, from, length)
    if (head === null) {
      this.#refuseEarly(before)
      return length
    }
    const read = readHead(head.text)
    // Interim answers come before the awaited one.
    if (read.status >= 200) this.#part = this.#beginBody(read)
    this.onHead(read.status, read.headers, at)
    if (this.#part === 'done') this.onEnd(at)
    return head.end
  }

  /** Refuses early what cannot be a head; bytes before `from` have been checked. */
  #refuseEarly(from: number): void {
    if (this.#held.length > MOST_HEADER_BYTES)
      throw new HttpSyntaxError('its headers are too large', { kind: 'large-headers' })
    refuseForeignStart(this.#held.toString('latin1', 0, KEPT))
    refuseBareLineEnd(this.#held, from)
  }

  /** What follows a head. */
  #beginBody({ body, keepsAlive, keepAliveMs }: ResponseHead): NextPart {
    this.#keepsAlive = keepsAlive
    this.#keepAliveMs = keepAliveMs
    if (typeof body === 'string') return body === 'chunks' ? 'chunk-size' : body
    this.#left = body.bytes
    return 'length'
  }

  /** The size of a chunk, or the end of the line behind its data. */
  #pushChunkLine(bytes: Buffer, from: number, length: number): number {
    let lf = from
    while (lf < length && bytes[lf] !== LF) lf++
    if (lf === length) {
      this.#hold(bytes, from, length)
      if (this.#held.length > MOST_CHUNK_LINE_BYTES) throw new HttpSyntaxError('the line of a chunk is too long')
      return length
    }
    const isHere = this.#held.length === 0
    const line = isHere ? bytes : Buffer.concat([this.#held, bytes.subarray(from, lf)])
    const begin = isHere ? from : 0
    const end = isHere ? lf : line.length
    this.#held = NO_BYTES
    if (begin === end || line[end - 1] !== CR) throw new HttpSyntaxError('a line of a chunk does not end as it must')
    if (this.#part === 'chunk-end') {
      if (end - begin !== 1) throw new HttpSyntaxError('a chunk is longer than it says')
      this.#part = 'chunk-size'
      return lf + 1
    }
    this.#left = readChunkSize(line, begin)
    this.#part = this.#left === 0 ? 'trailers' : 'chunk-data'
    return lf + 1
  }

  #pushTrailers(bytes: Buffer, from: number, length: number, at: number): number {
    // Without trailers, which is nearly always, the blank line comes at once.
    const isBlank = length - from > 1 && bytes[from] === CR && bytes[from + 1] === LF
    if (this.#held.length === 0 && isBlank) return this.#endBody(from + 2, at)
    const start = this.#held.length === 0 ? Buffer.from('\r\n') : NO_BYTES
    const joined = Buffer.concat([this.#held, start, bytes.subarray(from, length)])
    const end = joined.indexOf('\r\n\r\n')
    const trailers = end < 0 ? joined : joined.subarray(0, end + 4)
    // In this order wherever they are cut, so that they are refused for the same reason.
    refuseBareLineEnd(trailers, this.#held.length)
    if (trailers.length > MOST_HEADER_BYTES)
      throw new HttpSyntaxError('its trailers are too large', { kind: 'large-headers' })
    if (end < 0) {
      this.#held = joined
      return length
    }
    readHeaders(joined.toString('latin1', 0, end + 2), 2)
    this.#held = NO_BYTES
    return this.#endBody(length - (joined.length - end - 4), at)
  }

  #endBody(end: number, at: number): number {
    this.#part = 'done'
    this.onEnd(at)
    return end
  }

  /** The head and where it ends in `bytes`; null, and held, where it has not come whole. */
  #takeUntilBlankLine(
    bytes: Buffer,
    from: number,
    length: number,
  ): { readonly text: string; readonly end: number } | null {
    const before = this.#held.length
    const read = bytes.subarray(from, length)
    const joined = before === 0 ? read : Buffer.concat([this.#held, read])
    // Empty lines before an answer are passed over.
    let start = 0
    while (joined[start] === CR && joined[start + 1] === LF) start += 2
    const end = joined.indexOf('\r\n\r\n', Math.max(start, before - 3))
    if (end < 0) {
      this.#held = Buffer.from(joined)
      return null
    }
    if (end - start > MOST_HEADER_BYTES)
      throw new HttpSyntaxError('its headers are too large', { kind: 'large-headers' })
    this.#held = NO_BYTES
    return { text: joined.toString('latin1', start, end + 2), end: from + (end + 4 - before) }
  }

  #hold(bytes: Buffer, from: number, length: number): void {
    this.#held = Buffer.concat([this.#held, bytes.subarray(from, length)])
  }
}

/** The largest size that is read in one pass: no read has as many bytes. */
const MOST_BYTES_OF_READ = 2 ** 26

/**
 * Hands over the data of all chunks that lie whole in one read, and returns where they end: a fast path, because most servers write each token
 * as one chunk, so that nearly every read consists of such chunks. Everything else (the last chunk, extensions, mistakes) is left to the parser,
 * which takes it line by line.
 */
function passWholeChunks(
  bytes: Buffer,
  from: number,
  length: number,
  target: Pick<ResponseTarget, 'onBody'>,
  readAt: number,
): number {
  let begin = from
  for (;;) {
    let at = begin
    let size = 0
    for (let digit = 0; at < length && (digit = hexOf(bytes[at]!)) >= 0 && size < MOST_BYTES_OF_READ; at++)
      size = size * 16 + digit
    const data = at + 2
    const end = data + size
    if (size === 0 || end + 2 > length || bytes[at] !== CR || bytes[at + 1] !== LF) return begin
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return begin
    target.onBody(bytes, data, end, readAt)
    begin = end + 2
  }
}

/** The largest exact size. */
const MOST_BYTES = 2 ** 48

/** The size in a line that begins at `from` and ends in a CR. */
function readChunkSize(line: Buffer, from: number): number {
  let size = 0
  let at = from
  for (let digit = hexOf(line[at]!); digit >= 0; digit = hexOf(line[++at]!)) size = size * 16 + digit
  const next = line[at]
  const isEnd = next === CR || next === 0x3b || next === 0x20 || next === 0x09
  if (at === from || size > MOST_BYTES || !isEnd) throw new HttpSyntaxError('the size of a chunk is no number')
  return size
}

/** The value of a hexadecimal digit; −1 for another byte. */
function hexOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
