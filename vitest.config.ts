import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/assert-node-version.ts'],
    testTimeout: 30_000,
    // Most of the time of the end-to-end tests is waiting: two at once, also where there are only two cores.
    maxWorkers: 2,
    coverage: { include: ['src/**'], exclude: ['src/cli.ts'] },
  },
})
