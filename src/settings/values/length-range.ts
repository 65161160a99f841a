import { ValueError } from '../define.ts'
import { groupDigits } from '../../text.ts'
import { parseScaled } from './simple.ts'

/** How long prompts may be, in characters. `max` is Infinity where only the least is given. */
export interface LengthRange {
  readonly min: number
  readonly max: number
}

/** Reads `100..2000`, `100..` or `..2000`. */
export function readLengthRange(text: string): LengthRange {
  const parts = text.trim().split('..')
  const [first, second] = parts.map((part) => part.trim())
  const min = first === '' ? 0 : parseScaled(first ?? '')
  const max = second === '' ? Infinity : parseScaled(second ?? '')
  const isWhole = (value: number): boolean => value === Infinity || (Number.isInteger(value) && value >= 0)
  if (
    parts.length !== 2 ||
    (first === '' && second === '') ||
    min === null ||
    max === null ||
    !isWhole(min) ||
    !isWhole(max)
  )
    throw new ValueError('must be two numbers of characters, for example 100..2000, 100.. or ..2000')
  if (min > max) throw new ValueError('must have the smaller number first')
  return { min, max }
}

/** In words, as reports say it: `100 to 2,000 characters`. */
export function renderCharacters({ min, max }: LengthRange): string {
  if (max === Infinity) return `at least ${groupDigits(min)} characters`
  return min === 0 ? `at most ${groupDigits(max)} characters` : `${groupDigits(min)} to ${groupDigits(max)} characters`
}
