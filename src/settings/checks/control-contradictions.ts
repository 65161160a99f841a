import type { SettingProblem } from '../../errors.ts'
import { CREDENTIALS, credentialsOf } from '../auth.ts'
import { ENDPOINT_SETTINGS } from '../lists/endpoint-settings.ts'
import { CONTROL_SETTINGS } from '../lists/control-settings.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** Contradictions about the control: its credentials, and the endpoint beside it. */
export function* findControlContradictions(input: CheckInput): Iterable<SettingProblem> {
  const { control, controlApiKey, auth } = input.values
  if (control === null) yield* findIdleSettings(input)
  if (control == null) return
  if (auth != null && controlApiKey != null && !credentialsOf(auth.kind).includes('api-key')) {
    yield contradict('control-api-key', `is a key, and auth is ${auth.kind}, which takes none; remove one of them`)
  }
  yield* findBorrowed(input, control)
}

function* findIdleSettings({ given, values }: CheckInput): Iterable<SettingProblem> {
  // A command may start the control at the endpoint's address.
  if (values.controlCommand !== null) return
  for (const { name } of Object.values(CONTROL_SETTINGS)) {
    // A key in the environment may be meant for other commands.
    if (!isIdle(given, name, 'control') || given.get(name)?.source === 'env') continue
    yield contradict(name, 'is about a control, and there is none; give control or remove it')
  }
}

/** Credentials from another tool's variable are meant for the endpoint's host, and go to no other. */
function* findBorrowed({ values, given }: CheckInput, control: URL): Iterable<SettingProblem> {
  const { endpoint, auth, controlApiKey } = values
  if (endpoint == null || auth == null || endpoint.host === control.host) return
  const own = new Map<string, string | undefined>(
    Object.values(ENDPOINT_SETTINGS).map((setting) => [setting.name, 'env' in setting ? setting.env : undefined]),
  )
  for (const name of credentialsOf(auth.kind).filter((one) => CREDENTIALS.includes(one))) {
    const { source, where } = given.get(name) ?? {}
    if (source !== 'env' || where === own.get(name) || (name === 'api-key' && controlApiKey !== null)) continue
    yield contradict(
      'control',
      `has another host than the endpoint, and ${name} comes from ${where}, which is not for it; give ` +
        `${name === 'api-key' ? 'control-api-key' : name} if it is meant for both`,
    )
  }
}

/** Contradictions about sessions and the commands that start servers. */
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
  yield* findIdleInSessions(values, given)
  if (runs !== undefined && runs > 1 && (controlCommand != null || redeployCommand != null)) {
    yield contradict('runs', 'are of one deployment, and each session makes a new one; use sessions, and remove runs')
  }
}

/**
 * Settings without effect in sessions: another session shows more than a second look, and commands start one side at
 * a time.
 */
function* findIdleInSessions(
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
