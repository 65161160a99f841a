import {
  brotliDecompressSync,
  constants as zlib,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib'

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress>

/** Who takes a body whose compression is undone. */
export interface DecodedBody {
  /** The next bytes, with the stamp of the read that brought them. */
  onDecoded(bytes: Buffer, at: number): void
  /** All has come out; the stamp is that of the last read. */
  onDecodedEnd(at: number): void
  /** The bytes are not as the encoding says. */
  onUndecodable(error: Error): void
}

/** Undoes the compression of a body as it arrives. What comes out belongs to the read that brought it, and may come out after the next one. */
export class BodyDecoder {
  readonly #decoder: Decoder
  /** When the reads came that the decoder still has to give out. */
  readonly #undecoded: number[] = []
  /** An empty body ends in an error, so that there was a read where one ends well. */
  #lastAt = NaN

  constructor(decoder: Decoder, target: DecodedBody) {
    this.#decoder = decoder
    decoder.on('data', (bytes: Buffer) => target.onDecoded(bytes, this.#undecoded[0] ?? this.#lastAt))
    decoder.on('error', (error) => target.onUndecodable(error))
    decoder.on('end', () => target.onDecodedEnd(this.#lastAt))
  }

  /** Takes the bytes of a read, whose memory is another's afterwards. */
  push(bytes: Buffer, at: number): void {
    this.#lastAt = at
    this.#undecoded.push(at)
    this.#decoder.write(Buffer.from(bytes), () => this.#undecoded.shift())
  }

  /** The body has come whole; what is still held comes out. */
  end(): void {
    this.#decoder.end()
  }

  destroy(): void {
    this.#decoder.destroy()
  }
}

/** As much of a refusal as is decompressed. */
const MOST_BYTES = 1_048_576

/**
 * A decoder for a server that compresses although it was asked not to. Null for a body that is not compressed, or in a way that nobody
 * asked for and nobody knows.
 */
export function createDecoder(encoding: string | undefined, target: DecodedBody): BodyDecoder | null {
  const decoder = openDecoder(encoding)
  return decoder === null ? null : new BodyDecoder(decoder, target)
}

/** It gives out what it can after every chunk. */
function openDecoder(encoding: string | undefined): Decoder | null {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ flush: zlib.Z_SYNC_FLUSH })
    case 'deflate':
      return createInflate({ flush: zlib.Z_SYNC_FLUSH })
    case 'br':
      return createBrotliDecompress({ flush: zlib.BROTLI_OPERATION_FLUSH })
    case 'zstd':
      return createZstdDecompress({ flush: zlib.ZSTD_e_flush })
    default:
      return null
  }
}

/** The text of a refusal's body, which may be compressed and cut; bytes that cannot be decompressed stay as they are. */
export function readRefusalText(body: Buffer, encoding: string | undefined): string {
  return (decompress(body, encoding?.trim().toLowerCase()) ?? body).toString('utf8')
}

function decompress(body: Buffer, encoding: string | undefined): Buffer | null {
  // What was cut must still give what it holds.
  const gzip = { maxOutputLength: MOST_BYTES, finishFlush: zlib.Z_SYNC_FLUSH }
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(body, gzip)
    if (encoding === 'deflate') return inflateSync(body, gzip)
    if (encoding === 'br')
      return brotliDecompressSync(body, { maxOutputLength: MOST_BYTES, finishFlush: zlib.BROTLI_OPERATION_FLUSH })
    if (encoding === 'zstd')
      return zstdDecompressSync(body, { maxOutputLength: MOST_BYTES, finishFlush: zlib.ZSTD_e_flush })
  } catch {
    // Not what it says it is.
  }
  return null
}
