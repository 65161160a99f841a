import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsError } from '../errors.ts'
import type { RunReport } from '../report/run-report.ts'
import { showValue } from '../settings/reading/given.ts'
import { readStored, REPORT_KIND } from './stored.ts'

/** A folder of artifacts holds a few files a run; this many is a mistake, such as the root of a disk. */
const MOST_FILES = 20_000

/**
 * Every run report in a folder and the folders in it, as artifacts of the action are when they were downloaded; other files are passed over.
 *
 * @throws SettingsError when there is no such folder, or no report in it.
 */
export function readReportFolder(folder: string, setting: string): RunReport[] {
  const refuse = (message: string): never => {
    throw new SettingsError([{ setting, given: showValue(folder), message }])
  }
  let files: string[]
  try {
    files = readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return refuse('there is no such folder; relative paths start in the current directory')
    if (code === 'ENOTDIR') return refuse('is a file; name the folder that holds the reports')
    return refuse(`cannot be read (${code ?? 'unknown error'})`)
  }
  if (files.length > MOST_FILES)
    return refuse(`holds more than ${MOST_FILES} JSON files; name the folder of the reports`)
  const reports = files.sort().flatMap((path) => readStored(REPORT_KIND, path, setting).value ?? [])
  if (reports.length > 0) return reports
  return refuse(
    'holds no run report; --report-json writes one, and "gh run download" fetches those that the action kept as artifacts',
  )
}
