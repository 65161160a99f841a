import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'
import suite from '../../vitest.config.ts'
import { mutated } from './mutant.ts'
import type { Mutant, TestsEnded } from './mutant.ts'

/** Null: the sources as they are. */
const mutant = JSON.parse(process.env['PLATEAU_MUTANT'] ?? 'null') as Mutant | null
const root = join(import.meta.dirname, '..', '..')
let isApplied = false
const { projects: _, sequence: __, coverage: ___, ...shared } = suite.test ?? {}

/** Says on one line how the tests ended. */
const reporter: Reporter = {
  onTestRunEnd(modules, errors) {
    // The state of a file whose tests run at the same time is not 'failed' when the first failure ends the others.
    const failed = modules.flatMap((module) => [...module.children.allTests('failed')])
    const trouble = [...modules.flatMap((module) => module.errors()), ...errors]
    const ended: TestsEnded = {
      isApplied,
      files: modules.length,
      tests: modules.reduce((sum, module) => sum + [...module.children.allTests('passed')].length, 0),
      failed: failed[0]?.fullName ?? trouble[0]?.message ?? null,
    }
    console.log(JSON.stringify(ended))
  },
}

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform(code, id) {
        if (mutant === null || id.split('?')[0] !== join(root, mutant.file).replaceAll('\\', '/')) return null
        const text = mutated(code, mutant)
        if (text === null) throw new Error(`${mutant.file} does not hold exactly once: ${mutant.find}`)
        isApplied = true
        return { code: text, map: null }
      },
    },
  ],
  test: {
    ...shared,
    include: ['test/**/*.test.ts'],
    exclude: ['test/mutants/**'],
    maxWorkers: 1,
    // A mutant must not outlive its run.
    fsModuleCache: false,
    reporters: [reporter],
    // Whoever ends the run ends its threads.
    pool: 'threads',
  },
})
