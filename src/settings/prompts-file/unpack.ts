import { isUtf8 } from 'node:buffer'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { codeOf } from '../../errors.ts'

/** The largest unpacked file that is read; one machine could not hold the prompts of a larger one. */
export const MOST_BYTES = 1024 ** 3

/** The text of a prompts file, as UTF-8 without a byte-order mark, or why there is none: half a sentence that follows the file's name. */
type Unpacked =
  | { readonly text: Buffer; /** What it was packed in. */ readonly packing: readonly string[] }
  | { readonly refusal: string }

/** Takes off compression and other encodings of text. */
export function unpack(bytes: Uint8Array): Unpacked {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const compression = COMPRESSIONS.find(({ magic }) => startsWith(packed, magic))
  if (compression === undefined) return decodeText(packed, [])
  try {
    return decodeText(compression.open(packed, { maxOutputLength: MOST_BYTES }), [compression.name])
  } catch (error) {
    const isLarge = codeOf(error) === 'ERR_BUFFER_TOO_LARGE'
    const why = isLarge ? 'holds more than 1 GiB' : `is compressed with ${compression.name}, and broken or cut off`
    return { refusal: isLarge ? `${why}; give a part of it` : `${why}; download or compress it again` }
  }
}

const COMPRESSIONS = [
  { name: 'gzip', magic: '\x1f\x8b', open: gunzipSync },
  { name: 'zstd', magic: '\x28\xb5\x2f\xfd', open: zstdDecompressSync },
]

function decodeText(bytes: Buffer, packing: readonly string[]): Unpacked {
  const foreign = FOREIGN.find(([magic]) => startsWith(bytes, magic))
  if (foreign !== undefined) return { refusal: foreign[1] }
  const utf16 = findUtf16(bytes)
  if (utf16 !== null) {
    // Node refuses nothing here: half a character at the end becomes U+FFFD.
    const text = Buffer.from(new TextDecoder(utf16).decode(bytes), 'utf8')
    return checkText(text, [...packing, 'UTF-16'])
  }
  return checkText(startsWith(bytes, '\xef\xbb\xbf') ? bytes.subarray(3) : bytes, packing)
}

/** Whether a file is Parquet, which has a reader of its own. */
export function isParquet(bytes: Uint8Array): boolean {
  return startsWith(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4)), 'PAR1')
}

/** Files of other kinds, by how they begin. */
const FOREIGN: readonly (readonly [magic: string, refusal: string])[] = [
  ['PK\x03\x04', 'is a zip (or a workbook); unpack it and give the file that is in it, or save the sheet as CSV'],
  ['BZh', 'is compressed with bzip2; unpack it (bunzip2) and give the file that comes out'],
  ['\xfd7zXZ', 'is compressed with xz; unpack it (unxz) and give the file that comes out'],
  ['PAR1', 'is a Parquet file that is packed as a whole; unpack it and give the file that comes out'],
  ['ARROW1', 'is an Arrow file; write it as Parquet or JSON lines (dataset.to_json("prompts.jsonl") of `datasets`)'],
  ['Obj\x01', 'is an Avro file; write it as JSON lines'],
  ['SQLite format 3', 'is a database of SQLite; write a query of it as CSV'],
  ['%PDF', 'is a PDF; write its prompts as lines of text'],
  [
    'version https://git-lfs',
    'is only the pointer of a file in Git LFS; get the file (git lfs pull, or `lfs: true` of actions/checkout)',
  ],
]

const HTML = /^\s*<(!doctype|html|\?xml)/i

function checkText(text: Buffer, packing: readonly string[]): Unpacked {
  if (text.byteLength > MOST_BYTES) return { refusal: 'holds more than 1 GiB; give a part of it' }
  const opening = text.subarray(0, 4096)
  if (HTML.test(opening.toString('latin1')))
    return { refusal: 'is a page (HTML or XML), as a download gives that failed; download the file itself' }
  if (opening.includes(0)) return { refusal: 'is not text; save it as JSON lines or CSV' }
  if (isUtf8(text)) return { text, packing }
  return { refusal: `is not UTF-8 (line ${findBrokenLine(text)}); save it as UTF-8 (iconv -f latin1 -t utf-8)` }
}

function findBrokenLine(text: Buffer): number {
  let line = 1
  for (let from = 0; ; line++) {
    const end = text.indexOf(NEWLINE, from)
    if (end === -1 || !isUtf8(text.subarray(from, end))) return line
    from = end + 1
  }
}

const NEWLINE = 0x0a

/** By its byte-order mark, or by the zeros beside its first letters. */
function findUtf16(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (startsWith(bytes, '\xff\xfe')) return 'utf-16le'
  if (startsWith(bytes, '\xfe\xff')) return 'utf-16be'
  const [a, b, c, d] = bytes
  if (a === undefined || b === undefined || c === undefined || d === undefined) return null
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le'
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? 'utf-16be' : null
}

function startsWith(bytes: Buffer, magic: string): boolean {
  return bytes.subarray(0, magic.length).toString('latin1') === magic
}
