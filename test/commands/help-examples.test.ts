import { expect, test } from 'vitest'
import { resolveFlags, splitArguments } from '../../src/settings/reading/flags.ts'
import { COMMANDS } from '../support/commands.ts'

const EXAMPLES = COMMANDS.flatMap(([{ examples }, list]) => examples.map((example) => ({ example, list })))

test.each(EXAMPLES)('the help shows only what is accepted: $example', ({ example, list }) => {
  const [line = ''] = example.split(/ [|>] /)
  const words = Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word)
  expect(() => resolveFlags(list, splitArguments(list, words.slice(2)).flags)).not.toThrow()
})
