/** Remembers prompts by blocks, as an engine's prefix cache does: a block counts as cached only behind cached ones. */
export interface PrefixCache {
  /** Leading words of `text` that were seen before with this salt, in whole blocks; remembers the prompt. */
  take(text: string, salt?: string): number
}

/** Keeps the newest `capacity` blocks of `blockWords` words. */
export function createPrefixCache({ blockWords = 16, capacity = 65_536 } = {}): PrefixCache {
  const known = new Set<string>()
  return {
    take(text, salt = '') {
      const words = text.split(/\s+/).filter((word) => word !== '')
      let cached = 0
      let chain = salt
      for (let start = 0; start + blockWords <= words.length; start += blockWords) {
        // The name of a block covers all before it; hashing keeps the names short.
        chain = hash(`${chain} ${words.slice(start, start + blockWords).join(' ')}`)
        if (known.delete(chain) && cached === start) cached = start + blockWords
        known.add(chain)
      }
      for (const oldest of known) {
        if (known.size <= capacity) break
        known.delete(oldest)
      }
      return cached
    },
  }
}

/** Two FNV-1a hashes with different starts: 64 bits, enough for a simulation. */
function hash(text: string): string {
  let one = 0x811c9dc5
  let two = 0x1b873593
  for (let i = 0; i < text.length; i++) {
    one = Math.imul(one ^ text.charCodeAt(i), 0x01000193)
    two = Math.imul(two ^ text.charCodeAt(i), 0x01000193)
  }
  return `${(one >>> 0).toString(36)}.${(two >>> 0).toString(36)}`
}
