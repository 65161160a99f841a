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

/** Undoes the compression of a body as it arrives. */
export type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress>

/** As much of a refusal as is decompressed. */
const MOST_BYTES = 1_048_576

/**
 * A decoder that gives out what it can after every chunk, for a server that compresses although it was asked not to. Null
 * for a body that is not compressed, or in a way that nobody asked for and nobody knows.
 */
export function createDecoder(encoding: string | undefined): Decoder | null {
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
