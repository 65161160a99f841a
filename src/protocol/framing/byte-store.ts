/** Keeps copies of bytes up to a limit, because the memory of a socket read is not ours to keep. */
export interface ByteStore {
  /** Keeps as much of `bytes` as fits. Returns false once something was left out. */
  add(bytes: Uint8Array): boolean
  bytes(): Uint8Array
}

/** A store for at most `limit` bytes. */
export function createByteStore(limit: number): ByteStore {
  const parts: Uint8Array[] = []
  let length = 0
  let whole = true
  return {
    add(bytes) {
      const kept = bytes.subarray(0, limit - length)
      if (kept.length > 0) parts.push(new Uint8Array(kept))
      length += kept.length
      whole &&= kept.length === bytes.length
      return whole
    },
    bytes() {
      const all = new Uint8Array(length)
      let at = 0
      for (const part of parts) {
        all.set(part, at)
        at += part.length
      }
      return all
    },
  }
}
