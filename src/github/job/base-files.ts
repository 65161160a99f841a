import { configOfBase, configOfWorkspace, isInRepository, refuseUnknownBase } from './config-source.ts'
import type { BaseSetting, ConfigSource } from './config-source.ts'
import type { GithubClient } from '../api/client.ts'
import type { ReadBytes, ReadFile } from '../../settings/reading/files.ts'
import type { GivenValues } from '../../settings/reading/given.ts'

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
): Promise<ConfigSource> {
  const path = inputs.get('config')?.text ?? null
  if (path === null) return configOfWorkspace(readBytes)
  return fileOfBase(job, { setting: 'config', path }, readBytes, pullTrouble)
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
    const { readBytes: readOfBase, note } = await fileOfBase(job, { setting, path }, readBytes, pullTrouble)
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

async function fileOfBase(
  { client, base, workspace }: FilePlace,
  { setting, path }: { readonly setting: BaseSetting; readonly path: string },
  readBytes: ReadBytes,
  pullTrouble: string | null,
): Promise<ConfigSource> {
  if (pullTrouble !== null) throw refuseUnknownBase(path, pullTrouble, setting)
  if (base === null) return configOfWorkspace(readBytes)
  if (client === null) throw refuseUnknownBase(path, NO_TOKEN, setting)
  return configOfBase(client, { setting, path, baseSha: base, workspace, readBytes })
}
