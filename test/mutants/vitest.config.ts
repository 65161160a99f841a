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

let failed: string | null = null

/** Says on one line how the tests ended. */
const reporter: Reporter = {
  onTestCaseResult(test) {
    if (test.result().state === 'failed') failed ??= test.fullName
  },
  onTestRunEnd(modules, errors, reason) {
    const trouble = [...modules.flatMap((module) => module.errors()), ...errors][0]?.message
    // What fails ends the others, and then its own result may come too late to be told.
    const ended: TestsEnded = {
      isApplied,
      files: modules.length,
      failed: failed ?? trouble ?? (reason === 'passed' ? null : 'one of its tests'),
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
