import { isAbsolute, relative, resolve, sep } from 'node:path'
import { SettingsError } from '../../errors.ts'
import type { ReadBytes } from '../../settings/reading/files.ts'
import { describeRefusal } from '../../baseline/artifact-source.ts'
import { fetchBytes } from '../api/artifact-source.ts'
import { isRefusal, messageOf } from '../api/client.ts'
import type { GithubClient } from '../api/client.ts'

/** Where the config file is read, and what a reader must know about it. */
export interface ConfigSource {
  readonly readBytes: ReadBytes
  /** A sentence for the report when the settings are not those that this checkout shows, else null. */
  readonly note: string | null
}

/** A setting whose file counts in a pull request as its base has it, and what a reader calls what stands in it. */
export type BaseSetting = keyof typeof WHAT
const WHAT = {
  config: 'Settings',
  'prompts-file': 'Prompts',
  'ca-cert': 'Trusted authorities',
  'client-cert': 'Client certificates',
  'client-key': 'Client keys',
} as const

/** True for a file that a base can have. */
export function isInRepository(path: string, workspace: string): boolean {
  return findRepositoryPath(path, workspace) !== null
}

/** The config file as this checkout has it. */
export function configOfWorkspace(readBytes: ReadBytes): ConfigSource {
  return { readBytes, note: null }
}

/**
 * The config file as the base commit of the pull request has it: a change must not loosen the gate that it has to pass.
 * A file of which it is known that the base does not have it is taken from the workspace.
 *
 * @throws SettingsError when the file of the base cannot be known: then that of the workspace must not count either.
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

/** `why` the base of a pull request, and with it its config file, is not known. */
export function refuseUnknownBase(path: string, why: string, setting: BaseSetting = 'config'): SettingsError {
  return refuseConfig(setting, path, `${UNKNOWN_BASE}: ${why}`)
}

const UNKNOWN_BASE =
  'counts in a pull request as its base has it, so that no change loosens its own gate, and the base could not be read'

function refuseConfig(setting: BaseSetting, path: string, message: string): SettingsError {
  return new SettingsError([{ setting, given: path, message }])
}

/** The path inside the repository, for the file that the workspace has under it; null when that is outside of it. */
function findRepositoryPath(path: string, workspace: string): string | null {
  const local = relative(workspace, resolve(workspace, path))
  return local === '' || local === '..' || local.startsWith(`..${sep}`) || isAbsolute(local)
    ? null
    : local.split(sep).join('/')
}

/** A checkout need not be there. */
function readOrNull(readBytes: ReadBytes, path: string): Buffer | null {
  try {
    return Buffer.from(readBytes(path))
  } catch {
    return null
  }
}
