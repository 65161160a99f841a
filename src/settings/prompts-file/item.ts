import type { Json } from '../../json.ts'

/** One item of a prompts file that may hold a prompt: a line, an entry of a list, a row of a table. */
export interface Item {
  /** Where it stands, as messages name it: `line 3`. */
  readonly where: string
  readonly value: unknown
  /** Why its value cannot be known, as half a sentence that follows where it stands; absent where it can. */
  readonly fault?: string
}

/** The items of a file, and how they are stored in it. */
export interface Items {
  /** As reports name it: `JSON lines`. */
  readonly container: string
  readonly items: Iterable<Item>
}

/** A file of a known kind that holds no items, and why: half a sentence that follows its name. */
export interface NoItems {
  readonly refusal: string
}

/** What the readers of items must know about the forms of prompts. */
export interface KnownForms {
  /** Whether it is a prompt of a form that is known. */
  readonly isPrompt: (value: Json) => boolean
  /** Whether a column of this name, in lower case, holds prompts or shows the form. */
  readonly isColumn: (name: string) => boolean
  /** The column that the user names; null: none. */
  readonly column: string | null
  /** What an item may look like, as JSON, for messages. */
  readonly example: string
}
