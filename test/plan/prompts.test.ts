import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildPrompt, buildText, spellNonce, UNCALIBRATED, WORDS, countWordsFor } from '../../src/plan/prompts.ts'
import { seedRandom } from '../../src/random.ts'

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f']
const NONCE = '00ff10a0b0c0d0e0'

function wordsIn(text: string): string[] {
  return text.split(' ')
}

describe('the words', () => {
  it('are 256 different ones of lower-case letters', () => {
    expect(new Set(WORDS).size).toBe(256)
    expect(WORDS.filter((word) => !/^[a-z]+$/.test(word))).toEqual([])
  })
})

describe('a prompt', () => {
  it('has exactly as many words as asked for, with or without a nonce', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 3_000 }), fc.boolean(), fc.string(), (words, salted, seed) => {
        const prompt = buildPrompt(words, seedRandom(seed), salted ? NONCE : null)
        expect(wordsIn(prompt)).toHaveLength(words)
      }),
    )
  })

  it('has the same words for the same seed and others for another', () => {
    const prompt = (seed: string) => buildPrompt(200, seedRandom(seed), NONCE)
    expect(prompt('a seed')).toBe(prompt('a seed'))
    expect(prompt('a seed')).not.toBe(prompt('another'))
  })

  it('opens with the nonce, before anything that prompts have in common', () => {
    const prompt = buildPrompt(100, seedRandom('a seed'), NONCE)
    expect(wordsIn(prompt).slice(0, 8).join(' ')).toBe(spellNonce(NONCE))
    const other = buildPrompt(100, seedRandom('a seed'), `01${NONCE.slice(2)}`)
    expect(wordsIn(other)[0]).not.toBe(wordsIn(prompt)[0])
  })

  it('asks for an answer without end', () => {
    expect(buildPrompt(100, seedRandom('a seed'), null)).toMatch(/^Write a long 9000-word story .* never stop/)
  })

  it('that is too short for its instruction keeps the instruction', () => {
    const prompt = buildPrompt(3, seedRandom('a seed'), NONCE)
    expect(prompt).toContain('never stop or conclude it: ')
  })
})

describe('a text', () => {
  it('has exactly as many words as asked for, however few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.boolean(), (words, salted) => {
        expect(wordsIn(buildText(words, seedRandom('a seed'), salted ? NONCE : null))).toHaveLength(words)
      }),
    )
  })

  it('opens with the nonce, as far as there is room for it', () => {
    expect(buildText(20, seedRandom('a seed'), NONCE).startsWith(`${spellNonce(NONCE)} `)).toBe(true)
    expect(buildText(3, seedRandom('a seed'), NONCE)).toBe(spellNonce(NONCE, 3))
  })
})

describe('a nonce in words', () => {
  it('differs wherever the nonce differs', () => {
    const nonce = fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(nonce, nonce, (a, b) => {
        expect(spellNonce(a) === spellNonce(b)).toBe(a === b)
        expect(wordsIn(spellNonce(a))).toHaveLength(8)
      }),
    )
  })
})

describe('the words for a number of tokens', () => {
  it('follow the server’s own counts', () => {
    expect(countWordsFor(512, UNCALIBRATED)).toBe(512)
    expect(countWordsFor(512, { baseTokens: 12, tokensPerWord: 1.25 })).toBe(400)
  })

  it('are at least one', () => {
    expect(countWordsFor(5, { baseTokens: 30, tokensPerWord: 1 })).toBe(1)
  })
})
