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
  {
    file: 'src/shell/redact.ts',
    find: 'return [0, 1, 2].flatMap(',
    replace: 'return [0].flatMap(',
    breaks: 'A key is hidden wherever it stands in the Base64 of something longer',
    test: 'test/shell/redact.test.ts',
  },
  {
    file: 'src/shell/redact.ts',
    find: "hideEscaped(text.replace(pattern, '***'), pattern)",
    replace: "text.replace(pattern, '***')",
    breaks: 'A key is hidden however its signs are escaped',
    test: 'test/shell/redact.test.ts',
  },
  {
    file: 'src/settings/values/urls.ts',
    find: 'url.protocol === protocol && port',
    replace: 'port',
    breaks: 'A host that is allowed is allowed by https',
    test: 'test/settings/values/readers.test.ts',
  },
  {
    file: 'src/shell/write-file.ts',
    find: 'if (isFile) fsyncSync(file)\n',
    replace: '',
    breaks: 'A file is on the disk before it takes the place of the one before',
    test: 'test/shell/write-file.test.ts',
  },
  {
    file: 'src/shell/redact-values.ts',
    find: ' || OUR_WORDS.has(schema)) return text',
    replace: ') return text',
    breaks: 'A key that is a code of the report costs nothing of it',
    test: 'test/shell/redact-values.test.ts',
  },
  {
    file: 'src/shell/redact-values.ts',
    find: '!fits(clean, schema) && fits(text, schema) ? text : clean',
    replace: '!fits(clean, schema) ? text : clean',
    breaks: 'A text that does not fit its format is hidden all the same',
    test: 'test/shell/redact-values.test.ts',
  },
  {
    file: 'src/shell/redact-result.ts',
    find: "typeof value === 'string' ? redact(value) : value",
    replace: "typeof value === 'string' ? value : value",
    breaks: 'A key that a server echoes stands in no record',
    test: 'test/shell/leaks.test.ts',
  },
  {
    file: 'src/settings/secrets.ts',
    find: ', ...findSecretsInUrl(text)]',
    replace: ']',
    breaks: 'What a URL carries is a secret',
    test: 'test/settings/secrets.test.ts',
  },
]
