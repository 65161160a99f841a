import { globSync, statSync } from 'node:fs'
import { SettingsError, FileRefusal } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import type { ResultFile } from '../imports/join-results.ts'
import { showValue } from '../settings/given.ts'
import { readTextFile } from './files.ts'

/** As many files as one run may have levels; more is a pattern that meant something else. */
const MOST_FILES = 64

/**
 * The files that paths and patterns name, in their order, each once; those of a pattern by name, `c8.json` before `c16.json`.
 *
 * @throws SettingsError with all that is wrong.
 */
export function readResultFiles(patterns: readonly string[]): readonly ResultFile[] {
  const problems: SettingProblem[] = []
  const refuse = (given: string, message: string): void =>
    void problems.push({ setting: 'results', given: showValue(given), message })
  const paths = new Set<string>()
  for (const pattern of patterns) {
    const found = isFile(pattern) ? [pattern] : listFiles(pattern)
    if (found.length === 0) {
      const why = /[*?[{]/.test(pattern) ? 'no file has such a path' : 'there is no such file'
      refuse(pattern, `${why}; relative paths start in the current directory`)
    }
    for (const path of found) paths.add(path)
  }
  if (paths.size > MOST_FILES) {
    refuse(patterns.join(', '), `names ${paths.size} files, and a run has at most ${MOST_FILES}; name those of one run`)
  }
  const files = problems.length > 0 ? [] : [...paths].flatMap((path) => readOne(path, refuse))
  if (problems.length > 0) throw new SettingsError(problems)
  return files
}

function readOne(path: string, refuse: (given: string, message: string) => void): ResultFile[] {
  try {
    return [{ path, text: readTextFile(path), writtenAt: statSync(path).mtime.toISOString() }]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    refuse(path, error instanceof FileRefusal ? error.message : `it cannot be read (${code ?? 'unknown error'})`)
    return []
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function listFiles(pattern: string): string[] {
  const found = globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
  return found.sort(new Intl.Collator('en', { numeric: true }).compare)
}
