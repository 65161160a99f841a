import { z } from 'zod'
import { historyRowSchema } from './history-codec.ts'
import type { HistoryRow } from './history.ts'
import { decodeStrict, escapeSigns } from './strict-json.ts'
import { limit } from './run-report-codec.ts'
import type { ReportLimit } from './run-report.ts'
import { VERDICT_WORDS } from './verdict.ts'
import type { VerdictWord } from './verdict.ts'

/**
 * The fresh passes of a second look. `none`: it was not wanted, not needed or impossible, so the first look decides.
 * `unusable`: it was interrupted or spoilt, so nothing confirms what the first look suspects.
 */
export type SecondLook = FreshPasses | 'none' | 'unusable'

/** The passes of a second look. */
export interface FreshPasses {
  readonly row: HistoryRow
  /** The control's; null without one, and where it could not be measured again. */
  readonly control: HistoryRow | null
}

/** How a candidate was measured beside its control. */
export interface Sessions {
  /** Whether both sides were deployed anew for each of them. */
  readonly fresh: boolean
  /** At most this many are made. */
  readonly most: number
}

/** What a verdict rests on besides the report and the recorded runs: with it, anybody comes to the same verdict. */
export interface Looks {
  /** The run, or those of `runs: n`, which count as one; or one a session. */
  readonly candidates: readonly HistoryRow[]
  /** The control of each candidate, in the same order; null where it could not be measured. Absent: no control. */
  readonly controls?: readonly (HistoryRow | null)[]
  /** Why a control could not be measured: half a sentence each. Absent: nothing to say. */
  readonly controlTroubles?: readonly string[]
  /** Absent: one session, in which nothing was deployed anew. */
  readonly sessions?: Sessions
  readonly secondLook: SecondLook
  /** The limits over all of these runs. */
  readonly limits: readonly ReportLimit[]
  /** Earlier attempts at the same commit, oldest first, which count together with it. Absent: none. */
  readonly earlier?: readonly EarlierAttempt[]
}

/** An earlier attempt at the same commit: what it measured, and its verdict. */
export interface EarlierAttempt extends Pick<Looks, 'candidates' | 'controls' | 'sessions' | 'secondLook'> {
  /** Its limits over all its runs; absent: none, or not known. */
  readonly limits?: readonly ReportLimit[]
  /** From 1. */
  readonly attempt: number
  /** Id of the workflow run that it is an attempt at; absent: the same one. */
  readonly run?: number
  readonly verdict: VerdictWord
}

/** The same looks with every row changed. */
export function mapRowsOfLooks(looks: Looks, change: (row: HistoryRow) => HistoryRow): Looks {
  const { earlier, ...own } = looks
  return {
    ...mapRowsOfAttempt(own, change),
    ...(earlier !== undefined && { earlier: earlier.map((attempt) => mapRowsOfAttempt(attempt, change)) }),
  }
}

function mapRowsOfAttempt<A extends Pick<EarlierAttempt, 'candidates' | 'controls' | 'secondLook'>>(
  attempt: A,
  change: (row: HistoryRow) => HistoryRow,
): A {
  const { candidates, controls, secondLook } = attempt
  const changeControl = (row: HistoryRow | null): HistoryRow | null => (row === null ? null : change(row))
  return {
    ...attempt,
    candidates: candidates.map(change),
    ...(controls !== undefined && { controls: controls.map(changeControl) }),
    secondLook:
      typeof secondLook === 'string'
        ? secondLook
        : { row: change(secondLook.row), control: changeControl(secondLook.control) },
  }
}

/** A text that does not hold looks. */
export class LooksError extends Error {
  override readonly name = 'LooksError'
}

/** The artifact's file that holds it. */
export const LOOKS_FILE = 'looks.json'

const LOOKS_SCHEMA = 'plateau/looks@1'
const MAXIMUM_LENGTH = 16 * 1024 * 1024
const MOST_RUNS = 100
const MOST_LIMITS = 1000
/** Further attempts would add nothing. */
export const MOST_ATTEMPTS = 10

const half = z.string().max(10_000)

/** What is measured in one attempt. */
const measured = {
  candidates: z.array(historyRowSchema).min(1).max(MOST_RUNS),
  controls: z.array(historyRowSchema.nullable()).max(MOST_RUNS).exactOptional(),
  sessions: z.object({ fresh: z.boolean(), most: z.int().min(1).max(MOST_RUNS) }).exactOptional(),
  secondLook: z.union([z.enum(['none', 'unusable']), historyRowSchema]),
  // Beside the passes, not in them, so that versions without controls can still read the rest.
  secondControl: historyRowSchema.exactOptional(),
}

const earlierSchema = z.object({
  attempt: z.int().min(1).max(1e6),
  run: z.int().min(0).exactOptional(),
  verdict: z.enum(VERDICT_WORDS),
  ...measured,
  limits: z.array(limit).max(MOST_LIMITS).exactOptional(),
})

const looksSchema = z.object({
  schema: z.literal(LOOKS_SCHEMA),
  ...measured,
  controlTroubles: z.array(half).max(MOST_RUNS).exactOptional(),
  limits: z.array(limit).max(MOST_LIMITS),
  earlier: z.array(earlierSchema).max(MOST_ATTEMPTS).exactOptional(),
})

export function encodeLooks({ earlier, ...own }: Looks): string {
  const looks = { schema: LOOKS_SCHEMA, ...nameParts(own), earlier: earlier?.map(nameParts) }
  return escapeSigns(`${JSON.stringify(looks)}\n`)
}

function nameParts<A extends Pick<EarlierAttempt, 'secondLook'>>({ secondLook, ...rest }: A) {
  if (typeof secondLook === 'string') return { ...rest, secondLook }
  const { row, control } = secondLook
  return { ...rest, secondLook: row, ...(control !== null && { secondControl: control }) }
}

/** How it is read. */
const FORMAT = { what: 'looks', maximumLength: MAXIMUM_LENGTH, error: LooksError }

/**
 * Reads it strictly: anybody may have written it.
 *
 * @throws LooksError
 */
export function decodeLooks(text: string): Looks {
  const { schema: _, earlier, ...own } = decodeStrict(text, { ...FORMAT, schema: looksSchema })
  return { ...joinControl(own), ...(earlier !== undefined && { earlier: earlier.map(joinControl) }) }
}

/**
 * Reads one earlier attempt as strictly.
 *
 * @throws LooksError
 */
export function decodeAttempt(text: string): EarlierAttempt {
  return joinControl(decodeStrict(text, { ...FORMAT, schema: earlierSchema }))
}

/** @throws LooksError */
function joinControl<A extends z.infer<z.ZodObject<typeof measured>>>({ secondLook, secondControl, ...rest }: A) {
  if (rest.controls !== undefined && rest.controls.length !== rest.candidates.length)
    throw new LooksError('looks: controls: one for each of the candidates, or none at all')
  const passes: SecondLook =
    typeof secondLook === 'string' ? secondLook : { row: secondLook, control: secondControl ?? null }
  return { ...rest, secondLook: passes }
}
