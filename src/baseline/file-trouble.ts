import { BaselineError } from '../errors.ts'
import { escapeForTerminal } from '../text.ts'

/** The code of a system error, for example `ENOENT`; null for other errors. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

const REASONS: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  EACCES: ['permission denied', 'let the user that runs this read and write the file and its folder'],
  EPERM: ['permission denied', 'let the user that runs this read and write the file and its folder'],
  EROFS: ['the file system is read-only', 'give a path on a file system that can be written'],
  ENOSPC: ['the disk is full', 'free some space and run again'],
  EDQUOT: ['the disk quota is used up', 'free some space and run again'],
  EEXIST: ['its folder is a file', 'give another path'],
  ENOTDIR: ['a part of the path is a file and not a folder', 'give another path'],
  EISDIR: ['it is a folder', 'give the path of a file, for example .plateau/history.json'],
  ELOOP: ['a symbolic link leads in circles', 'give the path of the file itself'],
  ENAMETOOLONG: ['the path is too long', 'give a shorter path'],
}

/** A system error in words. `doing` is for example `read`. */
export function describeFileTrouble(path: string, doing: 'read' | 'written', error: unknown): BaselineError {
  if (error instanceof BaselineError) return error
  const code = codeOf(error)
  const [what, remedy] = REASONS[code ?? ''] ?? [
    error instanceof Error ? escapeForTerminal(error.message, 300) : 'unknown error',
    'give another path',
  ]
  return new BaselineError(`The history ${escapeForTerminal(path, 300)} cannot be ${doing}: ${what}.`, {
    remedy,
    cause: error,
  })
}

/** What became of a history that is no JSON, where its text shows it, and what to do; null where it does not. */
export function recogniseDamage(text: string): readonly [what: string, remedy: string] | null {
  if (text.trim() === '') return ['it is empty', 'bring back an older version of it, or delete it to begin anew']
  if (text.startsWith('version https://git-lfs.')) {
    return [
      'it is a pointer of Git LFS and not the file itself',
      'fetch it: `git lfs pull`, or `lfs: true` of actions/checkout',
    ]
  }
  if (/^<{7}( |$)/m.test(text) && /^>{7}( |$)/m.test(text)) {
    return [
      'it holds the marks of a merge that was not finished (<<<<<<<)',
      'take one side of it whole (`git checkout --ours` or `--theirs`), and run again for what the other side had',
    ]
  }
  if (text.slice(0, 200).includes('\0')) return ['it is not UTF-8 (UTF-16, by its looks)', 'save it as UTF-8']
  return null
}
