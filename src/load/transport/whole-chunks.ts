export const LF = 10
export const CR = 13
/** No read has as many. */
const MOST_BYTES = 2 ** 26

/**
 * Hands over the data of chunks that are in a read whole, in one pass, and returns where they end: a fast path, because most servers write a
 * token as one chunk, so that this is what nearly every read comes to. All else is left to the parser, which takes it line by line: the last
 * chunk, extensions, mistakes.
 */
export function passWholeChunks(
  bytes: Buffer,
  from: number,
  length: number,
  target: { onBody(bytes: Buffer, from: number, to: number): void },
): number {
  let begin = from
  for (;;) {
    let at = begin
    let size = 0
    for (let digit = 0; at < length && (digit = hexOf(bytes[at]!)) >= 0 && size < MOST_BYTES; at++)
      size = size * 16 + digit
    const data = at + 2
    const end = data + size
    if (size === 0 || end + 2 > length || bytes[at] !== CR || bytes[at + 1] !== LF) return begin
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return begin
    target.onBody(bytes, data, end)
    begin = end + 2
  }
}

/** The value of a hexadecimal digit; −1 for another byte. */
export function hexOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
