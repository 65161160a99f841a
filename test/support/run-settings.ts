import { resolveSettings } from '../../src/settings.ts'
import type { Settings } from '../../src/settings.ts'

/** The settings of a run of `endpoint` with these flags. */
export function settingsFor(
  endpoint: string,
  flags: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = {},
): Settings {
  return resolveSettings({
    flags: ['--endpoint', endpoint, ...flags],
    env,
    readFile: (path) => files[path] ?? raise(path),
    defaults: { baseline: { kind: 'none' }, name: null },
  }).settings
}

function raise(path: string): never {
  throw Object.assign(new Error(path), { code: 'ENOENT' })
}
