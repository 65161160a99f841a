import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * Longest first: a long file that begins last leaves one core idle. A clean clone knows no durations, so the folder says it. What
 * measures in real time comes when all else is done, or nearly: it holds on any machine, but a busy one has it try again.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => ORDER.findIndex((path) => path.test(moduleId))
    return [...(await super.sort(files))].sort((a, b) => rank(a) - rank(b))
  }
}

const ORDER = [
  /\/verdict\/calibration\.test\.ts$/,
  /\/e2e\//,
  /\/test\/(?!real-time\/)/,
  /\/real-time\/(?:action|run|shards)\.test\.ts$/,
  /./,
]

const HANGS_MS = 3_600_000

/** One more than cores: who waits for what it has started leaves one idle. More than these take more memory than time. */
const WORKERS = Math.min(availableParallelism(), 8) + 1

export default defineConfig({
  test: {
    globalSetup: ['test/support/suite.ts'],
    setupFiles: ['test/support/each-file.ts'],
    // No bound on the time that a test may take, but a guard against one that hangs: a machine may be a hundred times slower.
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    expect: { poll: { timeout: HANGS_MS / 2 } },
    sequence: { sequencer: LongestFirst },
    // Node itself takes the types away: Vite's transforms took a quarter of the processor time of a first run.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Files leave nothing behind for one another, so that they may share a worker: to start one takes as long as most of them.
    isolate: false,
    coverage: { include: ['src/**'], exclude: ['src/cli.ts'] },
    include: ['test/**/*.test.ts'],
    // All of them in one project: each of several would start workers of its own, which read the sources anew.
    maxWorkers: WORKERS,
    // Tests of one file that may run at a time: most of the time those of processes wait.
    maxConcurrency: 2,
  },
})
