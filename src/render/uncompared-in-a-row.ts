import type { Verdict } from '../report/verdict.ts'
import { plural } from './format.ts'

/** So many runs without a comparison are no accident. */
const TOO_MANY = 3

/** The warning that this gate has compared nothing for some time; null when it has. */
export function warnUncompared({ baseline: { uncomparedInARow } }: Verdict): string | null {
  if (uncomparedInARow < TOO_MANY) return null
  return `${plural(uncomparedInARow, 'run')} in a row compared with nothing: this gate sees no regression until settings and history agree.`
}
