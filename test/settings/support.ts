import { SettingsError } from '../../src/errors.ts'
import type { SettingProblem } from '../../src/errors.ts'
import { resolveSettings } from '../../src/settings.ts'
import type { Settings, SourcedSetting } from '../../src/settings.ts'

/** What a test gives besides the endpoint. */
export interface Given {
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

/** Settings with an endpoint unless the flags name one, or a config file that may. */
export function resolve({ flags = [], env = {}, files = {} }: Given = {}): {
  readonly settings: Settings
  readonly sources: readonly SourcedSetting[]
} {
  const hasEndpoint = flags.some((flag) => flag.startsWith('--endpoint') || flag.startsWith('--config'))
  return resolveSettings({
    flags: hasEndpoint ? flags : ['--endpoint', 'http://127.0.0.1:8000', ...flags],
    env,
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
    defaults: { baseline: { kind: 'file', path: '.plateau/history.json' }, name: null },
  })
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
