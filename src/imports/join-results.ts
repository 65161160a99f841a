import type { SettingProblem } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { LoadKind } from '../vocabulary/load.ts'
import { TOOLS } from '../vocabulary/tools.ts'
import { asObject, findNonNumber, parseJson, parseLooseJson } from '../json.ts'
import { escapeForTerminal, pluralise } from '../text.ts'
import { AIPERF_FORMS } from './aiperf.ts'
import { GUIDELLM_FORMS } from './guidellm.ts'
import { INFERENCE_PERF_FORMS } from './inference-perf.ts'
import { MLCOMMONS_FORMS } from './mlcommons-endpoints.ts'
import { ResultError } from './tool-result.ts'
import type { ResultForm, StatedLevel, ToolResult } from './tool-result.ts'
import { VLLM_FORMS } from './vllm-bench.ts'

/** Every form that is read, in the order of the docs. */
export const RESULT_FORMS: readonly ResultForm[] = [
  ...GUIDELLM_FORMS,
  ...VLLM_FORMS,
  ...AIPERF_FORMS,
  ...INFERENCE_PERF_FORMS,
  ...MLCOMMONS_FORMS,
]

/** What a text is, and what it says; null where it is of none of the forms. @throws ResultError */
export function readResult(text: string): { readonly form: ResultForm; readonly result: ToolResult } | null {
  const json = asObject(parseLooseJson(text))
  for (const form of RESULT_FORMS) {
    const result = form.read(text, json)
    if (result !== null) return { form, result }
  }
  return null
}

/** The form of a text by its name, with the version of its tool where it states one; null where it is none. */
export function nameResultForm(text: string): string | null {
  const json = asObject(parseLooseJson(text))
  for (const { name, read } of RESULT_FORMS) {
    try {
      const result = read(text, json)
      if (result !== null) return result.version === null ? name : `${name}, version ${result.version}`
    } catch {
      // It is recognised by its members, whatever else is wrong with it.
      return name
    }
  }
  return null
}

/** A file as it was found. */
export interface ResultFile {
  readonly path: string
  readonly text: string
  /** When it was last written, ISO 8601: the best that is known of a run which does not say when it was. */
  readonly writtenAt: string
}

/** A level whose load is known. */
export interface JoinedLevel extends Omit<StatedLevel, 'rate'> {
  /** What the level is known by: requests in flight, or, in a run at rates, requests a second. */
  readonly concurrency: number
}

/** The loads of levels for which the files state none: requests in flight, or requests a second. */
type GivenLoads = Pick<Settings, 'concurrency' | 'rate'>

/** The run that all files together describe, of one tool. */
export interface JoinedResult extends Omit<ToolResult, 'levels' | 'startedAt'> {
  readonly startedAt: string
  readonly load: LoadKind
  /** In the order of the files; two of one concurrency are two passes. At least one. */
  readonly levels: readonly JoinedLevel[]
}

interface ReadResultFile extends ResultFile {
  readonly form: ResultForm
  readonly result: ToolResult
}

/** A level, and the file that it stands in. */
interface PlacedLevel {
  readonly file: ReadResultFile
  readonly level: StatedLevel
}

/** More than any tool measures in one run; comparing each level with all others takes the square of their number. */
const MOST_LEVELS = 1000

/**
 * One run from files of one tool: each may hold several levels, or one. `given` says the levels of those that do not. A run is of
 * one kind of load: where results hold both, those of a closed loop count.
 *
 * @returns what is wrong, with any of them and between them, where something is.
 */
export function joinResults(files: readonly ResultFile[], given: GivenLoads): JoinedResult | readonly SettingProblem[] {
  const read = files.map(readFile)
  const problems = read.filter((each) => 'setting' in each)
  if (problems.length > 0) return problems
  const { kept, notes } = leaveOutRepeats(read.filter((each) => 'result' in each))
  const differences = findDifferences(kept)
  if (differences.length > 0) return differences
  const { result } = kept[0]!
  const all = kept.flatMap((file) => file.result.levels.map((level) => ({ file, level })))
  if (all.length > MOST_LEVELS) return [refuseMany(kept, all.length)]
  const isOpen = ({ level }: PlacedLevel): boolean =>
    level.rate !== null || (level.concurrency === null && given.rate !== null)
  const [closed, open] = [all.filter((each) => !isOpen(each)), all.filter(isOpen)]
  const load: LoadKind = closed.length === 0 ? 'rate' : 'concurrency'
  const problem = load === 'rate' ? findRateProblem(result, open) : null
  if (problem !== null) return [problem]
  const levels = nameLevels(load === 'rate' ? open : closed, load, given)
  if ('setting' in levels) return [levels]
  const left = load === 'rate' || open.length === 0 ? [] : [describeLeftOut(open)]
  const moments = kept.map((file) => file.result.startedAt ?? file.writtenAt).sort()
  return {
    ...result,
    startedAt: moments[0]!,
    load,
    levelRequests: findShared(kept, ({ levelRequests }) => levelRequests),
    levelSeconds: findShared(kept, ({ levelSeconds }) => levelSeconds),
    levels,
    notes: [...new Set([...kept.flatMap((file) => file.result.notes), ...left, ...notes])],
  }
}

function readFile(file: ResultFile): ReadResultFile | SettingProblem {
  const refuse = (message: string): SettingProblem => refuseFile(file, message)
  try {
    const found = readResult(file.text)
    if (found !== null) return { ...file, ...found }
    if (file.text.trim() === '') return refuse('is empty; was the measurement broken off?')
    if (isCutJson(file.text)) return refuse('begins as JSON and is broken or cut off; write or download it again')
    return refuse(`is none of the forms that are read: ${RESULT_FORMS.map(({ name }) => name).join(', ')}`)
  } catch (error) {
    if (!(error instanceof ResultError)) throw error
    return refuse(`${error.message}, so nothing in it can be judged; was the measurement broken off?`)
  }
}

function refuseFile({ path }: ResultFile, message: string): SettingProblem {
  return { setting: 'results', given: escapeForTerminal(path), message }
}

/** Whether a text begins as JSON and is neither JSON nor lines of JSON. Python's NaN and Infinity do not count as faults. */
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
    files.some((other) => file.form.yieldsTo.includes(other.form.name) && folderOf(other) === folderOf(file))
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
      const message = `has another ${words} than ${escapeForTerminal(first!.path)} (${showStated(now)} instead of ${showStated(before)}): the files of one call are one run; judge them apart`
      return [refuseFile(file, message)]
    })
    if (problems.length > 0) return problems
  }
  return []
}

function showStated(text: string | null): string {
  return text === null ? 'none stated' : escapeForTerminal(text, 100)
}

function findShared(files: readonly ReadResultFile[], read: (result: ToolResult) => number | null): number | null {
  const values = new Set(files.map(({ result }) => read(result)))
  return values.size === 1 ? [...values][0]! : null
}

/** Why loads at rates do not make one run; null where they do. */
function findRateProblem({ tool }: ToolResult, open: readonly PlacedLevel[]): SettingProblem | null {
  const unknown = open.find(({ level }) => level.rate === 0)
  if (unknown !== undefined) {
    const message = `holds a load whose rate is not stated, or changes; measure at a fixed rate, or with ${TOOLS[tool].levels}`
    return refuseFile(unknown.file, message)
  }
  const [first, ...others] = open.map(({ file, level }) => ({ file, form: describeArrivals(level) }))
  const other = others.find(({ form }) => form !== first!.form)
  if (other === undefined) return null
  return refuseFile(
    other.file,
    `holds requests that were sent in another way (${other.form} instead of ${first!.form}), and a run has one way; judge the files apart`,
  )
}

/** How the requests of a rate arrived, in words. */
function describeArrivals({ arrivals, maxInFlight }: StatedLevel): string {
  return `${showStated(arrivals)}${maxInFlight === null ? '' : `, at most ${maxInFlight} in flight`}`
}

/** The note that loads at a rate were left out beside others. */
function describeLeftOut(open: readonly PlacedLevel[]): string {
  const rates = open.map(({ level }) => level.rate ?? 0)
  return `${pluralise(open.length, 'load')} at a rate of requests (${describeRates(rates)}) ${open.length === 1 ? 'is' : 'are'} left out: a run has levels of one kind, and the others here are numbers of requests in flight.`
}

function refuseMany([file]: readonly ReadResultFile[], levels: number): SettingProblem {
  const message = `and the files beside it hold ${levels} levels, more than the ${MOST_LEVELS} that a run can have; give fewer files`
  return refuseFile(file!, message)
}

function describeRates(rates: readonly number[]): string {
  const known = rates.filter((rate) => rate > 0).map((rate) => String(Number(rate.toPrecision(3))))
  return known.length === 0 ? 'not stated' : `${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''} a second`
}

/** Levels with their loads: those that files do not state are those that a setting lists, in the order of the files. */
function nameLevels(
  found: readonly PlacedLevel[],
  load: LoadKind,
  settings: GivenLoads,
): readonly JoinedLevel[] | SettingProblem {
  const given = load === 'rate' ? (settings.rate ?? 'auto') : settings.concurrency
  const statedOf = (level: StatedLevel): number | null => (load === 'rate' ? level.rate : level.concurrency)
  const unnamed = found.filter(({ level }) => statedOf(level) === null)
  const refuse = (message: string): SettingProblem => ({ setting: load, given: null, message })
  if (unnamed.length > 0 && given === 'auto') {
    const files = [...new Set(unnamed.map(({ file }) => escapeForTerminal(file.path)))].join(', ')
    return refuse(
      `is required: ${files} does not say at which concurrency it was measured; give ${unnamed.length === 1 ? 'it' : `${unnamed.length} of them, in the order of the files`}, for example ${unnamed.length === 1 ? '8' : '1, 8'} (or rate, where requests were sent at one)`,
    )
  }
  if (given !== 'auto' && unnamed.length > 0 && given.length !== unnamed.length) {
    return refuse(
      `lists ${pluralise(given.length, 'level')}, and ${pluralise(unnamed.length, 'level')} of the results ${unnamed.length === 1 ? 'does' : 'do'} not say at which load they were measured; list as many`,
    )
  }
  let next = 0
  return found.map(({ level: { rate: _rate, ...level }, level: stated }) => ({
    ...level,
    concurrency: statedOf(stated) ?? (given as readonly number[])[next++]!,
  }))
}
