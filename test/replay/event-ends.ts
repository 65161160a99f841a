import type { StreamFraming } from './recorded.ts'

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const BOM = [0xef, 0xbb, 0xbf]
const DATA = [...Buffer.from('data')]

/**
 * Where each event with data ends: the number of bytes after which it is complete. By the rules of each framing and by none of
 * the product's code. An event that the end of the body cuts off is complete with the last byte.
 */
export function eventEnds(body: Buffer, framing: StreamFraming): number[] {
  if (framing === 'sse') return sseEnds(body)
  return framing === 'ndjson' ? lineEnds(body) : messageEnds(body)
}

/** A blank line ends an event; lines end with LF, CR or CRLF, and with the CR of a CRLF. */
function sseEnds(body: Buffer): number[] {
  const ends: number[] = []
  let from = startsWith(body, 0, BOM) ? BOM.length : 0
  let hasData = false
  for (let i = from; i < body.length; i++) {
    if (body[i] !== LF && body[i] !== CR) continue
    const isRestOfCrlf = body[i] === LF && body[i - 1] === CR
    if (isRestOfCrlf) {
      from = i + 1
      continue
    }
    if (i > from) hasData ||= isData(body.subarray(from, i))
    else if (hasData) {
      ends.push(i + 1)
      hasData = false
    }
    from = i + 1
  }
  if (hasData || isData(body.subarray(from))) ends.push(body.length)
  return ends
}

function isData(line: Buffer): boolean {
  return startsWith(line, 0, DATA) && (line.length === DATA.length || line[DATA.length] === COLON)
}

/** One event a line that is not blank. */
function lineEnds(body: Buffer): number[] {
  const ends: number[] = []
  let from = 0
  for (let i = 0; i <= body.length; i++) {
    if (i < body.length && body[i] !== LF) continue
    const end = Math.min(i + 1, body.length)
    if (Buffer.from(body.subarray(from, end)).toString('latin1').trim() !== '') ends.push(end)
    from = end
  }
  return ends
}

/** Each message begins with its length. */
function messageEnds(body: Buffer): number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const ends: number[] = []
  for (let end = 0; end < body.length; ends.push(end)) end += view.getUint32(end)
  return ends
}

function startsWith(bytes: Buffer, at: number, beginning: readonly number[]): boolean {
  return beginning.every((byte, i) => bytes[at + i] === byte)
}
