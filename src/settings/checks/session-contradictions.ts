import type { SettingProblem } from '../../errors.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** What is wrong between the commands that start servers, the sessions, and what a run measures. */
export function* findSessionContradictions({ values, given }: CheckInput): Iterable<SettingProblem> {
  const { candidateCommand, controlCommand, redeployCommand, control, preflight, runs } = values
  if (candidateCommand === null && controlCommand != null) {
    yield contradict(
      'control-command',
      'starts what the candidate is compared with, and nothing starts the candidate; give candidate-command, or instead of it control with the URL of a server that is there',
    )
  }
  if (controlCommand === null && redeployCommand === null && given.has('sessions')) {
    yield contradict(
      'sessions',
      'are counted where both sides are started anew for each, and nothing does so; give candidate-command and control-command, or redeploy-command, or remove it',
    )
  }
  if (redeployCommand != null && candidateCommand != null) {
    yield contradict(
      'redeploy-command',
      'is for servers that run elsewhere, and candidate-command starts one here; remove one of them',
    )
  } else if (redeployCommand != null && control === null) {
    yield contradict(
      'redeploy-command',
      'makes sessions of endpoint and control, and there is no control; give its URL as control',
    )
  }
  const commands = { 'candidate-command': candidateCommand, 'redeploy-command': redeployCommand }
  for (const [setting, command] of Object.entries(commands)) {
    if (command == null) continue
    if (preflight === false) {
      yield contradict(setting, 'starts what preflight then waits for, and preflight is off; remove one of them')
    }
  }
  yield* findIdleSettings(values, given)
  if (runs !== undefined && runs > 1 && (controlCommand != null || redeployCommand != null)) {
    yield contradict('runs', 'are of one deployment, and each session makes a new one; use sessions, and remove runs')
  }
}

/** What does nothing in sessions: another one sees more than a second look would, and a command starts one side at a time. */
function* findIdleSettings(
  { controlCommand, redeployCommand, confirm }: CheckInput['values'],
  given: CheckInput['given'],
): Iterable<SettingProblem> {
  const cause = controlCommand != null ? 'control-command' : redeployCommand != null ? 'redeploy-command' : null
  if (cause === null) return
  if (isIdle(given, 'confirm', cause) && confirm !== 0) {
    yield contradict(
      'confirm',
      'is about a second look, and another session takes its place; remove it, or use sessions',
    )
  }
  if (isIdle(given, 'pause', cause)) {
    yield contradict('pause', 'is between runs and before a second look, and sessions have neither; remove it')
  }
  if (cause === 'control-command' && isIdle(given, 'control-timing', cause)) {
    yield contradict('control-timing', 'is for a control that is there, and control-command starts it alone; remove it')
  }
}
