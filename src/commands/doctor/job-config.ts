import { SettingsError } from '../../errors.ts'
import type { SettingProblem } from '../../errors.ts'
import { readValues } from '../../settings/setting.ts'
import type { GivenValues } from '../../settings/setting.ts'
import { RUN_SETTINGS } from '../../settings/lists/run-settings.ts'
import { readConfigFile } from '../../settings/reading/config-file.ts'
import { escapeForTerminal } from '../../text.ts'
import type { GateJob } from '../workflows.ts'

/** The text of a file of the repository; null where there is none. */
export type ReadRepositoryFile = (path: string) => string | null

/** A job with what its config file sets, which inputs take precedence over, and what is wrong with the file. */
interface ConfiguredJob {
  /** Has `config` among its inputs only where the file could not be read here. */
  readonly job: GateJob
  readonly faults: readonly (readonly [what: string, remedy: string])[]
}

const isExpression = (text: string): boolean => text.includes('${{')

/** What is wrong with values one by one. */
function findWrongValues(given: GivenValues): readonly SettingProblem[] {
  const set = Object.fromEntries(Object.entries(RUN_SETTINGS).filter(([, { name }]) => given.has(name)))
  return readValues(set, given, 'action').problems
}

/** Reads the config file of a job, unless only GitHub knows which it is. */
export function readJobConfig(job: GateJob, readFile: ReadRepositoryFile): ConfiguredJob {
  const path = job.inputs.get('config')?.trim() ?? ''
  if (path === '' || isExpression(path)) return { job, faults: [] }
  const its = `has its settings in ${escapeForTerminal(path)}`
  const unseen: ConfiguredJob['faults'] = job.checksOut
    ? []
    : [[`${its}, and no step before checks it out`, 'add a step with actions/checkout']]
  const text = readFile(path)
  if (text === null)
    return { job, faults: [...unseen, [`${its}, which is not here`, 'write that file, or correct its path in config']] }
  const scenario = job.inputs.get('scenario') ?? null
  const isKnown = scenario === null || !isExpression(scenario)
  const file = readConfigFile(RUN_SETTINGS, { path, text, scenario: isKnown ? scenario : null, entry: 'action' })
  const values = [file.given, ...(file.scenarios?.values() ?? [])].flatMap(findWrongValues)
  const problems = [...file.problems, ...values].filter(({ setting }) => isKnown || setting !== 'scenario')
  const { config: _config, ...inputs } = Object.fromEntries(job.inputs)
  return {
    job: {
      ...job,
      inputs: new Map([
        ...[...file.given].map(([name, given]) => [name, given.text] as const),
        ...Object.entries(inputs),
      ]),
    },
    faults: [
      ...unseen,
      ...problems.map((problem) => [new SettingsError([problem]).message, 'correct the config file'] as const),
    ],
  }
}
