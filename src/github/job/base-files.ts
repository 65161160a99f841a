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

/**
 * Where the config file that the inputs name is read: in a pull request at its base.
 *
 * @throws SettingsError when the base's file cannot be read: then that of the workspace must not count either.
 */
export async function placeConfig(
  job: FilePlace,
  inputs: GivenValues,
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<FileSource> {
  const path = inputs.get('config')?.text ?? null
  return path === null ? { readBytes, note: null } : readAtBase(job, ['config', path], readBytes, pullTrouble)
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
export async function placeFiles(
  job: FilePlace,
  all: readonly GivenValues[],
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<{ readonly readBytes: ReadBytes; readonly notes: readonly string[] }> {
  const atBase = new Map<string, ReadBytes>()
  const notes: string[] = []
  for (const setting of BASE_FILES) {
    for (const path of new Set(all.map((given) => given.get(setting)?.text.trim() ?? ''))) {
      if (findRepositoryPath(path, job.workspace) === null) continue
      const { readBytes: readOfBase, note } = await readAtBase(job, [setting, path], readBytes, pullTrouble)
      atBase.set(path, readOfBase)
      if (note !== null) notes.push(note)
    }
  }
  return { readBytes: (path) => (atBase.get(path) ?? readBytes)(path), notes }
}

/** Reads as text what is UTF-8. */
export function decodeText(readBytes: ReadBytes): ReadFile {
  return (path) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(readBytes(path))
}

const UNKNOWN_BASE =
  'counts in a pull request as its base has it, so that no change loosens its own gate, and the base could not be read'

/**
 * Reads a file of the pull request's base commit: a change must not loosen the gate that it has to pass. A
 * file that the base is known not to have is taken from the workspace.
 */
async function readAtBase(
  { client, base, workspace }: FilePlace,
  [setting, path]: readonly [setting: BaseSetting, path: string],
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<FileSource> {
  const refuse = (message: string): SettingsError => new SettingsError([{ setting, given: path, message }])
  if (pullTrouble !== null) throw refuse(`${UNKNOWN_BASE}: ${pullTrouble}`)
  if (base === null) return { readBytes, note: null }
  if (client === null) throw refuse(`${UNKNOWN_BASE}: ${NO_TOKEN}`)
  const inRepository = findRepositoryPath(path, workspace)
  if (inRepository === null) throw refuse('must be a file of the repository: of no other is there one at the base')
  const content = await fetchBytes(client, inRepository, base).catch((error: unknown) => {
    throw refuse(`${UNKNOWN_BASE}: ${explainAbsence(error, 'contents: read')}`)
  })
  if (content === null) {
    const note = `${WHAT[setting]} are those of this pull request: its base has no \`${path}\` yet.`
    return { readBytes, note }
  }
  const isSame = readOrNull(readBytes, path)?.equals(content) === true
  const note = `${WHAT[setting]} are those of the base; the changes to \`${path}\` here count after the merge.`
  return { readBytes: () => content, note: isSame ? null : note }
}

/** The path inside the repository of a file of the workspace; null when it is outside, or no path. */
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
