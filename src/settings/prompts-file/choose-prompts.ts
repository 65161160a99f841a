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
