import { listSecretVariablesIn } from './auth.ts'
import type { EntryPoint, Setting } from './define.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS } from './lists/run-settings.ts'
import { showValue } from './reading/given.ts'
import type { GivenValues, Source } from './reading/given.ts'
import { listComputed } from './complete.ts'
import type { Settings } from './complete.ts'

/** One setting as a dry run shows it. */
export interface SourcedSetting {
  readonly name: string
  /** Fit to be shown: a secret is only said to be there. */
  readonly value: string
  readonly source: Source
}

/** Every setting that an entry has, with its value and where that comes from, in the order of the list; no secrets. */
export function describeSources(settings: Settings, given: GivenValues, entry: EntryPoint): readonly SourcedSetting[] {
  const computed = listComputed(settings)
  const described = Object.values(entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS).map(
    (setting): SourcedSetting => {
      const value = given.get(setting.name)
      const fallback = computed[setting.name] ?? setting.default ?? fallbackOf(setting)
      if (value === undefined) return { name: setting.name, value: showValue(fallback), source: 'default' }
      return {
        name: setting.name,
        value: setting.secret === true ? 'given, not shown' : showValue(value.text),
        source: value.source,
      }
    },
  )
  return [...described, ...listFromEnvironment(settings)]
}

/** What was taken from the environment without being a setting. */
function listFromEnvironment({ auth, variables }: Settings): readonly SourcedSetting[] {
  const secrets = listSecretVariablesIn(auth.kind, variables)
  return secrets.map((name) => ({ name, value: 'given, not shown', source: 'env' }))
}

/** What happens when nothing is given; a default that differs by entry has been computed. */
function fallbackOf({ derived }: Setting<unknown>): string {
  return typeof derived === 'string' ? derived.replaceAll('`', '') : 'none'
}
