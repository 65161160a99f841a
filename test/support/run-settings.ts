import { draftSettings, finishSettings } from '../../src/settings.ts'
import type { ResolvedSettings, Settings, SettingsInput } from '../../src/settings.ts'

/** What `resolveSettings` gives, at once: where nothing is in Parquet, and no config file has still to be read. */
export function resolveAtOnce(given: SettingsInput): ResolvedSettings {
  const input = { config: { given: new Map(), problems: [] }, ...given }
  return finishSettings(input, draftSettings(input))
}

/** The settings of a run of `endpoint` with these flags. */
export function settingsFor(
  endpoint: string,
  flags: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = {},
): Settings {
  return resolveAtOnce({
    flags: ['--endpoint', endpoint, ...flags],
    env,
    readFile: (path) => files[path] ?? raise(path),
    defaults: { baseline: { kind: 'none' }, name: null },
  }).settings
}

function raise(path: string): never {
  throw Object.assign(new Error(path), { code: 'ENOENT' })
}
