import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Longest first: a long file that begins last leaves one core idle. A clean clone knows no durations, so the folder says it. */
class EndToEndFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      moduleId.endsWith('/e2e/demo.test.ts') ? 0 : moduleId.includes('/e2e/') ? 1 : 2
    return [...(await super.sort(files))].sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/assert-node-version.ts'],
    testTimeout: 30_000,
    // Most of the time of the end-to-end tests is waiting: two at once, also where there are only two cores.
    maxWorkers: 2,
    sequence: { sequencer: EndToEndFirst },
    coverage: { include: ['src/**'], exclude: ['src/cli.ts'] },
  },
})
