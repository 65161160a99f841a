/** Where a value comes from, strongest first. */
export type Source = 'flag' | 'input' | 'env' | 'file' | 'default'

/** A value as text, before it is read. */
export interface Given {
  readonly text: string
  readonly source: Source
  /** Its place, for example `plateau.yml, line 3, column 9` or `PLATEAU_API_KEY`; null for a flag. */
  readonly where: string | null
}

/** By setting name. */
export type GivenValues = ReadonlyMap<string, Given>
