import { SettingsError } from '../errors.ts'
import type { SettingProblem } from '../errors.ts'
import type { RequestRecord } from '../metrics/record.ts'
import { encodeRecord } from '../report/records.ts'
import type { Output } from './output.ts'

/** A file that was asked for: the setting that names it, and what it will hold. A null path: not asked for. */
export interface WantedFile {
  readonly setting: string
  readonly path: string | null
}

/** Files that cannot be written are a mistake of the settings: said before the run, not after it. */
export function checkWritable(files: readonly WantedFile[], output: Output): void {
  const problems: SettingProblem[] = []
  for (const { setting, path } of files) {
    if (path === null) continue
    try {
      output.checkWritable(path)
    } catch (error) {
      problems.push({ setting, given: path, message: `cannot be written: ${(error as Error).message}` })
    }
  }
  if (problems.length > 0) throw new SettingsError(problems)
}

/** True when nothing was asked for or it was written; false when it could not be, after saying why. */
export function writeFile({ setting, path }: WantedFile, parts: Iterable<string>, output: Output): boolean {
  if (path === null) return true
  try {
    output.file(path, parts)
    return true
  } catch (error) {
    output.log(`${setting}: got "${path}"; could not be written: ${(error as Error).message}; the result stands above`)
    return false
  }
}

const LINES_AT_ONCE = 100

/** Records as lines, some at a time, so that a long run need not be held in memory as text. */
export function* recordLines(records: Iterable<RequestRecord>): Generator<string> {
  let lines: string[] = []
  for (const record of records) {
    lines.push(`${encodeRecord(record)}\n`)
    if (lines.length < LINES_AT_ONCE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}
