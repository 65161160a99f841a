/**
 * The simulator's tokenizer: one token for each word (a run of characters between white space), so that tests can count
 * in their heads. Linear, without allocation.
 */
export function countWords(text: string): number {
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
