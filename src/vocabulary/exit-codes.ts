/**
 * How a process tells whoever started it how it ended. `cli.ts` repeats two of these numbers, because it must load
 * where nothing else does.
 */

/** Exit codes of the command, by what they stand for. */
export const EXIT = {
  passed: 0,
  regressed: 1,
  /** The settings cannot be used, or all went well but something could not be written. */
  refused: 2,
  notMeasured: 3,
  notProven: 4,
  interrupted: 130,
} as const

/** What each means, for help and docs. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  passed: 'pass',
  regressed: 'regressed or a limit broken',
  refused: 'settings, or something could not be written',
  notMeasured: 'could not be measured',
  notProven: 'not proven (`gate: release`)',
  interrupted: 'interrupted',
}

/**
 * Exit codes of a step of the action. Any but 0 fails it; which one, only the log shows. Unusable settings and an
 * interrupted run exit as the command does, every other failure with 1.
 */
export const STEP_EXIT = {
  passed: EXIT.passed,
  failed: 1,
  refused: EXIT.refused,
  interrupted: EXIT.interrupted,
} as const
