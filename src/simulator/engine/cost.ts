import type { Random } from '../../random.ts'
import type { Fault } from '../faults.ts'
import type { SimulatorOptions } from '../settings/options.ts'
import type { FinishReason, ModelRequest } from '../wires/wire.ts'

/** What a request costs the model: tokens to read, how many of them are cached, tokens to write. */

/** Input tokens of a request. */
export function countInput(
  { texts, task }: ModelRequest,
  { templateTokens, tokensPerWord }: Pick<SimulatorOptions, 'templateTokens' | 'tokensPerWord'>,
): number {
  const template = task === 'chat' ? templateTokens : 0
  return texts.reduce((sum, text) => sum + countPromptTokens(text, tokensPerWord, template), 0)
}

/** Input tokens that the cache holds; all but one at most, because the answer continues from a computed token. */
export function countCached(
  { texts, usesCache, cacheSalt }: ModelRequest,
  inputTokens: number,
  cache: PrefixCache,
  { tokensPerWord }: Pick<SimulatorOptions, 'tokensPerWord'>,
): number {
  if (!usesCache) return 0
  const words = texts.reduce((sum, text) => sum + cache.take(text, cacheSalt), 0)
  return Math.min(inputTokens - 1, Math.floor(words * tokensPerWord))
}

/** The length of the answer: as asked for, or shorter when the model ends on its own. */
export function chooseLength(
  { task, ignoreEos, minTokens, maxTokens }: ModelRequest,
  fault: Fault | null,
  random: Random,
  { earlyStop }: Pick<SimulatorOptions, 'earlyStop'>,
): { readonly outputTokens: number; readonly finishReason: FinishReason } {
  const stops = task !== 'embeddings' && random() < earlyStop && !ignoreEos
  const length = stops ? Math.max(minTokens, Math.ceil(random() * maxTokens)) : maxTokens
  return { outputTokens: fault?.kind === 'empty' ? 1 : length, finishReason: length < maxTokens ? 'stop' : 'length' }
}

/**
 * The simulator's tokenizer: one token for each word (a run of characters between white space), so that tests are
 * easy to read. Linear, without allocation.
 */
function countWords(text: string): number {
  let words = 0
  let inside = false
  for (let i = 0; i < text.length; i++) {
    const space = text.charCodeAt(i) <= 32
    if (!space && !inside) words++
    inside = !space
  }
  return words
}

/** Tokens of a prompt: words × `tokensPerWord`, rounded, plus what a chat template adds. At least 1. */
export function countPromptTokens(text: string, tokensPerWord: number, templateTokens: number): number {
  return Math.max(1, Math.round(countWords(text) * tokensPerWord) + templateTokens)
}

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
        // The name of a block covers all blocks before it; hashing keeps names short.
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
