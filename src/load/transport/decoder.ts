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

/** Receives a decompressed body. */
export interface DecodedBody {
  /** The next bytes, with the time of their read. */
  onDecoded(bytes: Buffer, at: number): void
  /** The end, with the time of the last read. */
  onDecodedEnd(at: number): void
  /** The bytes do not match the encoding. */
  onUndecodable(error: Error): void
}

/**
 * Decompresses a body as it arrives. The output belongs to the read that brought it, even if it comes after the next
 * one.
 */
export class BodyDecoder {
  readonly #decoder: Decoder
  /** Times of the reads that the decoder still has to output. */
  readonly #undecoded: number[] = []
  /** An empty body ends in an error, so a body that ends well had a read. */
  #lastAt = NaN

  constructor(decoder: Decoder, target: DecodedBody) {
    this.#decoder = decoder
    decoder.on('data', (bytes: Buffer) => target.onDecoded(bytes, this.#undecoded[0] ?? this.#lastAt))
    decoder.on('error', (error) => target.onUndecodable(error))
    decoder.on('end', () => target.onDecodedEnd(this.#lastAt))
  }

  /** Takes the bytes of a read, whose memory is reused afterwards. */
  push(bytes: Buffer, at: number): void {
    this.#lastAt = at
    this.#undecoded.push(at)
    this.#decoder.write(Buffer.from(bytes), () => this.#undecoded.shift())
  }

  /** The body is complete; outputs what is still held. */
  end(): void {
    this.#decoder.end()
  }

  destroy(): void {
    this.#decoder.destroy()
  }
}

/** The most of a refusal that is decompressed. */
const MOST_BYTES = 1_048_576

/**
 * A decoder for a server that compresses although it was asked not to. Null for an encoding that is none, or unknown.
 */
export function createDecoder(encoding: string, target: DecodedBody): BodyDecoder | null {
  const decoder = openDecoder(encoding)
  return decoder === null ? null : new BodyDecoder(decoder, target)
}

/** It outputs what it can after every chunk. */
function openDecoder(encoding: string): Decoder | null {
  switch (encoding.trim().toLowerCase()) {
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
  return (decompressBody(body, encoding?.trim().toLowerCase()) ?? body).toString('utf8')
}

function decompressBody(body: Buffer, encoding: string | undefined): Buffer | null {
  // A cut body must still give what it holds.
  const gzip = { maxOutputLength: MOST_BYTES, finishFlush: zlib.Z_SYNC_FLUSH }
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(body, gzip)
    if (encoding === 'deflate') return inflateSync(body, gzip)
    if (encoding === 'br')
      return brotliDecompressSync(body, { maxOutputLength: MOST_BYTES, finishFlush: zlib.BROTLI_OPERATION_FLUSH })
    if (encoding === 'zstd')
      return zstdDecompressSync(body, { maxOutputLength: MOST_BYTES, finishFlush: zlib.ZSTD_e_flush })
  } catch {
    // It is not in this encoding.
  }
  return null
}
