import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { SettingsError } from '../errors.ts'
import { defineSetting } from '../settings/setting.ts'
import { takeOneWord } from '../settings/reading/flags.ts'
import { readLine } from '../settings/values/simple.ts'
import { readTextFile } from '../shell/files.ts'
import { askGit } from './recorded/record.ts'
import { readWorkflows } from './workflows.ts'
import type { GateWorkflows } from './workflows.ts'

/** What a checkout shows of its repository, without asking anybody else. */

/** The setting for the branch that a gate compares with, which a checkout names itself where it is not given. */
export const BRANCH = defineSetting({
  name: 'branch',
  group: 'Repository',
  help: 'The branch whose runs are recorded',
  placeholder: 'NAME',
  default: null,
  derived: 'the default branch of the remote, else main or master',
  read: readLine,
})

/**
 * The folder that is given without a flag; the current one where none is.
 *
 * @throws SettingsError
 */
export function readFolder(words: readonly string[]): string {
  const folder = takeOneWord(words, 'folder', 'repository') ?? '.'
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder
  throw new SettingsError([{ setting: 'folder', given: folder, message: 'is no folder; give that of a repository' }])
}

/** The folder of the whole repository around this one; this one where there is none. */
export async function findRoot(folder: string): Promise<string> {
  return (await askGit(['-C', folder, 'rev-parse', '--show-toplevel'])) ?? folder
}

/** The default branch of the remote, else main or master, whichever there is. */
export async function findDefaultBranch(folder: string): Promise<string> {
  const head = await askGit(['-C', folder, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD'])
  if (head !== null) return head.replace(/^origin\//, '')
  const there = await askGit(['-C', folder, 'branch', '--list', 'main', 'master', '--format=%(refname:short)'])
  if (there !== null && there !== '') return there === 'master' ? 'master' : 'main'
  // A repository of this machine alone has the one branch that it is on.
  const remote = await askGit(['-C', folder, 'remote'])
  return (remote === '' ? await askGit(['-C', folder, 'symbolic-ref', '--short', 'HEAD']) : null) ?? 'main'
}

/** Where the repository comes from, by the address of its remote. */
interface Origin {
  /** Who owns it; null where the address does not say it as GitHub's do. */
  readonly owner: string | null
  readonly isGitlab: boolean
}

/** Where the repository comes from. */
export async function findOrigin(folder: string): Promise<Origin> {
  const remote = (await askGit(['-C', folder, 'remote', 'get-url', 'origin'])) ?? ''
  const [, host = '', path = ''] = /^(?:\w+:\/\/)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?[:/](.*)$/.exec(remote) ?? []
  const isOnGitlab = /gitlab/i.test(host)
  return {
    // A group of that name is somebody else on GitHub.
    owner: isOnGitlab ? null : (/^([A-Za-z\d][A-Za-z\d-]*)\/[\w.-]+\/?$/.exec(path)?.[1] ?? null),
    isGitlab: isOnGitlab || existsSync(join(folder, '.gitlab-ci.yml')),
  }
}

/** The workflow files of a repository; none where it has no such folder. */
export function readWorkflowFiles(folder: string): GateWorkflows {
  const place = join(folder, '.github', 'workflows')
  const names = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(place) : []
  const files = names.filter(
    (name) => /\.ya?ml$/.test(name) && statSync(join(place, name), { throwIfNoEntry: false })?.isFile(),
  )
  return readWorkflows(new Map(files.toSorted().map((name) => [name, readTextFile(join(place, name))])))
}

/** The text of a file of the repository; null where there is none, or nothing that can be read. */
export function readRepositoryFile(folder: string, path: string): string | null {
  const place = resolve(folder, path)
  if (relative(folder, place).startsWith('..')) return null
  try {
    return readTextFile(place)
  } catch {
    return null
  }
}
