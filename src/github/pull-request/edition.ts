import { asNumber, asObject, asText } from '../../json.ts'

/** Which run wrote a comment, hidden in it: what it says of another commit, or said later, is not written over by an older run. */
export interface Edition {
  readonly runId: number
  readonly attempt: number
  /** When this attempt began, ISO 8601. */
  readonly startedAt: string
  /** The measured commit of the pull request. */
  readonly headSha: string
}

const START = '<!-- plateau-edition '
const END = ' -->'

/** As it stands in a comment. */
export function encodeEdition({ runId, attempt, startedAt, headSha }: Edition): string {
  return `${START}${JSON.stringify({ runId, attempt, startedAt, headSha })}${END}`
}

/** That of the first line of a comment; null in comments of before, and where it is not exactly ours. */
export function readEdition(body: string): Edition | null {
  const line = body.split('\n', 1)[0]!
  const start = line.indexOf(START)
  const end = line.indexOf(END, start)
  if (start === -1 || end === -1) return null
  try {
    const value = asObject(JSON.parse(line.slice(start + START.length, end)))
    const [runId, attempt] = [asNumber(value?.['runId']), asNumber(value?.['attempt'])]
    const [startedAt, headSha] = [asText(value?.['startedAt']), asText(value?.['headSha'])]
    if (runId === null || attempt === null || startedAt === null || headSha === null) return null
    return Number.isNaN(Date.parse(startedAt)) ? null : { runId, attempt, startedAt, headSha }
  } catch {
    return null
  }
}

/**
 * Whether `one` is older news than `other`. Of one commit what began later is newer, a re-run, too. Of two commits the one that
 * is the newest of the pull request now; where neither is, or that is not known, runs are numbered as commits came.
 *
 * @param currentHead the newest commit of the pull request; null when it is not known.
 */
export function isOlder(one: Edition, other: Edition, currentHead: string | null): boolean {
  if (one.runId === other.runId) return one.attempt < other.attempt
  if (one.headSha === other.headSha) return Date.parse(one.startedAt) < Date.parse(other.startedAt)
  if (one.headSha === currentHead) return false
  return other.headSha === currentHead || one.runId < other.runId
}
