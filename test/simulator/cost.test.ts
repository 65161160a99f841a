import { describe, expect, it } from 'vitest'
import { createPrefixCache } from '../../src/simulator/cost.ts'

const words = (name: string, count: number): string => Array.from({ length: count }, (_, i) => `${name}${i}`).join(' ')

describe('the prefix cache', () => {
  it('knows whole blocks from the beginning of a text, and none behind an unknown one', () => {
    const cache = createPrefixCache({ blockWords: 4, capacity: 100 })
    expect(cache.take(words('a', 11))).toBe(0)
    expect(cache.take(words('a', 11))).toBe(8)
    expect(cache.take(words('a', 13))).toBe(8)
    expect(cache.take(words('a', 13))).toBe(12)
    expect(cache.take(`other ${words('a', 13)}`)).toBe(0)
    expect(cache.take(`${words('a', 4)} ${words('b', 4)} ${words('a', 12)}`)).toBe(4)
  })

  it('knows what it is to keep, with the text before it', () => {
    const cache = createPrefixCache({ blockWords: 4, capacity: 100 })
    cache.keep(`${words('prompt', 6)} ${words('answer', 5)}`)
    expect(cache.take(`${words('prompt', 6)} ${words('answer', 5)} ${words('more', 6)}`)).toBe(8)
  })

  it('shares nothing between salts', () => {
    const cache = createPrefixCache({ blockWords: 4, capacity: 100 })
    cache.take(words('a', 8), 'one')
    expect([cache.take(words('a', 8), 'two'), cache.take(words('a', 8), 'one')]).toEqual([0, 8])
  })

  it('forgets what was used longest ago, and the end of a text before its beginning', () => {
    const cache = createPrefixCache({ blockWords: 1, capacity: 8 })
    cache.take(words('a', 4))
    cache.take(words('b', 4))
    cache.take(words('a', 4))
    cache.take(words('c', 2))
    expect(cache.take(words('b', 4))).toBe(2)
    expect(createPrefixCache({ blockWords: 1, capacity: 3 }).take(words('d', 9))).toBe(0)
    const small = createPrefixCache({ blockWords: 1, capacity: 3 })
    small.take(words('d', 9))
    expect(small.take(words('d', 9))).toBe(3)
  })
})
