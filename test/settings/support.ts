import { SettingsError } from '../../src/errors.ts'
import type { SettingProblem } from '../../src/errors.ts'
import type { GivenValues } from '../../src/settings/setting.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { readConfigFile } from '../../src/settings/reading/config-file.ts'
import { findConfigPath, readConfigBy } from '../../src/settings/reading/files.ts'
import { readFlags } from '../../src/settings/reading/flags.ts'
import { resolveAtOnce } from '../support/run-settings.ts'
import type { Settings, SourcedSetting } from '../../src/settings.ts'

/** What a test gives besides the endpoint. */
export interface Given {
  readonly flags?: readonly string[]
  /** Those of the action; it is the command without them. */
  readonly inputs?: Readonly<Record<string, string>>
  /** The day on which the settings are read. */
  readonly today?: string
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

/** Settings with an endpoint unless the flags or inputs name one, or a config file that may. */
export function resolve({ flags = [], inputs, env = {}, files = {}, today = '2026-11-22' }: Given = {}): {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
  readonly secrets: readonly string[]
} {
  const readFile = (path: string): string => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  }
  const stronger = inputs === undefined ? readFlags(COMMAND_SETTINGS, flags).given : inputValues(inputs)
  const entry = inputs === undefined ? 'command' : 'action'
  const path = findConfigPath(stronger)
  return resolveAtOnce({
    ...(inputs === undefined
      ? { flags: hasEndpoint(flags) ? flags : ['--endpoint', ENDPOINT, ...flags] }
      : { inputs: inputValues('results' in inputs ? inputs : { endpoint: ENDPOINT, ...inputs }) }),
    env,
    readFile,
    ...(path !== null && { config: readConfigBy(readConfigFile, path, { stronger, readFile, entry }) }),
    wallClock: () => new Date(`${today}T12:00:00Z`),
    defaults:
      inputs === undefined
        ? { baseline: { kind: 'file', path: '.plateau/history.json' }, name: null }
        : { baseline: { kind: 'artifact' }, name: 'measure' },
  })
}

const ENDPOINT = 'http://127.0.0.1:8000'

function hasEndpoint(flags: readonly string[]): boolean {
  return flags.some((flag) => flag.startsWith('--endpoint') || flag.startsWith('--config'))
}

function inputValues(inputs: Readonly<Record<string, string>>): GivenValues {
  const given = Object.entries(inputs).map(([name, text]) => [name, { text, source: 'input', where: null }] as const)
  return new Map(given)
}

/** The problems that `given` has; none when it resolves. */
export function problemsOf(given: Given): readonly SettingProblem[] {
  try {
    resolve(given)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

/** All problems as a user reads them. */
export function messageOf(given: Given): string {
  const problems = problemsOf(given)
  return problems.length === 0 ? '' : new SettingsError(problems).message
}
