import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { GithubClient } from '../api/client.ts'
import type { ReadBytes, ReadFile } from '../../settings/reading/files.ts'
import type { GivenValues } from '../../settings/setting.ts'
import { SettingsError } from '../../errors.ts'
import { fetchBytes } from '../api/repository.ts'
import { explainAbsence } from '../api/client.ts'

/** How to read a file of a job, and what readers must know about it. */
interface FileSource {
  readonly readBytes: ReadBytes
  /** A sentence for the report when the settings are not those of this checkout, else null. */
  readonly note: string | null
}

/** A setting whose file a pull request takes from its base. */
type BaseSetting = keyof typeof WHAT
const WHAT = {
  config: 'Settings',
  'prompts-file': 'Prompts',
  'trace-file': 'Requests of the trace',
  'ca-cert': 'Trusted authorities',
  'client-cert': 'Client certificates',
  'client-key': 'Client keys',
} as const

/** True for a file inside the repository, which a base can have. */
function isInRepository(path: string, workspace: string): boolean {
  return findRepositoryPath(path, workspace) !== null
}

/** Reads a file of this checkout. */
function configOfWorkspace(readBytes: ReadBytes): FileSource {
  return { readBytes, note: null }
}

/**
 * Reads a file of the pull request's base commit: a change must not loosen the gate that it has to pass. A
 * file that the base is known not to have is taken from the workspace.
 *
 * @throws SettingsError when the base's file cannot be read: then that of the workspace must not count either.
 */
export async function readConfigOfBase(
  client: GithubClient,
  {
    setting = 'config',
    path,
    baseSha,
    workspace,
    readBytes,
  }: { setting?: BaseSetting; path: string; baseSha: string; workspace: string; readBytes: ReadBytes },
): Promise<FileSource> {
  const inRepository = findRepositoryPath(path, workspace)
  if (inRepository === null)
    throw refuseConfig(setting, path, 'must be a file of the repository: of no other is there one at the base')
  const base = await fetchBytes(client, inRepository, baseSha).catch((error: unknown) => {
    const why = explainAbsence(error, 'contents: read')
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
function refuseUnknownBase(path: string, why: string, setting: BaseSetting): SettingsError {
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

/** Where the files of a job are. */
interface FilePlace {
  /** Null without a token. */
  readonly client: GithubClient | null
  /** The commit that the run is judged against; null when there is none. */
  readonly base: string | null
  /** The folder of relative paths. */
  readonly workspace: string
}

/** Why GitHub cannot be asked. */
export const NO_TOKEN = 'there is no github-token; leave it at its default'

/** Where the config file that the inputs name is read: in a pull request at its base. */
export async function configOf(
  job: FilePlace,
  inputs: GivenValues,
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<FileSource> {
  const path = inputs.get('config')?.text ?? null
  if (path === null) return configOfWorkspace(readBytes)
  return readFileOfBase(job, { setting: 'config', path }, readBytes, pullTrouble)
}

/** Settings whose files decide about the workload or about who sees the key. */
const BASE_FILES = [
  'prompts-file',
  'trace-file',
  'ca-cert',
  'client-cert',
  'client-key',
] as const satisfies readonly BaseSetting[]

/** In a pull request these files, too, are taken from the base if it has them: a change must not decide about itself. */
export async function filesOf(
  job: FilePlace,
  all: readonly GivenValues[],
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<{ readonly readBytes: ReadBytes; readonly notes: readonly string[] }> {
  let files = { readBytes, notes: [] as readonly string[] }
  const named = BASE_FILES.flatMap((setting) => {
    const paths = new Set(all.map((given) => given.get(setting)?.text.trim() ?? ''))
    return [...paths].map((path) => ({ setting, path }))
  })
  for (const { setting, path } of named) {
    if (path === '' || !isInRepository(path, job.workspace)) continue
    const { readBytes: readOfBase, note } = await readFileOfBase(job, { setting, path }, readBytes, pullTrouble)
    const { readBytes: readOthers, notes } = files
    files = {
      readBytes: (file) => (file === path ? readOfBase(file) : readOthers(file)),
      notes: note === null ? notes : [...notes, note],
    }
  }
  return files
}

/** Reads as text what is UTF-8. */
export function decodeText(readBytes: ReadBytes): ReadFile {
  return (path) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(readBytes(path))
}

async function readFileOfBase(
  { client, base, workspace }: FilePlace,
  { setting, path }: { readonly setting: BaseSetting; readonly path: string },
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<FileSource> {
  if (pullTrouble !== null) throw refuseUnknownBase(path, pullTrouble, setting)
  if (base === null) return configOfWorkspace(readBytes)
  if (client === null) throw refuseUnknownBase(path, NO_TOKEN, setting)
  return readConfigOfBase(client, { setting, path, baseSha: base, workspace, readBytes })
}
