import { Refused, type StatedFacts, type Body } from '../../../src/simulator/wires/wire.ts'

/** What several of the APIs here have in common, and none that ships. */

/** A text that must be there. */
export function readPrompt(body: Body, field: string): string {
  const value = body[field]
  if (typeof value === 'string') return value
  throw new Refused(`${field} must be a text`)
}

/** Whether reasoning is not sent, where the API has a sign of it all the same. */
export function concealsReasoning({ reasoningTokens, manners }: StatedFacts): boolean {
  return reasoningTokens > 0 && manners.reasoningField === 'hidden'
}
