import type { SettingProblem } from '../errors.ts'
import { TOOLS } from '../vocabulary/tools.ts'
import { findNonNumber, parseJson } from '../json.ts'
import { escapeForTerminal, pluralise } from '../text.ts'
import { readResult, RESULT_FORMATS } from './formats.ts'
import type { ResultFormat } from './formats.ts'
import { ResultError } from './tool-result.ts'
import type { StatedLevel, ToolResult } from './tool-result.ts'

/** A file as it was found. */
export interface ResultFile {
  readonly path: string
  readonly text: string
  /** When it was last written, ISO 8601: the best that is known of a run which does not say when it was. */
  readonly writtenAt: string
}

/** A level whose load is known. */
export interface JoinedLevel extends StatedLevel {
  readonly concurrency: number
}

/** What all files together say: one run of one tool. */
export interface JoinedResult extends Omit<ToolResult, 'levels' | 'startedAt'> {
  readonly startedAt: string
  /** In the order of the files; two of one concurrency are two passes. At least one. */
  readonly levels: readonly JoinedLevel[]
}

interface ReadResultFile extends ResultFile {
  readonly format: ResultFormat
  readonly result: ToolResult
}

const SETTING = 'results'

/** More than any tool measures in one run; what compares levels goes through them for each of them. */
const MOST_LEVELS = 1000

/**
 * One run from files of one tool: each may hold several levels, or one. `concurrency` says the levels of those that do not.
 *
 * @returns what is wrong, with any of them and between them, where something is.
 */
export function joinResults(
  files: readonly ResultFile[],
  concurrency: 'auto' | readonly number[],
): JoinedResult | readonly SettingProblem[] {
  const read = files.map(readFile)
  const problems = read.filter((each) => 'setting' in each)
  if (problems.length > 0) return problems
  const { kept, notes } = leaveOutRepeats(read.filter((each) => 'result' in each))
  const differences = findDifferences(kept)
  if (differences.length > 0) return differences
  const { result } = kept[0]!
  const all = kept.flatMap((file) => file.result.levels.map((level) => ({ file, level })))
  if (all.length > MOST_LEVELS) return [refuseMany(kept, all.length)]
  const closed = all.filter(({ level }) => level.rate === null)
  const atRate = all.flatMap(({ level }) => level.rate ?? [])
  if (closed.length === 0) return [refuseRates(result, kept, atRate)]
  const named = nameLevels(closed, concurrency)
  if (!Array.isArray(named)) return [named as SettingProblem]
  const levels = named as readonly JoinedLevel[]
  const left =
    atRate.length === 0
      ? []
      : [
          `${pluralise(atRate.length, 'load')} at a rate of requests (${describeRates(atRate)}) ${atRate.length === 1 ? 'is' : 'are'} left out: levels are compared by concurrency.`,
        ]
  const moments = kept.map((file) => file.result.startedAt ?? file.writtenAt).sort()
  return {
    ...result,
    startedAt: moments[0]!,
    levelRequests: findShared(kept, ({ levelRequests }) => levelRequests),
    levelSeconds: findShared(kept, ({ levelSeconds }) => levelSeconds),
    levels,
    notes: [...new Set([...kept.flatMap((file) => file.result.notes), ...left, ...notes])],
  }
}

function readFile(file: ResultFile): ReadResultFile | SettingProblem {
  const refuse = (message: string): SettingProblem => ({
    setting: SETTING,
    given: escapeForTerminal(file.path),
    message,
  })
  try {
    const found = readResult(file.text)
    if (found !== null) return { ...file, ...found }
    if (file.text.trim() === '') return refuse('is empty; was the measurement broken off?')
    if (isCutJson(file.text)) return refuse('begins as JSON and is broken or cut off; write or download it again')
    return refuse(`is none of the forms that are read: ${RESULT_FORMATS.map(({ name }) => name).join(', ')}`)
  } catch (error) {
    if (!(error instanceof ResultError)) throw error
    return refuse(`${error.message}, so nothing in it can be judged; was the measurement broken off?`)
  }
}

/** Whether a text begins as JSON and is none, nor lines that each are. Python's numbers that are none are not what is wrong with it. */
function isCutJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text) || findNonNumber(text) !== null) return false
  return [text, text.trim().split('\n', 1)[0]!].every((each) => parseJson(each) === undefined)
}

/** A tool may write one run in several forms: beside a form that says more, one that says less would count as a second pass. */
function leaveOutRepeats(files: readonly ReadResultFile[]): {
  readonly kept: readonly ReadResultFile[]
  readonly notes: string[]
} {
  const folderOf = ({ path }: ReadResultFile): string => path.replace(/[^/\\]*$/, '')
  const isRepeat = (file: ReadResultFile): boolean =>
    files.some((other) => file.format.yieldsTo.includes(other.format.name) && folderOf(other) === folderOf(file))
  const repeats = files.filter(isRepeat)
  return {
    kept: files.filter((file) => !isRepeat(file)),
    notes: repeats.map(
      ({ path }) => `${escapeForTerminal(path)} is left out: a file beside it says more of the same run.`,
    ),
  }
}

/** What must be the same in all files of one run. */
const SHARED: readonly (readonly [words: string, read: (result: ToolResult) => string | null])[] = [
  ['tool', ({ tool }) => tool],
  ['version', ({ version }) => version],
  ['model', ({ model }) => model],
  ['task', ({ task }) => task],
  ['input tokens', ({ inputTokens }) => inputTokens],
  ['output tokens', ({ outputTokens }) => outputTokens],
]

function findDifferences(files: readonly ReadResultFile[]): SettingProblem[] {
  const [first, ...others] = files
  for (const [words, read] of SHARED) {
    const problems = others.flatMap((file): SettingProblem[] => {
      const [before, now] = [read(first!.result), read(file.result)]
      if (before === now) return []
      const message = `has another ${words} than ${escapeForTerminal(first!.path)} (${show(now)} instead of ${show(before)}): the files of one call are one run; judge them apart`
      return [{ setting: SETTING, given: escapeForTerminal(file.path), message }]
    })
    if (problems.length > 0) return problems
  }
  return []
}

function show(text: string | null): string {
  return text === null ? 'none stated' : escapeForTerminal(text, 100)
}

function findShared(files: readonly ReadResultFile[], read: (result: ToolResult) => number | null): number | null {
  const values = new Set(files.map(({ result }) => read(result)))
  return values.size === 1 ? [...values][0]! : null
}

function refuseRates(
  { tool }: ToolResult,
  [file]: readonly ReadResultFile[],
  rates: readonly number[],
): SettingProblem {
  const message = `holds only loads at a rate of requests (${describeRates(rates)}), and levels are compared by concurrency: measure with ${TOOLS[tool].levels}`
  return { setting: SETTING, given: escapeForTerminal(file!.path), message }
}

function refuseMany([file]: readonly ReadResultFile[], levels: number): SettingProblem {
  const message = `and the files beside it hold ${levels} levels, more than the ${MOST_LEVELS} of which a run can be; give a part of them`
  return { setting: SETTING, given: escapeForTerminal(file!.path), message }
}

function describeRates(rates: readonly number[]): string {
  const known = rates.filter((rate) => rate > 0).map((rate) => String(Number(rate.toPrecision(3))))
  return known.length === 0 ? 'not stated' : `${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''} a second`
}

/** Levels with their loads: those that files do not state are those that the setting lists, in the order of the files. */
function nameLevels(
  found: readonly { readonly file: ReadResultFile; readonly level: StatedLevel }[],
  given: 'auto' | readonly number[],
): readonly JoinedLevel[] | SettingProblem {
  const unnamed = found.filter(({ level }) => level.concurrency === null)
  const refuse = (message: string): SettingProblem => ({ setting: 'concurrency', given: null, message })
  if (unnamed.length > 0 && given === 'auto') {
    const files = [...new Set(unnamed.map(({ file }) => escapeForTerminal(file.path)))].join(', ')
    return refuse(
      `is required: ${files} does not say at which concurrency it was measured; give ${unnamed.length === 1 ? 'it' : `${unnamed.length} of them, in the order of the files`}, for example concurrency: ${unnamed.length === 1 ? '8' : '1, 8'}`,
    )
  }
  if (given !== 'auto' && unnamed.length > 0 && given.length !== unnamed.length) {
    return refuse(
      `lists ${pluralise(given.length, 'level')}, and ${pluralise(unnamed.length, 'level')} of the results ${unnamed.length === 1 ? 'does' : 'do'} not say at which concurrency they were measured; list as many`,
    )
  }
  let next = 0
  return found.map(({ level }) => ({
    ...level,
    concurrency: level.concurrency ?? (given as readonly number[])[next++]!,
  }))
}
