import { isAbsolute, posix, relative, sep } from 'node:path'
import type { ReadFile } from '../settings/files.ts'
import { statusOf, whyNot } from './client.ts'
import type { GithubClient } from './client.ts'

/** Where the config file is read, and what a reader must know about it. */
export interface ConfigSource {
  readonly readConfigFile: ReadFile
  /** A sentence for the report when the settings are not those that this checkout shows, else null. */
  readonly note: string | null
  /** Why the file of the base could not be asked for, else null. */
  readonly warning: string | null
}

/** The config file as this checkout has it. */
export function configOfWorkspace(readFile: ReadFile): ConfigSource {
  return { readConfigFile: readFile, note: null, warning: null }
}

/**
 * The config file as the base commit of the pull request has it: a change must not loosen the gate that it has to pass.
 * A file that the base does not have is taken from the workspace.
 */
export async function configOfBase(
  client: GithubClient,
  { path, baseSha, workspace, readFile }: { path: string; baseSha: string; workspace: string; readFile: ReadFile },
): Promise<ConfigSource> {
  const inRepository = repositoryPath(path, workspace)
  if (inRepository === null) return configOfWorkspace(readFile)
  try {
    const base = await contentAt(client, inRepository, baseSha)
    if (base === null) {
      const note = `Settings are those of this pull request: its base has no \`${path}\` yet.`
      return { ...configOfWorkspace(readFile), note }
    }
    const isSame = textOrNull(readFile, path) === base
    const note = `Settings are those of the base; the changes to \`${path}\` here count after the merge.`
    return { readConfigFile: () => base, note: isSame ? null : note, warning: null }
  } catch (error) {
    const why = whyNot(error, 'contents: read')
    const note = `Settings are those of this pull request: \`${path}\` of its base could not be read.`
    return {
      readConfigFile: readFile,
      note,
      warning: `the config file of the base could not be read: ${why}; used the one of the workspace`,
    }
  }
}

/** The text of a file at a commit; null when it is not there. Throws when that cannot be known. */
async function contentAt({ octokit, repo }: GithubClient, path: string, sha: string): Promise<string | null> {
  try {
    const { data } = await octokit.rest.repos.getContent({ ...repo, path, ref: sha, mediaType: { format: 'raw' } })
    // The types know nothing of the raw form. A folder is a list.
    const raw = data as unknown
    if (raw instanceof ArrayBuffer) return new TextDecoder().decode(raw)
    return typeof raw === 'string' ? raw : null
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    // A file that is missing and a token that may not look answer alike; the commit tells them apart.
    await octokit.rest.repos.getCommit({ ...repo, ref: sha, per_page: 1 })
    return null
  }
}

/** The path inside the repository; null when it is outside of it. */
function repositoryPath(path: string, workspace: string): string | null {
  const local = isAbsolute(path) ? relative(workspace, path) : path
  const normal = posix.normalize(local.split(sep).join('/'))
  return normal.startsWith('../') || normal === '..' || isAbsolute(local) ? null : normal
}

/** A checkout need not be there. */
function textOrNull(readFile: ReadFile, path: string): string | null {
  try {
    return readFile(path)
  } catch {
    return null
  }
}
