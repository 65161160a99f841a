/**
 * Remembers texts by blocks, as an engine's prefix cache does: the name of a block covers all blocks before it, and a block counts as cached
 * only behind cached ones. One word is one token. Requests of different salts share nothing.
 */
export interface PrefixCache {
  /** Leading words of `text` that are known, in whole blocks. Then it knows all whole blocks of it. */
  take(text: string, salt?: string): number
  /** Knows all whole blocks of this text from now on. */
  keep(text: string, salt?: string): void
}

/** How large a cache is. */
export interface CacheSize {
  /** Words in a block. */
  readonly blockWords: number
  /** The most blocks. */
  readonly capacity: number
}

/** As in vLLM: blocks of 16 tokens. */
export const CACHE_DEFAULTS: CacheSize = { blockWords: 16, capacity: 65_536 }

/**
 * An empty cache. The least recently used blocks go first, and of one text its end before its beginning, without which the
 * rest is worth nothing.
 */
export function createPrefixCache({ blockWords, capacity }: CacheSize): PrefixCache {
  /** In the order of their last use. */
  const known = new Set<string>()

  function listBlocks(text: string, salt: string): string[] {
    const words = text.split(/\s+/).filter((word) => word !== '')
    const blocks: string[] = []
    let chain = salt
    for (let end = blockWords; end <= words.length; end += blockWords) {
      chain = hashText(`${chain} ${words.slice(end - blockWords, end).join(' ')}`)
      blocks.push(chain)
    }
    return blocks
  }
  function use(blocks: readonly string[]): void {
    for (const block of blocks.toReversed()) {
      known.delete(block)
      known.add(block)
    }
    for (const oldest of known) {
      if (known.size <= capacity) break
      known.delete(oldest)
    }
  }

  return {
    take(text, salt = '') {
      const blocks = listBlocks(text, salt)
      const unknown = blocks.findIndex((block) => !known.has(block))
      use(blocks)
      return blockWords * (unknown === -1 ? blocks.length : unknown)
    },
    keep: (text, salt = '') => use(listBlocks(text, salt)),
  }
}

/** Two FNV-1a hashes with different starts: 64 bits, enough for a simulation. */
function hashText(text: string): string {
  let one = 0x811c9dc5
  let two = 0x1b873593
  for (let i = 0; i < text.length; i++) {
    one = Math.imul(one ^ text.charCodeAt(i), 0x01000193)
    two = Math.imul(two ^ text.charCodeAt(i), 0x01000193)
  }
  return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}`
}
