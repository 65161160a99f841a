import { asObject, parseJson } from '../../json.ts'
import type { SettingProblem } from '../../errors.ts'
import { nameResultForm } from '../../imports/join-results.ts'
import { explainUnreadable, readTextFile } from '../../shell/files.ts'
import { decodeHistory } from '../../report/history-codec.ts'
import type { History } from '../../report/history.ts'
import { decodeRunReport } from '../../report/run-report-codec.ts'
import type { RunReport } from '../../report/run-report.ts'
import { dropByteOrderMark } from '../../report/strict-json.ts'
import { decodeVerdict } from '../../report/verdict-codec.ts'
import type { Verdict } from '../../report/verdict.ts'
import { codeOf, FileRefusal, SettingsError } from '../../errors.ts'
import { showValue } from '../../settings/setting.ts'
import { escapeForTerminal } from '../../text.ts'
import { VERSION } from '../../version.ts'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A kind of file that this program writes and reads back. */
export interface StoredKind<T> {
  /** Name of the format, without its version. */
  readonly schema: string
  /** Its name for people, for example `run report`. */
  readonly what: string
  /** Which commands take it, and how. */
  readonly where: string
  /** Decodes the text; throws an error whose message names the path of the problem. */
  decode(text: string): T
}

export const REPORT_KIND: StoredKind<RunReport> = {
  schema: 'plateau/run-report',
  what: 'run report',
  where: 'it is given without a flag',
  decode: decodeRunReport,
}
export const HISTORY_KIND: StoredKind<History> = {
  schema: 'plateau/history',
  what: 'history',
  where: '"plateau compare" takes it as --history, "plateau audit" and "plateau history" without a flag',
  decode: decodeHistory,
}
export const VERDICT_KIND: StoredKind<Verdict> = {
  schema: 'plateau/verdict',
  what: 'verdict',
  where: '"plateau report" takes it as --verdict',
  decode: decodeVerdict,
}

const KINDS: readonly StoredKind<unknown>[] = [REPORT_KIND, HISTORY_KIND, VERDICT_KIND]

/** A file's value, or what is wrong with it. */
export type Stored<T> =
  { readonly value: T; readonly problem: null } | { readonly value: null; readonly problem: SettingProblem }

/** Reads a stored file strictly. `setting` is what named it. */
export function readStored<T>(kind: StoredKind<T>, path: string, setting: string): Stored<T> {
  try {
    return { value: decodeStored(kind, readTextFile(path)), problem: null }
  } catch (error) {
    const message = error instanceof FileRefusal ? error.message : explainUnreadable(error)
    return { value: null, problem: { setting, given: showValue(path), message } }
  }
}

/**
 * Decodes a text from anywhere.
 *
 * @throws FileRefusal when it is not such a file, or not one that can be read.
 */
export function decodeStored<T>(kind: StoredKind<T>, text: string): T {
  const schema = readSchemaName(dropByteOrderMark(text))
  if (schema === null) throw new FileRefusal(`is not a ${kind.what}: ${describeText(text)}`)
  const [name, version] = schema.split('@') as [string, string | undefined]
  if (name !== kind.schema) {
    const known = KINDS.find((other) => other.schema === name)
    const found =
      known === undefined ? `has the schema "${escapeForTerminal(schema)}"` : `is a ${known.what}: ${known.where}`
    throw new FileRefusal(`is not a ${kind.what}; it ${found}`)
  }
  try {
    return kind.decode(text)
  } catch (error) {
    // So far there is only version 1; the meaning of later ones is not known.
    throw new FileRefusal(
      Number(version) > 1
        ? `is of version ${Number(version)} of the format, and plateau ${VERSION} reads version 1; update plateau`
        : `is not a ${kind.what} that can be read: ${escapeForTerminal((error as Error).message, 300)}`,
    )
  }
}

/** The member `schema` of a JSON object; null when there is none. */
function readSchemaName(text: string): string | null {
  const schema = asObject(parseJson(text))?.['schema']
  return typeof schema === 'string' ? schema : null
}

/** What a text that is not ours looks like. */
function describeText(text: string): string {
  if (text.trim() === '') return 'it is empty'
  if (text.startsWith('PK\u0003\u0004')) return 'it is a zip; unpack it, or fetch the workflow run with --run'
  const tool = nameResultForm(text)
  if (tool !== null)
    return `it holds results of ${escapeForTerminal(tool)}; "plateau import FILE" judges them, and with --append records them`
  if (text.includes('\u0000') || text.includes('\ufffd')) return 'it is binary'
  return 'it is not a JSON object with a "schema"'
}

/** A folder of artifacts holds a few files per run; more than this is a mistake, such as the root of a disk. */
const MOST_FILES = 20_000

/**
 * The JSON files in a folder and the folders in it, in the order of their names.
 *
 * @throws SettingsError when there is no such folder, or it is too large.
 */
export function listJsonFiles(folder: string, setting: string): readonly string[] {
  const refuse = (message: string): SettingsError => new SettingsError([{ setting, given: showValue(folder), message }])
  let files: string[]
  try {
    files = readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') throw refuse('there is no such folder; relative paths start in the current directory')
    if (code === 'ENOTDIR') throw refuse('is a file; name the folder that holds the reports')
    throw refuse(`cannot be read (${code ?? 'unknown error'})`)
  }
  if (files.length <= MOST_FILES) return files.sort()
  throw refuse(`holds more than ${MOST_FILES} JSON files; name the folder of the reports`)
}

/**
 * Reads every run report in a folder and its subfolders, such as downloaded artifacts of the action; ignores other
 * files.
 *
 * @throws SettingsError when there is no such folder, or no report in it.
 */
export function readReportFolder(folder: string, setting: string): RunReport[] {
  const reports = listJsonFiles(folder, setting).flatMap((path) => readStored(REPORT_KIND, path, setting).value ?? [])
  if (reports.length > 0) return reports
  const message =
    'holds no run report; --report-json writes one, and "gh run download" fetches those that the action kept as artifacts'
  throw new SettingsError([{ setting, given: showValue(folder), message }])
}
