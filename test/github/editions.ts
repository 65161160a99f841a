import type { Edition } from '../../src/github/pull-request/comment.ts'

/** The run that wrote a comment. */
export function anEdition(overrides: Partial<Edition> = {}): Edition {
  return { runId: 100, attempt: 1, startedAt: '2026-11-22T18:00:00.000Z', headSha: 'b'.repeat(40), ...overrides }
}
