import { generatesTokens } from '../vocabulary/load.ts'
import type { Random } from '../random.ts'
import type { Fault } from './faults.ts'
import type { FinishReason, ModelRequest } from './wires/wire.ts'
import { writeTokens } from './wires/wire.ts'

/** What a request costs the model: tokens to read, how many of them are cached, tokens to write. */

/** What decides about it. */
export interface CostOptions {
  readonly tokensPerWord: number
  /** Input tokens that the chat template adds to every chat request. */
  readonly templateTokens: number
  /** Input tokens that an image counts for; null: the model takes none. */
  readonly imageTokens: number | null
  /** Remembers prompts and answers, skips the prefill of what is known and reports `cached_tokens`; null for no cache. */
  readonly prefixCache: CacheSize | null
  /** Share of answers that end before `max_tokens`, unless `ignore_eos` is true. */
  readonly earlyStop: number
}

/** Input tokens of a request. */
export function countInput(
  { texts, images, task }: ModelRequest,
  { templateTokens, tokensPerWord, imageTokens }: Pick<CostOptions, 'templateTokens' | 'tokensPerWord' | 'imageTokens'>,
): number {
  const template = task === 'chat' ? templateTokens : 0
  const ofImages = images.length * (imageTokens ?? 0)
  return texts.reduce((sum, text) => sum + countPromptTokens(text, tokensPerWord, template), ofImages)
}

/** Input tokens that the cache holds; all but one at most, because the answer continues from a computed token. */
export function countCached(
  { texts, usesCache, cacheSalt }: ModelRequest,
  inputTokens: number,
  cache: PrefixCache,
  { tokensPerWord }: Pick<CostOptions, 'tokensPerWord'>,
): number {
  if (!usesCache) return 0
  const words = texts.reduce((sum, text) => sum + cache.take(text, cacheSalt), 0)
  return Math.min(inputTokens - 1, Math.floor(words * tokensPerWord))
}

/**
 * Lets the cache know a prompt with its answer, as engines do while they write it: the next turn of a conversation begins with both. The last
 * token was never computed, and reasoning, which nobody sends back, stands before the text.
 */
export function keepAnswer(
  { texts, task, usesCache, cacheSalt }: ModelRequest,
  { outputTokens, reasoningTokens }: { readonly outputTokens: number; readonly reasoningTokens: number },
  cache: PrefixCache,
): void {
  if (!usesCache || !generatesTokens(task) || outputTokens === 0) return
  const thoughts = ' thought'.repeat(Math.min(reasoningTokens, outputTokens - 1))
  cache.keep(texts[0]! + thoughts + writeTokens(Math.max(0, outputTokens - 1 - reasoningTokens)), cacheSalt)
}

/** The length of the answer: as asked for, or shorter when the model ends on its own. */
export function chooseLength(
  { task, ignoreEos, minTokens, maxTokens }: ModelRequest,
  fault: Fault | null,
  random: Random,
  { earlyStop }: Pick<CostOptions, 'earlyStop'>,
): { readonly outputTokens: number; readonly finishReason: FinishReason } {
  const stops = generatesTokens(task) && random() < earlyStop && !ignoreEos
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
