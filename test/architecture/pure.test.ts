import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTree } from './page.ts'
import { readSources } from './sources.ts'

/** Where the architecture page says PURE: what stands there is told the time, the chance and the environment, and asks for none. */
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'architecture.md'), 'utf8')
const pure = [...readTree(page)].flatMap(([path, said]) => (said.startsWith('PURE') ? path.replace(/^src\//, '') : []))

/** What a function of data cannot ask; the imports by which it could are refused by the lint. */
const ASKS =
  /\b(?:Date\.now|Math\.random|performance\.now|new Date\(\)|process\.(?:env|argv|stdout|stderr|hrtime|memoryUsage)|crypto\.(?:getRandomValues|randomUUID))/

function findAsking(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, text]) => {
    const isPure = pure.some((room) => (room.endsWith('/') ? path.startsWith(room) : path === room))
    const asked = isPure ? ASKS.exec(text) : null
    return asked === null ? [] : [`${path}: ${asked[0]}`]
  })
}

describe('what is pure', () => {
  test('asks for no time, no chance and nothing of the process', () => {
    expect(pure).toEqual(expect.arrayContaining(['verdict/', 'render/', 'plan/', 'text.ts']))
    expect(findAsking(readSources())).toEqual([])
  })

  test.each([
    ['verdict/judge.ts', 'const now = Date.now()', 'Date.now'],
    ['plan/prompts.ts', 'Math.random() < 0.5', 'Math.random'],
    ['render/view.ts', 'const today = new Date()', 'new Date()'],
    ['text.ts', "process.env['NO_COLOR']", 'process.env'],
  ])('and where it does in %s, it is found: %s', (path, text, asked) => {
    expect(findAsking(new Map([[path, text]]))).toEqual([`${path}: ${asked}`])
  })

  test.each([
    ['load/runtime.ts', 'Date.now()'],
    ['verdict/timeline.ts', 'new Date(at).toISOString()'],
  ])('in %s may stand %s', (path, text) => expect(findAsking(new Map([[path, text]]))).toEqual([]))
})
