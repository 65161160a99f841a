import type { SettingProblem } from '../../errors.ts'
import type { EntryPoint } from '../define.ts'
import { readConfigFile } from './config-file.ts'
import type { ConfigFile } from './config-file.ts'
import { parsePromptsFile } from './prompts-file.ts'
import type { FilePrompt } from './prompts-file.ts'
import type { GivenValues } from './given.ts'
import { showValue } from './given.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS, RUN_SETTINGS } from '../lists/run-settings.ts'

/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

/** A file that is there and is not read. The message says why and what to do: half a sentence that follows its path. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal'
}

/** What the config file that flags or inputs name gives; nothing when they name none. */
export function readConfig(stronger: GivenValues, readFile: ReadFile, entry: EntryPoint): ConfigFile {
  const path = stronger.get('config')?.text.trim() ?? ''
  if (path === '') return { given: new Map(), problems: [] }
  const { text, problems } = readText('config', path, readFile, entry)
  if (text === null) return { given: new Map(), problems }
  const scenario = stronger.get('scenario')?.text.trim() ?? null
  const file = readConfigFile(RUN_SETTINGS, { path, text, scenario, entry })
  // One file serves both entries: what is for the other one is left alone.
  const given = new Map([...file.given].filter(([name]) => settingsOf(entry).has(name)))
  return { given, problems: file.problems }
}

function settingsOf(entry: EntryPoint): ReadonlySet<string> {
  const list = entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS
  return new Set(Object.values(list).map(({ name }) => name))
}

/** The prompts of a prompts file; null when there is none, or none that could be read. */
export function readPrompts(
  path: string | null,
  readFile: ReadFile,
  entry: EntryPoint,
): { readonly prompts: readonly FilePrompt[] | null; readonly problems: readonly SettingProblem[] } {
  if (path === null) return { prompts: null, problems: [] }
  const { text, problems } = readText('prompts-file', path, readFile, entry)
  return text === null ? { prompts: null, problems } : parsePromptsFile(text)
}

/** The PEM text of a CA file; null when there is none, or none that could be read. */
export function readCaCert(
  path: string | null,
  readFile: ReadFile,
  entry: EntryPoint,
): { readonly pem: string | null; readonly problems: readonly SettingProblem[] } {
  if (path === null) return { pem: null, problems: [] }
  const { text, problems } = readText('ca-cert', path, readFile, entry)
  if (text === null || text.includes('-----BEGIN CERTIFICATE-----')) return { pem: text, problems }
  const message = 'holds no PEM certificate; it must have "-----BEGIN CERTIFICATE-----" blocks'
  return { pem: null, problems: [{ setting: 'ca-cert', given: showValue(path), message }] }
}

function readText(
  setting: string,
  path: string,
  readFile: ReadFile,
  entry: EntryPoint,
): { readonly text: string | null; readonly problems: readonly SettingProblem[] } {
  try {
    return { text: readFile(path), problems: [] }
  } catch (error) {
    if (error instanceof FileRefusal) {
      return { text: null, problems: [{ setting, given: showValue(path), message: error.message }] }
    }
    const code = (error as NodeJS.ErrnoException | null)?.code
    const why =
      code === 'ENOENT' ? 'there is no such file' : `it cannot be read${code === undefined ? '' : ` (${code})`}`
    const start = entry === 'command' ? 'the current directory' : 'the workspace; is the repository checked out?'
    const message = `${why}; relative paths start in ${start}`
    return { text: null, problems: [{ setting, given: showValue(path), message }] }
  }
}
