/**
 * How a process tells whoever started it what it came to. `cli.ts` has two of these numbers of its own: it must load where
 * nothing else does.
 */

/** Exit codes of the command, by what they stand for. */
export const EXIT = {
  passed: 0,
  regressed: 1,
  /** Settings that cannot be used, or all is well but for what could not be written. */
  refused: 2,
  notMeasured: 3,
  notProven: 4,
  interrupted: 130,
} as const

/** What each says, for help and docs. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  passed: 'pass',
  regressed: 'regressed or a limit broken',
  refused: 'settings, or something could not be written',
  notMeasured: 'could not be measured',
  notProven: 'not proven (`gate: release`)',
  interrupted: 'interrupted',
}

/**
 * Exit codes of a step of the action: any but 0 fails it, and which one only the log shows. Settings that cannot be used and an
 * interrupted run have those of the command, all else that fails has one.
 */
export const STEP_EXIT = {
  passed: EXIT.passed,
  failed: 1,
  refused: EXIT.refused,
  interrupted: EXIT.interrupted,
} as const
