import { crc32, deflateSync } from 'node:zlib'
import { seedRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { Images } from '../settings/values/images.ts'

/** The images of the next request as PNG files in base64, unlike all others: by its nonce, or without one by its random numbers. */
export type ImageSource = (random: Random, nonce: string | null) => readonly string[]

/**
 * Draws images of coloured tiles by the seed: all that takes time, for a level and before its load. What is left for each
 * request is to write its nonce into the first pixels, so that no cache of images has seen it: some microseconds, however
 * large the image is.
 */
export function createImageSource({ count, width, height }: Images, seed: string): ImageSource {
  const different = Math.max(1, Math.min(MOST_DRAWINGS, Math.floor(MOST_PIXELS / (width * height))))
  const drawings = Array.from({ length: different }, (_, i) =>
    drawTiles(width, height, seedRandom(`${seed}/images/${i}`)),
  )
  return (random, nonce) => {
    const mark =
      nonce === null ? Array.from({ length: NONCE_BYTES }, () => drawByte(random)) : Buffer.from(nonce, 'hex')
    return Array.from({ length: count }, (_, place) => {
      const which = Math.floor(random() * different)
      return markDrawing(drawings[which]!, [...mark, place, which])
    })
  }
}

/** How many images of a run differ in more than the pixels that mark them: one where more would take long to draw. */
const MOST_DRAWINGS = 4
const MOST_PIXELS = 4_000_000
/** Pixels of a tile's side: few enough tiles to make small files, because the model is measured and not the upload. */
const TILE = 16
const NONCE_BYTES = 8
/** Bytes of the first pixels that mark an image: the nonce, its place in the request, its drawing. */
const MARK_BYTES = NONCE_BYTES + 2

/** A PNG file without its mark, which stands in a chunk of its own. */
interface Drawing {
  /** Signature and header. */
  readonly head: Buffer
  /** The chunk with all pixels but the marked ones, in base64: as much of it as is a multiple of three bytes. */
  readonly pixels: string
  /** The compressed bytes that are left over. */
  readonly rest: Buffer
  /** How many bytes these pixels have, and their checksum. */
  readonly length: number
  readonly checksum: number
}

/** Only the first row of a tile has colours; each further one is stored as equal to the one above, a filter of PNG. */
function drawTiles(width: number, height: number, random: Random): Drawing {
  const rowBytes = 1 + 3 * width
  const rows = Buffer.alloc(rowBytes * height)
  for (let y = 0; y < height; y++) {
    const at = y * rowBytes
    if (y % TILE !== 0) rows[at] = SAME_AS_ABOVE
    else for (let x = 0; x < width; x += TILE) fillTile(rows, at + 1 + 3 * x, Math.min(TILE, width - x), random)
  }
  const others = rows.subarray(1 + MARK_BYTES)
  const packed = deflateSync(others)
  // Between the header of two bytes and the checksum of four.
  const data = packed.subarray(2, -4)
  const cut = data.length - ((12 + data.length) % 3)
  return {
    head: Buffer.concat([SIGNATURE, writeChunk('IHDR', writeHeader(width, height))]),
    pixels: writeChunk('IDAT', data.subarray(0, cut)).toString('base64'),
    rest: data.subarray(cut),
    length: others.length,
    checksum: packed.readUInt32BE(packed.length - 4),
  }
}

function fillTile(rows: Buffer, from: number, pixels: number, random: Random): void {
  const colour = Buffer.from([drawByte(random), drawByte(random), drawByte(random)])
  for (let i = 0; i < pixels; i++) rows.set(colour, from + 3 * i)
}

function drawByte(random: Random): number {
  return Math.floor(256 * random())
}

/** The file as base64. Its pieces are joined as texts, because their lengths in bytes are multiples of three. */
function markDrawing({ head, pixels, rest, length, checksum }: Drawing, mark: readonly number[]): string {
  const first = Buffer.from([0, ...mark])
  const opening = Buffer.concat([head, writeChunk('IDAT', Buffer.concat([STORED, first]))])
  const end = Buffer.alloc(4)
  end.writeUInt32BE(joinChecksums(first, checksum, length))
  const closing = Buffer.concat([writeChunk('IDAT', Buffer.concat([rest, end])), END])
  return opening.toString('base64') + pixels + closing.toString('base64')
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const SAME_AS_ABOVE = 2
const STORED_BYTES = 1 + MARK_BYTES
/** The header of zlib, and that of a block that is stored as it is and not the last: one byte of filter and the mark. */
const STORED = Buffer.from([0x78, 0x01, 0, STORED_BYTES, 0, 0xff - STORED_BYTES, 0xff])
/** An empty chunk named IEND, with its checksum. */
const END = Buffer.from('0000000049454e44ae426082', 'hex')

/** Eight bits a channel, red, green and blue. */
function writeHeader(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  return header
}

/** A chunk of a PNG file: its length, its name, its data, and a checksum of the last two. */
function writeChunk(name: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length)
  chunk.writeUInt32BE(data.length, 0)
  chunk.write(name, 4, 'latin1')
  data.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return chunk
}

const ADLER = 65_521

/** Adler-32 of `first` and the `length` bytes after it, whose own is `checksum`. */
function joinChecksums(first: Buffer, checksum: number, length: number): number {
  let a = 1
  let b = 0
  for (const byte of first) {
    a = (a + byte) % ADLER
    b = (b + a) % ADLER
  }
  const low = (a + (checksum & 0xffff) - 1) % ADLER
  const high = (b + (checksum >>> 16) + length * (a - 1 + ADLER)) % ADLER
  return high * 65_536 + low
}
