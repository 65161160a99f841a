import { stringify } from 'yaml'
import type { Setting, SettingList } from '../../src/settings/setting.ts'
import { describeDefault } from '../../src/commands/help.ts'

/** An output of an action. */
export interface Output {
  readonly name: string
  /** One sentence, without a full stop at the end. */
  readonly meaning: string
}

/**
 * Declared defaults. A default reaches the action as an input and would win over the config file, so only what no file can
 * say has one.
 */
const DECLARED: Readonly<Record<string, string>> = { 'github-token': '${{ github.token }}' }

/** Not settings: the values of the matrix tell the jobs of a run apart, and their number how many gates it has. */
const MATRIX = {
  matrix: {
    description: 'Leave it alone: the values of the matrix, which are part of the default name',
    default: '${{ toJSON(matrix) }}',
  },
  'job-total': {
    description: 'Leave it alone: how many jobs the matrix makes, each a gate of its own',
    default: '${{ strategy.job-total }}',
  },
}

/** The `inputs` of the action, as YAML. */
export function renderActionInputs(list: SettingList, { matrix }: { readonly matrix: boolean }): string {
  const inputs = Object.values(list).map((setting) => [setting.name, inputOf(setting)] as const)
  return block({ inputs: { ...Object.fromEntries(inputs), ...(matrix ? MATRIX : {}) } })
}

/** The `outputs` of the action, as YAML. */
export function renderActionOutputs(outputs: readonly Output[]): string {
  return block({ outputs: Object.fromEntries(outputs.map(({ name, meaning }) => [name, { description: meaning }])) })
}

function inputOf(setting: Setting<unknown>): Readonly<Record<string, unknown>> {
  const declared = DECLARED[setting.name]
  if (declared !== undefined) return { description: setting.help, default: declared }
  if (setting.required === true && setting.unless === undefined) return { description: setting.help, required: true }
  const standard = describeDefault(setting, 'action')
  return { description: standard === null ? setting.help : `${setting.help}. Default: ${standard}` }
}

/** No line is folded: a description stays one line. */
function block(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).trimEnd()
}
