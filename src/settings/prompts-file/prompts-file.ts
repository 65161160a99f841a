import { asObject } from '../../json.ts'
import type { Json } from '../../json.ts'
import type { SettingProblem } from '../../errors.ts'
import { pluralise, groupDigits } from '../../text.ts'
import { isBlank, readLength } from './content.ts'
import { FORMS, formOfColumn, isPrompt, isPromptColumn, LABELS, OWN_FORM, TEXTS } from './forms.ts'
import type { Form } from './forms.ts'
import { cutFile } from './items.ts'
import type { Items, NoItems } from './items.ts'
import { toMessages, measurePrompt } from './prompt.ts'
import type { FilePrompt } from './prompt.ts'
import { seedRandom, shuffle } from '../../random.ts'
import { renderCharacters } from '../values/distributions.ts'
import type { LengthRange } from '../values/distributions.ts'

/** What kind of file the prompts come from, and what became of everything in it: for the report. */
export interface PromptsAccount {
  /** For example `ShareGPT`; '' where a form has no name. */
  readonly form: string
  /** What one prompt of it is called, in the singular; the plural adds an s. */
  readonly noun: string
  /** How they are written, the outermost last: `JSON lines, gzip`. */
  readonly container: string
  /** Items that were read. */
  readonly found: number
  /** How many of them are not sent, by the reason. */
  readonly leftOut: readonly { readonly why: string; readonly count: number }[]
  /** Members of other tools that change nothing in what is sent. */
  readonly ignored: readonly string[]
}

/** The prompts of a file, all of one kind, and what the report says of them; null where there is a problem. */
export interface PromptsFile {
  readonly prompts: readonly FilePrompt[]
  readonly account: PromptsAccount
}

/** What came of reading: prompts or problems. */
export interface ParsedPrompts {
  readonly file: PromptsFile | null
  readonly problems: readonly SettingProblem[]
}

const EXAMPLE = '{"prompt": "Why is the sky blue?"}'
/** At most this many bad lines are listed; the others are only counted. */
const MOST_PROBLEMS = 5
/** Reading ends after this many bad lines. */
export const MOST_WRONG = 1000
/** The most names of ignored members that are listed. */
const MOST_IGNORED = 20

/**
 * Reads a file in any known form, or what it was already cut into. Every bad line is a problem that names its number. `column`: the member
 * that holds the prompt; null: the form says.
 */
export function parsePromptsFile(
  content: string | Uint8Array | Items | NoItems,
  column: string | null = null,
): ParsedPrompts {
  const isColumn = (name: string): boolean => isPromptColumn(name) || name === column?.toLowerCase()
  const known = { isPrompt: (json: Json) => isPrompt(json, column), isColumn, column, example: EXAMPLE }
  const cut = typeof content === 'string' || content instanceof Uint8Array ? cutFile(content, known) : content
  return 'refusal' in cut ? refuseFile(cut.refusal) : readItems(cut, column)
}

function readItems({ items, container }: Items, column: string | null): ParsedPrompts {
  const wrong: string[] = []
  const prompts: FilePrompt[] = []
  const leftOut = new Map<string, number>()
  const ignored = new Set<string>()
  let found = 0
  let form: Form | null = column === null ? null : formOfColumn(column)
  for (const { where, value, fault } of items) {
    if (wrong.length >= MOST_WRONG) break
    found++
    if (fault !== undefined) {
      wrong.push(`${where}: ${fault}`)
      continue
    }
    const json = typeof value === 'string' ? { text: value } : asObject(value)
    if (json === null) {
      wrong.push(`${where}: must be a JSON object, for example ${EXAMPLE}`)
      continue
    }
    form ??= typeof value === 'string' ? TEXTS : tellForm(json)
    if (form.refusal !== undefined) return refuseFile(form.refusal)
    const read = readPrompt(json, form)
    if (typeof read === 'string') wrong.push(`${where}: ${nameForm(form)}${read}`)
    else if ('leftOut' in read) leftOut.set(read.leftOut, (leftOut.get(read.leftOut) ?? 0) + 1)
    else {
      const [first] = prompts
      if (isOwn(form) && first !== undefined && first.kind !== read.kind)
        wrong.push(`${where}: has "${read.kind}" after lines with "${first.kind}"; use one kind in a file`)
      else prompts.push(read)
    }
    noteIgnored(json, form, ignored)
  }
  const reasons = countReasons(leftOut)
  if (prompts.length === 0 && wrong.length === 0) wrong.push(describeNothing(found, reasons))
  if (wrong.length > 0) return { file: null, problems: listProblems(wrong) }
  const aligned = alignKinds(prompts)
  const other = aligned.find(({ kind }) => kind !== aligned[0]!.kind)
  if (other !== undefined) return refuseFile(`has "${other.kind}" beside "${aligned[0]!.kind}"; use one kind in a file`)
  const { name, noun } = form ?? OWN_FORM
  const account = { form: name, noun, container, found, leftOut: reasons, ignored: [...ignored] }
  return { file: { prompts: aligned, account }, problems: [] }
}

function describeNothing(found: number, reasons: PromptsAccount['leftOut']): string {
  if (found === 0) return `has no prompts; put one JSON object on each line, for example ${EXAMPLE}`
  return `has no prompt that can be sent: ${reasons.map(({ why, count }) => `${pluralise(count, 'is', 'are')} ${why}`).join(', ')}`
}

/** The first form that an item has; where it has none, Plateau's own, whose messages then say what is missing. */
function tellForm(json: Json): Form {
  return FORMS.find(({ isOf }) => isOf(json)) ?? OWN_FORM
}

/** The name of the form before what is wrong, where the user did not choose that form. */
function nameForm({ name }: Form): string {
  return name === '' || name === 'chat' ? '' : `read as ${name}, `
}

function isOwn({ read }: Form): boolean {
  return read === OWN_FORM.read
}

/** Reads one prompt of a form; what is wrong is half a sentence that follows where it stands. */
export function readPrompt(item: Json, form: Form): FilePrompt | { readonly leftOut: string } | string {
  const json = form.open === undefined ? item : form.open(item)
  if (json === null) return 'has no object where the form has the request'
  const media = form.isChosen === true ? undefined : MEDIA.find((name) => !isBlank(json[name]))
  if (media !== undefined)
    return `has "${media}", which is not sent; name what is to be sent alone with prompts-column, or use messages with parts`
  const content = form.read(json)
  if (typeof content === 'string' || 'leftOut' in content) return content
  const maxTokens = readLength(json)
  return typeof maxTokens === 'string' ? maxTokens : { ...content, maxTokens }
}

/** Members that belong to the question and that only messages can carry. */
const MEDIA = ['image', 'images', 'image_url', 'image_files', 'audio', 'audios', 'video', 'videos']

/** Adds the members of an item that change nothing in what is sent. */
export function noteIgnored(item: Json, form: Form, ignored: Set<string>): void {
  const json = form.open === undefined ? item : (form.open(item) ?? {})
  for (const [name, value] of Object.entries(json)) {
    if (isBlank(value) || form.uses.includes(name) || LABELS.has(name)) continue
    if (ignored.size >= MOST_IGNORED) return
    ignored.add(name.slice(0, 40))
  }
}

/** Where some prompts of a file are conversations, all become conversations: the requests of a run are of one kind. */
export function alignKinds(prompts: readonly FilePrompt[]): readonly FilePrompt[] {
  const isMixed = prompts.some(({ kind }) => kind !== prompts[0]!.kind)
  return isMixed ? prompts.map(toMessages) : prompts
}

/** Why items are not sent, as reports have it. */
export function countReasons(leftOut: ReadonlyMap<string, number>): PromptsAccount['leftOut'] {
  return [...leftOut].map(([why, count]) => ({ why, count }))
}

/** What came of a file of which nothing can be read. */
export function refuseFile(
  refusal: string,
  setting?: string,
): { readonly file: null; readonly problems: SettingProblem[] } {
  return { file: null, problems: listProblems([refusal], setting) }
}

/** What is wrong with a file: the first few, and how many more. */
export function listProblems(wrong: readonly string[], setting = 'prompts-file'): SettingProblem[] {
  const shown = wrong.slice(0, MOST_PROBLEMS)
  if (wrong.length > shown.length)
    shown.push(
      `${wrong.length >= MOST_WRONG ? 'at least ' : ''}${pluralise(wrong.length - shown.length, 'more line is', 'more lines are')} wrong`,
    )
  return shown.map((message) => ({ setting, given: null, message }))
}

/** What is sent of a prompts file, for the report. */
export interface SentPrompts extends PromptsAccount {
  /** How many prompts are sent. */
  readonly sent: number
  /** The range of characters that each prompt has, as text; null: any number. */
  readonly length: string | null
  /** The seed that drew them; null where all are sent. */
  readonly seed: string | null
}

/** The prompts whose length is in the range; the account counts the others among what is left out. */
export function filterPrompts(file: PromptsFile, range: LengthRange): PromptsFile {
  const prompts = file.prompts.filter((prompt) => {
    const length = measurePrompt(prompt)
    return length >= range.min && length <= range.max
  })
  const count = file.prompts.length - prompts.length
  if (count === 0) return file
  const leftOut = [...file.account.leftOut, { why: `not ${renderCharacters(range)} long`, count }]
  return { prompts, account: { ...file.account, leftOut } }
}

/** Why so many prompts cannot be chosen from a file; null where they can. */
export function findChoiceProblem(
  all: PromptsFile,
  kept: PromptsFile,
  { range, sample }: { readonly range: LengthRange | null; readonly sample: number | null },
): SettingProblem | null {
  if (kept.prompts.length === 0) {
    const lengths = all.prompts.map(measurePrompt)
    const [shortest, longest] = [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))]
    const message = `leaves none of ${pluralise(lengths.length, 'prompt')}, which have ${groupDigits(shortest)} to ${groupDigits(longest)} characters; give a range inside that, or remove it to send all`
    return { setting: 'prompts-length', given: range === null ? null : renderCharacters(range), message }
  }
  if (sample === null || sample <= kept.prompts.length) return null
  const where = range === null ? 'in the file' : `of ${renderCharacters(range)} in the file`
  const message = `is more than the ${pluralise(kept.prompts.length, 'prompt')} ${where}; lower it, or remove it to send all`
  return { setting: 'prompts-sample', given: String(sample), message }
}

/**
 * A sample of this many prompts: ordered by length they are cut into as many parts of equal size, and one is drawn from each, so that a
 * small sample has long and short ones in the same proportion as all of them. A seed draws the same prompts in the same order. Null: all
 * prompts, as they stand.
 */
export function samplePrompts(
  prompts: readonly FilePrompt[],
  sample: number | null,
  seed: string,
): readonly FilePrompt[] {
  if (sample === null) return prompts
  const random = seedRandom(`${seed}/prompts`)
  const lengths = prompts.map(measurePrompt)
  const byLength = prompts.map((_, index) => index).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  const partOf = (part: number): number => Math.floor((part * prompts.length) / sample)
  const drawn = Array.from({ length: sample }, (_, part) => {
    const from = partOf(part)
    return prompts[byLength[from + Math.floor(random() * (partOf(part + 1) - from))]!]!
  })
  return shuffle(drawn, random)
}
