/**
 * Why a run could not be measured. A regression, a broken limit or a lost level is a value in the report, never an
 * exception. Every message names the setting or the URL, what was given, and the remedy.
 */

/** One problem of the settings. All problems are reported at once. */
export interface SettingProblem {
  /** Name of the setting as a user writes it, for example `level-duration`. */
  readonly setting: string
  /** What was given, as text; null when nothing was given. */
  readonly given: string | null
  /** One sentence: what is wrong and what is allowed or what to do. */
  readonly message: string
}

/** A text that is not a value of its setting. The message says what is allowed: "must be …". */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

/** The settings cannot be used: exit code 2. */
export class SettingsError extends Error {
  readonly code = 'settings'
  override readonly name = 'SettingsError'
  readonly problems: readonly SettingProblem[]

  constructor(problems: readonly SettingProblem[]) {
    super(describeProblems(problems))
    this.problems = problems
  }
}

/** Why the endpoint could not be measured, as data: a thread that posts an error loses these members. */
export interface EndpointTrouble {
  /** What happened, in one sentence. */
  readonly what: string
  /** What was tried, for example `POST http://127.0.0.1:8000/v1/chat/completions`. */
  readonly tried: string
  /** What to do about it. */
  readonly remedy: string
}

/** The endpoint could not be measured: exit code 3. */
export class EndpointError extends Error implements EndpointTrouble {
  readonly code = 'endpoint'
  override readonly name = 'EndpointError'
  readonly what: string
  readonly tried: string
  readonly remedy: string

  constructor(what: string, { tried, remedy, cause }: { tried: string; remedy: string; cause?: unknown }) {
    super(`${what}\n  tried: ${tried}\n  remedy: ${remedy}`, cause === undefined ? undefined : { cause })
    this.what = what
    this.tried = tried
    this.remedy = remedy
  }
}

/** An error as data. */
export function toTrouble({ what, tried, remedy }: EndpointTrouble): EndpointTrouble {
  return { what, tried, remedy }
}

/** The history could not be read or written. What was measured is reported all the same. */
export class BaselineError extends Error {
  readonly code = 'baseline'
  override readonly name = 'BaselineError'
  /** What to do about it. */
  readonly remedy: string

  constructor(what: string, { remedy, cause }: { remedy: string; cause?: unknown }) {
    super(`${what}\n  remedy: ${remedy}`, cause === undefined ? undefined : { cause })
    this.remedy = remedy
  }
}

/** What went wrong and what to do about it, on one line: without what was tried, and without the end of a log. */
export function summariseError({ message, remedy }: EndpointError | BaselineError): string {
  return `${message.split('\n', 1)[0]!.replace(/\.$/, '')}; ${remedy}`
}

/** A file that exists but must not be read. The message says why and what to do: half a sentence that follows its path. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal'
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The code of a system error, for example `ENOENT`; null for other errors. */
export function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null
}

/** More problems than this are not listed: settings written by a machine may have thousands. */
const MOST_PROBLEMS = 20

function describeProblems(problems: readonly SettingProblem[]): string {
  const lines = problems.slice(0, MOST_PROBLEMS).map(describeProblem)
  const more = problems.length - lines.length
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

function describeProblem({ setting, given, message }: SettingProblem): string {
  const text = given === null ? `${setting}: ${message}` : `${setting}: got "${given}"; ${message}`
  // Names and values come from files and flags that others wrote.
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
