/** One rule of the product, broken in one place. */
export interface Mutant {
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  /** Stands in its place: correct TypeScript that does something else. */
  readonly replace: string
  /** The rule that it breaks, as a user would put it. */
  readonly breaks: string
  /** The test that must notice. */
  readonly test: string
}

/** What a run writes on a line of its own when it has loaded the file with the broken rule. */
export const APPLIED = 'the mutant is applied'

/** How the tests of one run ended. */
export interface TestsEnded {
  /** Test files that ran. */
  readonly files: number
  /** The first test or file that failed, where that is known; null: none did. */
  readonly failed: string | null
}

/** The text of the file with the rule broken; null when it is not there exactly once. */
export function mutated(text: string, { find, replace }: Pick<Mutant, 'find' | 'replace'>): string | null {
  const parts = text.split(find)
  return parts.length === 2 ? parts.join(replace) : null
}
