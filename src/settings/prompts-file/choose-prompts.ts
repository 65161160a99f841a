import type { SettingProblem } from '../../errors.ts'
import { seedRandom, shuffle } from '../../random.ts'
import { groupDigits, pluralise } from '../../text.ts'
import { renderCharacters } from '../values/length-range.ts'
import type { LengthRange } from '../values/length-range.ts'
import { measurePrompt } from './prompt.ts'
import type { FilePrompt } from './prompt.ts'
import type { PromptsAccount, PromptsFile } from './prompts-file.ts'

/** What is sent of a prompts file, for the report. */
export interface SentPrompts extends PromptsAccount {
  /** So many prompts are sent. */
  readonly sent: number
  /** The characters that each has, as text; null where any number will do. */
  readonly length: string | null
  /** What drew them; null where all are sent. */
  readonly seed: string | null
}

/** The prompts that are as long as they are to be; what is not is counted in the account. */
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
 * So many prompts, one drawn from each of as many parts of equal size in the order of length: a small sample then has long and short
 * ones as the whole has them. The seed draws the same from the same prompts, in the same order. Null: all, as they stand.
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
