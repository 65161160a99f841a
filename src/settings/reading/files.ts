import { X509Certificate, createPrivateKey } from 'node:crypto'
import type { SettingProblem } from '../../errors.ts'
import type { EntryPoint, GivenValues } from '../setting.ts'
import type { ConfigFile, readConfigFile } from './config-file.ts'
import { codeOf, FileRefusal } from '../../errors.ts'
import type { Items, NoItems } from '../prompts-file/items.ts'
import { filterPrompts, findChoiceProblem, parsePromptsFile } from '../prompts-file/prompts-file.ts'
import type { ParsedPrompts } from '../prompts-file/prompts-file.ts'
import { parseTraceFile, TRACE_COLUMNS } from '../trace-file.ts'
import type { ParsedTrace } from '../trace-file.ts'
import { isParquet } from '../prompts-file/unpack.ts'
import { showValue } from '../setting.ts'
import { ACTION_SETTINGS, COMMAND_SETTINGS, RUN_SETTINGS } from '../lists/run-settings.ts'
import type { RunValues } from '../lists/run-settings.ts'

/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

/** Reads a file that need not be text; throws when it cannot. */
export type ReadBytes = (path: string) => Uint8Array

/** The config file that flags or inputs name; null when they name none. */
export function findConfigPath(stronger: GivenValues): string | null {
  const path = stronger.get('config')?.text.trim() ?? ''
  return path === '' ? null : path
}

/** What the config file that flags or inputs name gives; nothing when they name none. What reads YAML is loaded only when there is one. */
export async function readConfig(stronger: GivenValues, readFile: ReadFile, entry: EntryPoint): Promise<ConfigFile> {
  const path = findConfigPath(stronger)
  if (path === null) return { given: new Map(), problems: [] }
  return readConfigBy((await import('./config-file.ts')).readConfigFile, path, { stronger, readFile, entry })
}

/** The same with a reader of such files that is there. */
export function readConfigBy(
  read: typeof readConfigFile,
  path: string,
  {
    stronger,
    readFile,
    entry,
  }: { readonly stronger: GivenValues; readonly readFile: ReadFile; readonly entry: EntryPoint },
): ConfigFile {
  const { content: text, problems } = readContent('config', path, readFile, entry)
  if (text === null) return { given: new Map(), problems }
  const scenario = stronger.get('scenario')?.text.trim() ?? null
  const mix = stronger.get('mix')?.text ?? null
  const file = read(RUN_SETTINGS, { path, text, scenario, mix, entry })
  // One file serves both entries: settings of the other one are ignored.
  const keepOwn = (given: GivenValues) => new Map([...given].filter(([name]) => settingsOf(entry).has(name)))
  const keepEach = (all: ConfigFile['mixed'] = new Map()) =>
    new Map([...all].map(([name, given]) => [name, keepOwn(given)]))
  const { problems: found, scenarios, mixed, names = [] } = file
  return { given: keepOwn(file.given), problems: found, scenarios: keepEach(scenarios), mixed: keepEach(mixed), names }
}

function settingsOf(entry: EntryPoint): ReadonlySet<string> {
  const list = entry === 'command' ? COMMAND_SETTINGS : ACTION_SETTINGS
  return new Set(Object.values(list).map(({ name }) => name))
}

/** What the files of prompts and of a trace hold that settings name. */
export function openFiles({ promptsFile, traceFile }: RunValues, readBytes: ReadBytes, entry: EntryPoint) {
  const open = (setting: string, path: string | null | undefined): Opened<Uint8Array | Items | NoItems> =>
    readContent(setting, path, readBytes, entry)
  return { prompts: open('prompts-file', promptsFile), trace: open('trace-file', traceFile) }
}

type OpenedFiles = ReturnType<typeof openFiles>

/** The same with the rows of Parquet files in their place; what reads them is loaded only when there is one. */
export async function takeRows(
  { prompts, trace }: OpenedFiles,
  { promptsColumn: column = null }: RunValues,
): Promise<OpenedFiles> {
  const take = async (file: OpenedFiles['prompts'], others: readonly string[]) => {
    const { content, problems } = file
    if (!(content instanceof Uint8Array) || !isParquet(content)) return file
    const { readParquet } = await import('../prompts-file/parquet.ts')
    return { content: await readParquet(content, { column, others }), problems }
  }
  return { prompts: await take(prompts, []), trace: await take(trace, TRACE_COLUMNS) }
}

/** The prompts of a prompts file that have the length asked for; null when there is no file, or none that could be read. */
export function readPrompts(
  { promptsFile, promptsColumn = null, promptsLength: range = null, promptsSample: sample = null }: RunValues,
  { prompts: { content, problems } }: OpenedFiles,
): ParsedPrompts {
  if (content === null) return { file: null, problems }
  const parsed = nameFile(promptsFile, parsePromptsFile(content, promptsColumn))
  if (parsed.file === null) return parsed
  const kept = range === null ? parsed.file : filterPrompts(parsed.file, range)
  const problem = findChoiceProblem(parsed.file, kept, { range, sample })
  return problem === null ? { file: kept, problems: [] } : { file: null, problems: [problem] }
}

/** The trace of a trace file; null when there is none, or none that could be read. */
export function readTrace(
  { traceFile, promptsColumn = null }: RunValues,
  { trace: { content, problems } }: OpenedFiles,
): ParsedTrace {
  return content === null ? { file: null, problems } : nameFile(traceFile, parseTraceFile(content, promptsColumn))
}

/** What came of a file, with its name in all that is wrong in it: two files may be given. */
function nameFile<Parsed extends ParsedPrompts | ParsedTrace>(path: string | null | undefined, parsed: Parsed): Parsed {
  const given = path == null ? null : showValue(path)
  return { ...parsed, problems: parsed.problems.map((problem) => ({ ...problem, given })) }
}

/** A client certificate and its key, as PEM text. The key is never shown. */
export interface ClientPem {
  readonly cert: string
  readonly key: string
}

/** What the files of certificates hold; null for those that are not given, or could not be read. */
export interface Certificates {
  readonly caCertPem: string | null
  readonly clientPem: ClientPem | null
}

/** Reads the files of certificates and keys that settings name. */
export function readCertificates(
  { caCert, clientCert, clientKey }: Pick<RunValues, 'caCert' | 'clientCert' | 'clientKey'>,
  readFile: ReadFile,
  entry: EntryPoint,
): Certificates & { readonly problems: readonly SettingProblem[] } {
  const readPem = (setting: string, path: string | null | undefined, findFault: (text: string) => string | null) => {
    const { content: text, problems } = readContent(setting, path, readFile, entry)
    const message = text === null ? null : findFault(text)
    if (message === null) return { text, problems }
    return { text: null, problems: [{ setting, given: showValue(path!), message }] }
  }
  const ca = readPem('ca-cert', caCert, (text) => (hasCertificate(text) ? null : NO_CERTIFICATE))
  const cert = readPem('client-cert', clientCert, findCertificateFault)
  const key = readPem('client-key', clientKey, (text) => findKeyFault(text, cert.text))
  return {
    caCertPem: ca.text,
    clientPem: cert.text === null || key.text === null ? null : { cert: cert.text, key: key.text },
    problems: [...ca.problems, ...cert.problems, ...key.problems],
  }
}

const NO_CERTIFICATE = 'holds no PEM certificate; it must have "-----BEGIN CERTIFICATE-----" blocks'

function hasCertificate(text: string): boolean {
  return text.includes('-----BEGIN CERTIFICATE-----')
}

function findCertificateFault(text: string): string | null {
  if (!hasCertificate(text)) return NO_CERTIFICATE
  return parseOrNull(() => new X509Certificate(text)) === null
    ? 'holds a certificate that cannot be read; write it anew from its source'
    : null
}

/** What is wrong with a key, without showing any of it. */
function findKeyFault(text: string, cert: string | null): string | null {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return 'holds no PEM key; it must have a "-----BEGIN PRIVATE KEY-----" block'
  }
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) {
    return 'holds a key under a passphrase; write it without one: openssl pkey -in FILE -out NEW-FILE'
  }
  const key = parseOrNull(() => createPrivateKey(text))
  if (key === null) return 'holds a key that cannot be read; write it anew from its source'
  const certificate = cert === null ? null : parseOrNull(() => new X509Certificate(cert))
  return certificate?.checkPrivateKey(key) === false
    ? 'holds another key than that of client-cert; give the two that belong together'
    : null
}

function parseOrNull<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}

/** What the file that a setting names holds; null where it names none, or one that cannot be read. */
interface Opened<Content> {
  readonly content: Content | null
  readonly problems: readonly SettingProblem[]
}

function readContent<Content>(
  setting: string,
  path: string | null | undefined,
  read: (path: string) => Content,
  entry: EntryPoint,
): Opened<Content> {
  if (path == null) return { content: null, problems: [] }
  try {
    return { content: read(path), problems: [] }
  } catch (error) {
    if (error instanceof FileRefusal) {
      return { content: null, problems: [{ setting, given: showValue(path), message: error.message }] }
    }
    const code = codeOf(error)
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read${code === null ? '' : ` (${code})`}`
    const start = entry === 'command' ? 'the current directory' : 'the workspace; is the repository checked out?'
    const message = `${why}; relative paths start in ${start}`
    return { content: null, problems: [{ setting, given: showValue(path), message }] }
  }
}
