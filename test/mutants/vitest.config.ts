import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'
import suite from '../../vitest.config.ts'
import type { TestsEnded } from './mutant.ts'

const root = join(import.meta.dirname, '..', '..')
const { sequence: _, coverage: __, ...shared } = suite.test ?? {}

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
      files: modules.length,
      failed: failed ?? trouble ?? (reason === 'passed' ? null : 'one of its tests'),
    }
    console.log(JSON.stringify(ended))
  },
}

export default defineConfig({
  root,
  test: {
    ...shared,
    include: ['test/**/*.test.ts'],
    exclude: ['test/mutants/**'],
    setupFiles: ['test/support/each-file.ts', 'test/mutants/apply.ts'],
    maxWorkers: 1,
    reporters: [reporter],
    // Whoever ends the run ends its threads.
    pool: 'threads',
  },
})
