import { setting } from '../define.ts'
import { readSecret } from './endpoint-settings.ts'
import { readChoice, readLine } from '../values/simple.ts'
import { readHttpUrl } from '../values/urls.ts'

const group = 'Control'

/** What the endpoint is measured beside. */
export const CONTROL_SETTINGS = {
  /** Null: the endpoint is measured alone. Without user info. May hold a query, which is never shown. */
  control: setting({
    name: 'control',
    group,
    help: 'URL of a deployment of main, or of one that nobody changes: measured beside the endpoint, level by level, so that what both share (the hour, the network, the machine) is no difference. It gets the same key, headers and requests',
    placeholder: 'URL',
    default: null,
    derived: 'none: the endpoint is measured alone',
    inputOnly: true,
    read: readHttpUrl,
  }),
  controlApiKey: setting({
    name: 'control-api-key',
    group,
    help: 'The key of the control, from a secret, where it has another than the endpoint; never in a config file',
    placeholder: 'KEY',
    default: null,
    derived: 'api-key',
    env: 'PLATEAU_CONTROL_API_KEY',
    secret: true,
    flagOnly: true,
    read: readSecret,
  }),
  controlModel: setting({
    name: 'control-model',
    group,
    help: 'The model to ask the control for, where it has another name there',
    placeholder: 'NAME',
    default: null,
    derived: 'model',
    read: readLine,
  }),
  controlTiming: setting({
    name: 'control-timing',
    group,
    help: 'turns: one is idle while the other is loaded; together: both are loaded at the same moment, in half the time, for two that share no hardware, which single requests check first',
    placeholder: 'WORD',
    default: 'turns',
    read: readChoice(['turns', 'together']),
  }),
}
