import { generatesTokens } from '../vocabulary/load.ts'
import type { Random } from '../random.ts'
import type { Fault } from './faults.ts'
import type { SimulatorOptions } from './settings/options.ts'
import type { FinishReason, ModelRequest } from './wires/wire.ts'
import { writeTokens } from './wires/write.ts'
import type { PrefixCache } from './engine/prefix-cache.ts'

/** What a request costs the model: tokens to read, how many of them are cached, tokens to write. */

/** Input tokens of a request. */
export function countInput(
  { texts, images, task }: ModelRequest,
  {
    templateTokens,
    tokensPerWord,
    imageTokens,
  }: Pick<SimulatorOptions, 'templateTokens' | 'tokensPerWord' | 'imageTokens'>,
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
  { tokensPerWord }: Pick<SimulatorOptions, 'tokensPerWord'>,
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
  { earlyStop }: Pick<SimulatorOptions, 'earlyStop'>,
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
