import type { SettingProblem } from '../../errors.ts'
import { CREDENTIALS, credentialsOf } from '../auth.ts'
import { ENDPOINT_SETTINGS } from '../lists/endpoint-settings.ts'
import { CONTROL_SETTINGS } from '../lists/control-settings.ts'
import { contradict, isIdle } from './check.ts'
import type { CheckInput } from './check.ts'

/** What is wrong between the control, what proves who asks there, and the endpoint beside it. */
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
  // A command may start the control where the endpoint is.
  if (values.controlCommand !== null) return
  for (const { name } of Object.values(CONTROL_SETTINGS)) {
    // A key in the environment serves many commands.
    if (!isIdle(given, name, 'control') || given.get(name)?.source === 'env') continue
    yield contradict(name, 'is about a control, and there is none; give control or remove it')
  }
}

/** What another tool's variable gives was given for the endpoint's host: it goes to no other. */
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
