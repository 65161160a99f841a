import { dropUnseen } from '../../text.ts'
import { ValueError } from '../define.ts'

/** A scenario of the config file and its share of the requests of a level. */
export interface MixShare {
  readonly scenario: string
  /** Whole percent, at least 1. */
  readonly percent: number
}

/** The most scenarios of a mix: each has a row in every table of a level. */
const MOST_PARTS = 20

/** Reads `chat 70%, rag 20%, summary 10%`. */
export function readMix(text: string): readonly MixShare[] {
  const parts = text.split(/[,\n]/).map((part) => part.trim())
  const shares = parts.filter((part) => part !== '').map(readShareOf)
  if (shares.length < 2) throw new ValueError(`must have at least two scenarios with their shares, ${EXAMPLE}`)
  if (shares.length > MOST_PARTS)
    throw new ValueError(`must have at most ${MOST_PARTS} scenarios, and has ${shares.length}`)
  const seen = shares.map(({ scenario }) => dropUnseen(scenario))
  const second = seen.findIndex((name, i) => seen.indexOf(name) < i)
  if (second !== -1) {
    const name = seen[second]!
    throw new ValueError(
      shares[second]!.scenario === shares[seen.indexOf(name)]!.scenario
        ? `has ${name} twice; give it one share`
        : `has two scenarios that read ${name}, and differ only in what does not show; rename one of them`,
    )
  }
  const sum = shares.reduce((total, { percent }) => total + percent, 0)
  if (sum !== 100) throw new ValueError(`adds up to ${sum}%; the shares must add up to 100%, ${EXAMPLE}`)
  return shares
}

const EXAMPLE = 'for example chat 70%, rag 20%, summary 10%'

function readShareOf(part: string): MixShare {
  const [, scenario, percent] = /^(.*\S)\s+(\d{1,3})\s*%$/.exec(part) ?? []
  if (scenario === undefined || Number(percent) === 0)
    throw new ValueError(`must name scenarios of the config file, each with a share in whole percent, ${EXAMPLE}`)
  return { scenario, percent: Number(percent) }
}

/** The scenarios that a text names, whether or not it is a mix. */
export function listMixed(text: string): readonly string[] {
  return text.split(/[,\n]/).map((part) => {
    const share = part.trim()
    return share.endsWith('%')
      ? share
          .slice(0, -1)
          .trimEnd()
          .replace(/\d{1,3}$/, '')
          .trimEnd()
      : share
  })
}
