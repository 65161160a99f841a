import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'
import { growsTooFast, takesLong } from '../support/growth.ts'

/** Signs of a text at which work of the square shows, and what is then worth a closer look: some ten times what one reading takes. */
const PUMPED = 3_000
const NOTABLE_MS = 0.25

const SRC = join(import.meta.dirname, '../../src')

/** Every regular expression that a source text holds. */
function expressionsIn(source: string): readonly RegExp[] {
  const found: RegExp[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { regex } = node as { regex?: { pattern: string; flags: string } }
    if (regex !== undefined) found.push(new RegExp(regex.pattern, regex.flags))
    Object.values(node).forEach(visit)
  }
  visit(parseAst(source, { lang: 'ts' }))
  return found
}

/** What may be repeated to bring an expression to its knees: its own signs and words, one for each of its classes, and pairs. */
function pumpsFor({ source }: RegExp): { readonly signs: readonly string[]; readonly words: readonly string[] } {
  const plain = source
    .replaceAll(/\\[dD]/g, '1')
    .replaceAll(/\\[sS]/g, ' ')
    .replaceAll(/\\[wbBpP](\{\w+\})?/g, 'a')
    .replaceAll(/\(\?<?[=!:]/g, '(')
  const words = plain.replaceAll('\\', '').split(/[[\](){}|*+?^$.,]+/)
  const signs = [...new Set([' ', '1', 'a', '/', ...Array.from(plain.replaceAll(/[\\[\](){}|*+?^$.]/g, ''))])]
  return { signs: signs.slice(0, 12), words: [...new Set(words.filter((word) => word.length > 1))].slice(0, 3) }
}

/** Whether an expression repeats anything without a bound: one that does not reads a few signs from each place at most. */
function isUnbounded({ source }: RegExp): boolean {
  const signs = source.replaceAll(/\\./gs, '.').replaceAll(/\[[^\]]*\]/g, '.')
  return /[*+]|\{\d+,\}/.test(signs)
}

/** A text that is pumped to `length`, which the expression takes more than its share of time for; null where there is none. */
function hostileTextFor(expression: RegExp): ((length: number) => string) | null {
  const { signs, words } = pumpsFor(expression)
  const pairs = signs.slice(0, 5).flatMap((one) => signs.slice(0, 5).map((two) => one + two))
  for (const pump of [...signs, ...words, ...words.map((word) => `${word}1`), ...pairs]) {
    for (const before of ['', 'a', '1', ...words]) {
      for (const after of ['', '\n!']) {
        const text = (length: number): string => before + pump.repeat(length / pump.length) + after
        const use = (text: string) => () => void text.replace(expression, '')
        if (takesLong(use(text(PUMPED)), NOTABLE_MS) && growsTooFast((length) => use(text(length)))) return text
      }
    }
  }
  return null
}

const EXPRESSIONS = globSync('**/*.ts', { cwd: SRC }).flatMap((file) =>
  expressionsIn(readFileSync(join(SRC, file), 'utf8')).map((expression) => [file, expression] as const),
)

test('every expression is found', () => {
  expect(EXPRESSIONS.length).toBeGreaterThan(150)
})

test.each([
  [/^\d{1,3}[+*]?\.[*+]$/, false],
  [/^[^+*]{2}\*/, false],
  [/a+?b/, true],
  [/[)(]*/, true],
  [/x{2,}/, true],
] as const)('%s repeats without a bound: %s', (expression, unbounded) => {
  expect(isUnbounded(expression)).toBe(unbounded)
})

test.each([/\s+$/, /a\s*b?\s*c/, /\/+$/, /([^\s?]*[/.:][^\s?]*)\?\S*/, /\/v\d+[a-z0-9]*$/])(
  'what takes the square of a length is told: %s',
  (expression) => {
    expect(isUnbounded(expression)).toBe(true)
    expect(hostileTextFor(expression)).not.toBeNull()
  },
)

test('twice the text takes no expression of src more than twice the work, give or take', () => {
  const slow = EXPRESSIONS.filter(([, expression]) => isUnbounded(expression) && hostileTextFor(expression) !== null)
  expect(slow.map(([file, { source }]) => `${file}: ${source}`)).toEqual([])
})
