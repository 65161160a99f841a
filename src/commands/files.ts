import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import type { NamedFile } from '../settings/setting.ts'
import type { Output } from './output.ts'

/** Refuses, before the run, files that cannot be written or that another setting reads or writes, too. */
export function checkFilesToWrite(files: readonly NamedFile[], output: Output, read: readonly NamedFile[] = []): void {
  const problems: SettingProblem[] = []
  const taken = new Map(
    read.flatMap(({ setting, path }) => (path === null ? [] : [[identifyFile(path), setting] as const])),
  )
  for (const { setting, path } of files) {
    if (path === null) continue
    const file = identifyFile(path)
    const other = taken.get(file)
    taken.set(file, setting)
    try {
      if (other === undefined) output.checkWritable(path)
      else {
        const taker = other === setting ? 'the file of two scenarios' : `the same file as ${other}`
        problems.push({ setting, given: path, message: `is ${taker}; give each its own` })
      }
    } catch (error) {
      problems.push({ setting, given: path, message: `cannot be written: ${(error as Error).message}` })
    }
  }
  if (problems.length > 0) throw new SettingsError(problems)
}

/** One text for each file, however its path is written. A file that does not exist yet is identified by its folder. */
function identifyFile(path: string): string {
  for (const [at, rest] of [[resolve(path), ''] as const, [dirname(resolve(path)), basename(path)] as const]) {
    try {
      return join(realpathSync(at), rest)
    } catch {
      // Not there, or not visible.
    }
  }
  return resolve(path)
}

/** True when the file was written or none was asked for; else says why and returns false. */
export function writeFile({ setting, path }: NamedFile, parts: Iterable<string>, output: Output): boolean {
  if (path === null) return true
  try {
    output.file(path, parts)
    return true
  } catch (error) {
    output.log(`${setting}: got "${path}"; could not be written: ${(error as Error).message}; the result stands above`)
    return false
  }
}
