import { z } from 'zod'
import { historyRowSchema } from './history-codec.ts'
import type { HistoryRow } from './history.ts'
import { decodeStrict, escapeSigns } from './json.ts'
import { limit } from './run-report-codec.ts'
import type { ReportLimit } from './run-report.ts'

/**
 * The fresh passes of a second look, and nothing else. `none`: it was not wanted, not needed or impossible, so the first look
 * decides. `unusable`: it was interrupted or spoilt, so nothing confirms what the first look suspects.
 */
export type SecondLook = HistoryRow | 'none' | 'unusable'

/** What a verdict was given about, beside the report and the recorded runs: with it anybody comes to the same verdict. */
export interface Looks {
  /** The run, or those of `runs: n`. */
  readonly candidates: readonly HistoryRow[]
  readonly secondLook: SecondLook
  /** The limits over all of these runs. */
  readonly limits: readonly ReportLimit[]
}

/** A text that is none. */
export class LooksError extends Error {
  override readonly name = 'LooksError'
}

/** The file of an artifact in which it stands. */
export const LOOKS_FILE = 'looks.json'

const LOOKS_SCHEMA = 'plateau/looks@1'
const MAXIMUM_LENGTH = 16 * 1024 * 1024
const MOST_RUNS = 100
const MOST_LIMITS = 1000

const looksSchema = z.object({
  schema: z.literal(LOOKS_SCHEMA),
  candidates: z.array(historyRowSchema).min(1).max(MOST_RUNS),
  secondLook: z.union([z.enum(['none', 'unusable']), historyRowSchema]),
  limits: z.array(limit).max(MOST_LIMITS),
})

/** As JSON text. */
export function encodeLooks({ candidates, secondLook, limits }: Looks): string {
  return escapeSigns(`${JSON.stringify({ schema: LOOKS_SCHEMA, candidates, secondLook, limits })}\n`)
}

/**
 * Reads it strictly: anybody may have written it.
 *
 * @throws LooksError
 */
export function decodeLooks(text: string): Looks {
  const { candidates, secondLook, limits } = decodeStrict(text, {
    what: 'looks',
    schema: looksSchema,
    maximumLength: MAXIMUM_LENGTH,
    error: LooksError,
  })
  return { candidates, secondLook, limits }
}
