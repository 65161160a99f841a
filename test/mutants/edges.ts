import type { Mutant } from './mutant.ts'

/** What the program has of the system, which tests with a system of their own cannot see. */
export const EDGE_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/load/client-health.ts',
    find: 'performance.eventLoopUtilization(since).utilization',
    replace: '1',
    breaks: 'A client that waits is not called busy',
    test: 'test/real-time/machine-clock.test.ts',
  },
  {
    file: 'src/load/clock.ts',
    find: 'wallNow: () => Date.now()',
    replace: 'wallNow: () => 0',
    breaks: 'A date in Retry-After is read by the time of the wall',
    test: 'test/real-time/machine-clock.test.ts',
  },
  {
    file: 'src/shell/system-ports.ts',
    find: "env['GITHUB_ACTIONS'] === 'true' ? (env['RUNNER_ENVIRONMENT'] ?? 'self-hosted') : 'local'",
    replace: "'local'",
    breaks: 'A run in a job says on whose runner it was',
    test: 'test/shell/system-ports.test.ts',
  },
  {
    file: 'src/commands/simulated-server.ts',
    find: "'simulate', ...flags]",
    replace: "'simulate']",
    breaks: 'The server of the demo has the flags it is started with',
    test: 'test/commands/simulated-server.test.ts',
  },
]
