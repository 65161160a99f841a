/** Runs before a test file in a run with a mutant. Node itself loads the sources, so the rule is broken where Node reads its file. */
import { readFileSync, writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { APPLIED, mutated } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const STDOUT = 1

const mutant = JSON.parse(process.env['PLATEAU_MUTANT'] ?? 'null') as Mutant | null
if (mutant !== null) {
  const broken = pathToFileURL(join(import.meta.dirname, '..', '..', mutant.file)).href
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (url !== broken) return loaded
      const text = mutated(readFileSync(new URL(url), 'utf8'), mutant)
      if (text === null) throw new Error(`${mutant.file} does not hold exactly once: ${mutant.find}`)
      // Not by way of the tests' results, of which the last are lost when the first failure ends the others.
      writeSync(STDOUT, `${APPLIED}\n`)
      return { ...loaded, source: text }
    },
  })
}
