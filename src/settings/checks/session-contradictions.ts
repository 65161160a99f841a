import type { SettingProblem } from '../../errors.ts'
import { contradict } from './check.ts'
import type { CheckInput } from './check.ts'

/** What is wrong between the commands that start servers and what a run measures. */
export function* findSessionContradictions({ values }: CheckInput): Iterable<SettingProblem> {
  if (values.candidateCommand != null && values.preflight === false) {
    yield contradict(
      'candidate-command',
      'starts what preflight then waits for, and preflight is off; remove one of them',
    )
  }
}
