import { asObject } from '../json.ts'
import type { Json } from '../json.ts'
import type { SettingProblem } from '../errors.ts'
import { pluralise } from '../text.ts'
import { isBlank, LENGTHS, listNames, describeGiven } from './prompts-file/content.ts'
import { FORMS, formOfColumn, isPromptColumn } from './prompts-file/forms.ts'
import type { Item, Items, NoItems } from './prompts-file/items.ts'
import { cutFile } from './prompts-file/items.ts'
import type { FilePrompt } from './prompts-file/prompt.ts'
import {
  alignKinds,
  countReasons,
  listProblems,
  MOST_WRONG,
  noteIgnored,
  readPrompt,
  refuseFile,
} from './prompts-file/prompts-file.ts'
import type { TraceFile, TraceLengths } from './trace.ts'

/** What came of reading: a trace or problems. */
export interface ParsedTrace {
  readonly file: TraceFile | null
  readonly problems: readonly SettingProblem[]
}

/** The most that one run replays; more would not fit into memory with all their blocks. */
const MOST_REQUESTS = 1_000_000
const MOST_BLOCKS = 20_000_000

/** Members that say when a request came, the first that there is counts; numbers without a unit are of `unitMs`. */
const MEMBERS = [
  { name: 'timestamp', unitMs: 1 },
  { name: 'created_time', unitMs: 1 },
  { name: 'arrival_time', unitMs: 1000 },
  { name: 'arrived_at', unitMs: 1000 },
  { name: 'delay', unitMs: 1, isGap: true },
  { name: 'delay_ms', unitMs: 1, isGap: true },
] as const

/** Their names, for messages and for the columns of tables. */
const MOMENT_NAMES: readonly string[] = MEMBERS.map(({ name }) => name)

const INPUTS = 'input_length input_tokens prompt_length contexttokens num_prefill_tokens'
  .split(' ')
  .concat('request tokens')
const OUTPUTS = [...LENGTHS, 'generatedtokens', 'response_length', 'num_decode_tokens', 'response tokens']
const BLOCKS = 'hash_ids'
const COLUMNS: ReadonlySet<string> = new Set([...MOMENT_NAMES, ...INPUTS, ...OUTPUTS])

/** The columns of a table that tell what a request of a trace is, besides those of prompts; in small letters. */
export const TRACE_COLUMNS: readonly string[] = [...COLUMNS, BLOCKS, 'parent_chat_id']

/** The tools that write traces of lengths, each known by members that only it writes; the first that fits a request counts. */
const WRITERS = [
  { name: 'Azure', isOf: (json: Json) => 'contexttokens' in json, isInSeconds: false, blockTokens: [] },
  { name: 'BurstGPT', isOf: (json: Json) => 'request tokens' in json, isInSeconds: true, blockTokens: [] },
  { name: 'Bailian', isOf: (json: Json) => 'parent_chat_id' in json, isInSeconds: true, blockTokens: [16] },
  {
    name: 'Mooncake',
    isOf: (json: Json) => BLOCKS in json || 'input_length' in json,
    isInSeconds: false,
    blockTokens: [512, 16, 32, 64, 128, 256, 1024, 2048, 4096],
  },
  { name: '', isOf: () => true, isInSeconds: false, blockTokens: [512] },
] as const

/**
 * Reads a trace: requests with the times at which they came, each a prompt in any form of a prompts file, or lengths (as Mooncake writes
 * them), in a file or what it was already cut into. `column`: the member that holds the prompt; null: the form says. Every bad line is a
 * problem that names its number.
 */
export function parseTraceFile(
  content: string | Uint8Array | Items | NoItems,
  column: string | null = null,
): ParsedTrace {
  const isColumn = (name: string): boolean =>
    COLUMNS.has(name) || isPromptColumn(name) || name === column?.toLowerCase()
  const isRequest = (json: Json): boolean => MOMENT_NAMES.some((name) => name in json)
  const known = { isPrompt: isRequest, isColumn, column, example: EXAMPLE }
  const cut = typeof content === 'string' || content instanceof Uint8Array ? cutFile(content, known) : content
  return 'refusal' in cut ? refuseFile(cut.refusal, 'trace-file') : readRequests(cut.items, cut.container, column)
}

/** What was read of the requests so far. */
interface Found {
  readonly atMs: number[]
  readonly wheres: string[]
  readonly lengths: TraceLengths[]
  readonly prompts: FilePrompt[]
}

function readRequests(items: Iterable<Item>, container: string, column: string | null): ParsedTrace {
  const wrong: string[] = []
  const leftOut = new Map<string, number>()
  const ignored = new Set<string>()
  const found: Found = { atMs: [], wheres: [], lengths: [], prompts: [] }
  const blocks = createBlockNumbers()
  let count = 0
  let reader: ReturnType<typeof chooseReader> | null = null
  for (const { where, value, fault } of items) {
    if (wrong.length >= MOST_WRONG) break
    if (++count > MOST_REQUESTS || blocks.size() > MOST_BLOCKS) return refuseFile(TOO_LARGE, 'trace-file')
    const json = asObject(value)
    if (fault !== undefined || json === null) {
      wrong.push(`${where}: ${fault ?? `must be a JSON object, for example ${EXAMPLE}`}`)
      continue
    }
    reader ??= chooseReader(json, column)
    const atMs = reader.moments.read(json)
    const read =
      typeof atMs === 'string' ? atMs : reader.form === null ? readLengths(json, blocks) : readPrompt(json, reader.form)
    if (typeof read === 'string') wrong.push(`${where}: ${read}`)
    else if ('leftOut' in read) leftOut.set(read.leftOut, (leftOut.get(read.leftOut) ?? 0) + 1)
    else {
      found.atMs.push(atMs as number)
      found.wheres.push(where)
      if ('inputTokens' in read) found.lengths.push(read)
      else found.prompts.push(read)
    }
    if (reader.form !== null)
      noteIgnored(json, { ...reader.form, uses: [...reader.form.uses, ...MOMENT_NAMES] }, ignored)
  }
  if (found.atMs.length === 0 && wrong.length === 0) wrong.push(describeNothing(count, leftOut))
  const blockTokens =
    wrong.length === 0 && blocks.size() > 0 ? chooseBlockTokens(found, reader!.writer.blockTokens, wrong) : null
  if (wrong.length > 0) return { file: null, problems: listProblems(wrong, 'trace-file') }
  const { form, writer } = reader!
  const account = {
    form: form === null ? writer.name : form.name,
    noun: form?.noun ?? 'request',
    container,
    found: count,
    leftOut: countReasons(leftOut),
    ignored: [...ignored],
  }
  // A trace begins with its first request that is sent.
  const [firstMs = 0] = found.atMs
  const atMs = found.atMs.map((ms) => ms - firstMs)
  const trace = { atMs, lengths: form === null ? found.lengths : null, blockTokens }
  return { file: { trace, prompts: form === null ? null : alignKinds(found.prompts), account }, problems: [] }
}

const EXAMPLE = '{"timestamp": 0, "input_length": 512, "output_length": 128}'
const TOO_LARGE = 'holds more requests or blocks than one run replays; give a part of it (head -n 100000)'

function describeNothing(count: number, leftOut: ReadonlyMap<string, number>): string {
  return count === 0
    ? `has no requests; put one JSON object on each line, for example ${EXAMPLE}`
    : `has no request that can be sent: all are ${[...leftOut.keys()].join(' or ')}`
}

/** The first request says how all are read: `form` is null where they are lengths. */
function chooseReader(json: Json, column: string | null) {
  const form =
    column === null ? FORMS.find(({ isOf, refusal }) => refusal === undefined && isOf(json)) : formOfColumn(column)
  const writer = WRITERS.find(({ isOf }) => isOf(json))!
  const isInSeconds = form === undefined && writer.isInSeconds
  return { form: form ?? null, writer, moments: createMomentReader(isInSeconds) }
}

function readLengths(json: Json, blocks: BlockNumbers): TraceLengths | { readonly leftOut: string } | string {
  const name = INPUTS.find((known) => !isBlank(json[known]))
  if (name === undefined)
    return `must have a prompt or "input_length" beside its time, and has ${listNames(json)}; name the member that holds the prompt with prompts-column`
  const inputTokens = readTokens(json, name)
  if (typeof inputTokens === 'string') return inputTokens
  const outputName = OUTPUTS.find((known) => !isBlank(json[known]))
  const outputTokens = outputName === undefined ? null : readTokens(json, outputName)
  if (typeof outputTokens === 'string') return outputTokens
  const numbers = isBlank(json[BLOCKS]) ? null : blocks.read(json[BLOCKS])
  if (typeof numbers === 'string') return numbers
  if (inputTokens === 0) return { leftOut: 'without input' }
  // BurstGPT has 0 for a request that failed.
  if (outputTokens === 0) return { leftOut: 'without an answer' }
  return { inputTokens, outputTokens, blocks: numbers }
}

const MOST_TOKENS = 100_000_000

function readTokens(json: Json, name: string): number | string {
  const value = json[name]
  const tokens = typeof value === 'string' && /^\d{1,9}$/.test(value.trim()) ? Number(value) : value
  return typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_TOKENS
    ? tokens
    : `"${name}" must be a whole number of tokens from 0${describeGiven(value)}`
}

/** Numbers from 0 for the names of blocks, in the order in which they come. */
function createBlockNumbers() {
  const known = new Map<string | number, number>()
  let named = 0
  return {
    /** How many names were read, repeated ones included. */
    size: () => named,
    read(value: unknown): number[] | string {
      if (!Array.isArray(value) || !value.every((id) => typeof id === 'string' || typeof id === 'number'))
        return `"${BLOCKS}" must be a list of numbers or texts${describeGiven(value)}`
      named += value.length
      return value.map((id: string | number) => {
        const number = known.get(id) ?? known.size
        known.set(id, number)
        return number
      })
    },
  }
}

type BlockNumbers = ReturnType<typeof createBlockNumbers>

/** The first block length that fits: all requests have as many blocks as their input needs. Where none fits, faults are added to `wrong`. */
function chooseBlockTokens({ lengths, wheres }: Found, sizes: readonly number[], wrong: string[]): number | null {
  const [usual = 512] = sizes
  const findMisfits = (tokens: number, most: number): number[] => {
    const misfits: number[] = []
    for (let i = 0; i < lengths.length && misfits.length < most; i++) {
      const { inputTokens, blocks } = lengths[i]!
      if (blocks !== null && blocks.length !== Math.ceil(inputTokens / tokens)) misfits.push(i)
    }
    return misfits
  }
  const fitting = sizes.find((tokens) => findMisfits(tokens, 1).length === 0)
  if (fitting !== undefined) return fitting
  for (const i of findMisfits(usual, MOST_WRONG)) {
    const { inputTokens, blocks } = lengths[i]!
    wrong.push(
      `${wheres[i]!}: has ${blocks!.length} "${BLOCKS}" for ${inputTokens} input tokens, which make ${pluralise(Math.ceil(inputTokens / usual), 'block')} of ${usual}; each request needs one for every block, the last of which may be shorter`,
    )
  }
  return null
}

/** A trace is no longer: one that is has a broken time, or one that is read in the wrong unit. */
const LONGEST_MS = 10 * 366 * 24 * 3_600_000

/** Reads when the requests of a file came, one after another; `isInSeconds`: its form counts seconds. */
function createMomentReader(isInSeconds: boolean) {
  let member: (typeof MEMBERS)[number] | undefined
  let unitMs = 1
  let first: number | null = null
  let last = 0
  const findTooLate = (ms: number, name: string, given: unknown): string | null =>
    ms <= LONGEST_MS
      ? null
      : `came more than ten years after the first request ("${name}" ${String(given).slice(0, 40)}); correct its time, or write all times in seconds since 1970`
  return {
    /** Milliseconds after the first request; or what is wrong, as half a sentence that follows where it stands. */
    read(item: Json): number | string {
      member ??= MEMBERS.find(({ name }) => !isBlank(item[name]))
      if (member === undefined) return MISSING
      const given = item[member.name]
      if (isBlank(given)) return `has no "${member.name}", which the first request has`
      const value = readMoment(given)
      if (value === null)
        return `"${member.name}" must be a number of ${nameUnit(isInSeconds ? 1000 : member.unitMs)}, or a date such as 2026-01-31T12:00:00Z${describeGiven(given)}`
      if ('isGap' in member) {
        if (value.number < 0) return `"${member.name}" must be 0 or more${describeGiven(given)}`
        // What comes first begins the trace.
        if (first !== null) last += value.number
        first ??= 0
        return findTooLate(last, member.name, given) ?? last
      }
      if (first === null) unitMs = value.isDate ? 1 : chooseUnit(value.number, isInSeconds ? 1000 : member.unitMs)
      const ms = value.number * unitMs
      first ??= ms
      if (ms - first < last)
        return `came before the request above it ("${member.name}" ${String(given).slice(0, 40)}); sort the file by its times (jq -cs 'sort_by(.${member.name})[]')`
      last = ms - first
      return findTooLate(last, member.name, given) ?? last
    },
  }
}

const MISSING = `says nowhere when it came ("timestamp", "arrival_time" or "delay"); requests without times are for prompts-file, at a rate`

function nameUnit(unitMs: number): string {
  return unitMs === 1000 ? 'seconds' : 'milliseconds'
}

/** The size of a time since 1970 shows its unit; a smaller number is in the unit of its form. */
function chooseUnit(first: number, unitMs: number): number {
  if (first >= 1e17) return 1e-6
  if (first >= 1e14) return 1e-3
  if (first >= 1e11) return 1
  return first >= 1e9 ? 1000 : unitMs
}

const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/

function readMoment(value: unknown): { readonly number: number; readonly isDate: boolean } | null {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?(e\d+)?$/.test(value.trim()) ? Number(value) : value
  if (typeof number === 'number') return Number.isFinite(number) ? { number, isDate: false } : null
  const [, day, time, fraction = '', zone = 'Z'] = DATE.exec(typeof value === 'string' ? value.trim() : '') ?? []
  const ms = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(ms) ? null : { number: ms + 1000 * Number(`0${fraction}`), isDate: true }
}
