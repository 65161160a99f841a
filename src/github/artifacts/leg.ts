import { asArray, asNumber, asObject, asText, parseJson } from '../../json.ts'
import { MOST_SHARDS } from '../../settings/values/shard.ts'

/** What an artifact says about the job that measured, beside verdict and report. */
export interface Leg {
  /** Name of its history. */
  readonly name: string
  /** The job, with its matrix values. */
  readonly job: string
  /** The workflow run; null in artifacts of older versions. */
  readonly runId: number | null
  readonly attempt: number
  /** True when the job left verdict and comment to the report job, and so ended green in any case. */
  readonly deferred: boolean
  /** How many jobs, as shards, measured it together; absent where it was one. */
  readonly shards?: number
  /** Sentences for the comment. */
  readonly settingsNote: string | null
  readonly notes: readonly string[]
}

/** Its file in the artifact. */
export const LEG_FILE = 'leg.json'

const LEG_SCHEMA = 'plateau/leg@1'
const LONGEST_TEXT = 1000
const MOST_NOTES = 20
const LONGEST_FILE = 100_000

export function encodeLeg(leg: Leg): string {
  const { name, job, ...rest } = leg
  return JSON.stringify({ schema: LEG_SCHEMA, name, leg: job, ...rest, notes: leg.notes.slice(0, MOST_NOTES) })
}

/** Null when the text is not a leg. Texts that are too long are cut. */
export function decodeLeg(json: string): Leg | null {
  if (json.length > LONGEST_FILE) return null
  const value = asObject(parseJson(json))
  const [name, job, attempt] = [asText(value?.['name']), asText(value?.['leg']), asNumber(value?.['attempt'])]
  const shards = asNumber(value?.['shards'])
  if (value?.['schema'] !== LEG_SCHEMA || name === null || job === null || attempt === null) return null
  return {
    name,
    job: cut(job),
    runId: asNumber(value['runId']),
    attempt,
    deferred: value['deferred'] === true,
    ...(shards !== null && shards >= 1 && shards <= MOST_SHARDS && { shards: Math.floor(shards) }),
    settingsNote: cutOrNull(asText(value['settingsNote'])),
    notes: (asArray(value['notes']) ?? []).slice(0, MOST_NOTES).flatMap((note) => cutOrNull(asText(note)) ?? []),
  }
}

function cut(sentence: string): string {
  return sentence.slice(0, LONGEST_TEXT)
}

function cutOrNull(sentence: string | null): string | null {
  return sentence === null ? null : cut(sentence)
}
