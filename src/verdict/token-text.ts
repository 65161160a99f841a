import type { HistoryRow } from '../report/history.ts'
import { mean } from '../stats/mean.ts'

/** A smaller shift is no news: it changes no figure beyond what is tolerated. */
const LEAST_SHIFT = Math.log(1.05)
/** How many standard errors the shift must exceed. */
const STANDARD_ERRORS = 4
/** Spread of the text of a token between the passes of a level, on the log scale, as far as a run does not tell; and the weight of it. */
const USUAL_SPREAD = 0.04
const USUAL_DEGREES = 3

/**
 * Why the tokens of two runs are not the same thing, in half a sentence; null where they are, or where a run does not say. A server
 * that claims more tokens than it sends puts less text into each: that, and not a faster model, would then be its better TPOT.
 * More tokens an event with as much text in each are another matter: a server that guesses ahead is faster.
 */
export function explainTokenText(before: HistoryRow, now: HistoryRow): string | null {
  const [old, current] = [textOf(before), textOf(now)]
  if (old === null || current === null) return null
  const noise = STANDARD_ERRORS * Math.hypot(old.error, current.error)
  if (Math.abs(current.text - old.text) <= Math.max(LEAST_SHIFT, noise)) return null
  const change = (of: 'text' | 'events') => `${show(old[of])} → ${show(current[of])}`
  return `tokens are counted differently (characters a token ${change('text')}, tokens an event ${change('events')})`
}

/** What a token of a run is, on the log scale: its text with the standard error of it, and how many of them make an event. */
interface TokenText {
  readonly text: number
  readonly error: number
  readonly events: number
}

/** Rows never change, and every metric that counts tokens asks for all of them. */
const known = new WeakMap<HistoryRow, TokenText | null>()

function textOf(row: HistoryRow): TokenText | null {
  let text = known.get(row)
  if (text === undefined) known.set(row, (text = measureTokenText(row)))
  return text
}

function measureTokenText({ levels }: HistoryRow): TokenText | null {
  const passes = levels.flatMap((level) => (level.valid ? level.passes : []))
  const texts = passes.flatMap(({ tokenText }) => (tokenText === undefined ? [] : [tokenText]))
  if (texts.length === 0) return null
  const values = texts.map(({ charactersPerToken }) => Math.log(charactersPerToken))
  const text = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - text) ** 2, 0)
  const variance = (USUAL_DEGREES * USUAL_SPREAD ** 2 + squares) / (USUAL_DEGREES + values.length - 1)
  const events = mean(texts.map(({ tokensPerEvent }) => Math.log(tokensPerEvent)))
  return { text, error: Math.sqrt(variance / values.length), events }
}

function show(log: number): string {
  return String(Number(Math.exp(log).toPrecision(2)))
}
