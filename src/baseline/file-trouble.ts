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

/** A system error in words. */
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

/** What to do about a history that nobody can read any more. */
export const BEGIN_ANEW = 'bring back an older version of it, or delete it to begin anew'

/** What a file that is not a history seems to be, and what to do; null when its text does not show it. */
export function recogniseDamage(text: string): readonly [what: string, remedy: string] | null {
  if (text.trim() === '') return ['it is empty', BEGIN_ANEW]
  if (text.startsWith('version https://git-lfs.')) {
    return [
      'it is a pointer of Git LFS and not the file itself',
      'fetch it: `git lfs pull`, or `lfs: true` of actions/checkout',
    ]
  }
  const mark = MERGE_MARK.exec(text)?.[1]
  if (mark !== undefined) {
    return [
      `it holds the marks of a merge that was not finished (${mark})`,
      'take one side of it whole (`git checkout --ours` or `--theirs`), and run again for what the other side had',
    ]
  }
  if (text.startsWith('\u001f')) return ['it is compressed with gzip', 'unpack it (`gunzip`)']
  if (text.startsWith('PK\u0003\u0004'))
    return ['it is a zip', 'unpack it, and give the path of the file that is in it']
  if (/^\s*</.test(text)) return ['it is a page and not the file itself', 'download the file itself']
  const other = /^\s*\{\s*"schema":\s*"plateau\/([a-z-]{1,20})@/.exec(text)?.[1] ?? 'history'
  if (other !== 'history')
    return [
      `it is a ${other.replace('-', ' ')} and not a history`,
      'give the path of a history, which `--append` writes',
    ]
  if (/^\s*(\[|null\b|\{\s*\})/.test(text)) {
    return ['it is JSON and no history', BEGIN_ANEW]
  }
  if (/^\0+$/.test(text)) {
    return ['it holds nothing but zeros, as a power cut or a full disk leaves a file', BEGIN_ANEW]
  }
  if (text.slice(0, 200).includes('\0')) return ['it is not UTF-8 (UTF-16, by its looks)', 'save it as UTF-8']
  return null
}

/** A conflict mark of a merge. Any of them may be left alone, and no line of JSON begins like this. */
const MERGE_MARK = /^(<{7}|\|{7}|={7}|>{7})(?=\s|$)/m
