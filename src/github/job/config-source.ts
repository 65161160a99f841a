import { isAbsolute, relative, resolve, sep } from 'node:path'
import { SettingsError } from '../../errors.ts'
import type { ReadBytes } from '../../settings/reading/files.ts'
import { describeRefusal } from '../../baseline/artifact-source.ts'
import { fetchBytes } from '../api/artifact-source.ts'
import { isRefusal, messageOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'

/** How to read the config file, and what readers must know about it. */
export interface ConfigSource {
  readonly readBytes: ReadBytes
  /** A sentence for the report when the settings are not those of this checkout, else null. */
  readonly note: string | null
}

/** A setting whose file a pull request takes from its base. */
export type BaseSetting = keyof typeof WHAT
const WHAT = {
  config: 'Settings',
  'prompts-file': 'Prompts',
  'trace-file': 'Requests of the trace',
  'ca-cert': 'Trusted authorities',
  'client-cert': 'Client certificates',
  'client-key': 'Client keys',
} as const

/** True for a file inside the repository, which a base can have. */
export function isInRepository(path: string, workspace: string): boolean {
  return findRepositoryPath(path, workspace) !== null
}

/** Reads the config file of this checkout. */
export function configOfWorkspace(readBytes: ReadBytes): ConfigSource {
  return { readBytes, note: null }
}

/**
 * Reads the config file of the pull request's base commit: a change must not loosen the gate that it has to pass. A
 * file that the base is known not to have is taken from the workspace.
 *
 * @throws SettingsError when the base's file cannot be read: then that of the workspace must not count either.
 */
export async function configOfBase(
  client: GithubClient,
  {
    setting = 'config',
    path,
    baseSha,
    workspace,
    readBytes,
  }: { setting?: BaseSetting; path: string; baseSha: string; workspace: string; readBytes: ReadBytes },
): Promise<ConfigSource> {
  const inRepository = findRepositoryPath(path, workspace)
  if (inRepository === null)
    throw refuseConfig(setting, path, 'must be a file of the repository: of no other is there one at the base')
  const base = await fetchBytes(client, inRepository, baseSha).catch((error: unknown) => {
    const why = isRefusal(error) ? describeRefusal(error, 'contents: read') : messageOf(error)
    throw refuseConfig(setting, path, `${UNKNOWN_BASE}: ${why}`)
  })
  if (base === null) {
    const note = `${WHAT[setting]} are those of this pull request: its base has no \`${path}\` yet.`
    return { ...configOfWorkspace(readBytes), note }
  }
  const isSame = readOrNull(readBytes, path)?.equals(base) === true
  const note = `${WHAT[setting]} are those of the base; the changes to \`${path}\` here count after the merge.`
  return { readBytes: () => base, note: isSame ? null : note }
}

/** Refuses a file whose base is not known. */
export function refuseUnknownBase(path: string, why: string, setting: BaseSetting = 'config'): SettingsError {
  return refuseConfig(setting, path, `${UNKNOWN_BASE}: ${why}`)
}

const UNKNOWN_BASE =
  'counts in a pull request as its base has it, so that no change loosens its own gate, and the base could not be read'

function refuseConfig(setting: BaseSetting, path: string, message: string): SettingsError {
  return new SettingsError([{ setting, given: path, message }])
}

/** The path inside the repository of a file of the workspace; null when it is outside. */
function findRepositoryPath(path: string, workspace: string): string | null {
  const local = relative(workspace, resolve(workspace, path))
  return local === '' || local === '..' || local.startsWith(`..${sep}`) || isAbsolute(local)
    ? null
    : local.split(sep).join('/')
}

/** Null when it cannot be read: there need not be a checkout. */
function readOrNull(readBytes: ReadBytes, path: string): Buffer | null {
  try {
    return Buffer.from(readBytes(path))
  } catch {
    return null
  }
}
