import type { StatedFacts, AnswerWriter, TokenPart, Said } from './wire.ts'

/** Writing answers: what several APIs have in common. */

/** The text of so many tokens: a word each, so that anybody can count them. */
export function writeTokens(count: number): string {
  return ' token'.repeat(count)
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
export const DONE = 'data: [DONE]\n\n'

/** A server-sent event with JSON in it, and a name where the API gives its events one. */
export function formatEvent(json: unknown, name?: string): string {
  const data = `data: ${JSON.stringify(json)}\n\n`
  return name === undefined ? data : `event: ${name}\n${data}`
}

/** A JSON answer of this status. */
export function answerJson(status: number, json: unknown, headers?: Said['headers']): Said {
  const said = { status, type: 'application/json', body: JSON.stringify(json) }
  return headers === undefined ? said : { ...said, headers }
}

/** Whether reasoning is sent, beside being counted. */
export function showsReasoning({ reasoningTokens, manners }: StatedFacts): boolean {
  return reasoningTokens > 0 && manners.reasoningField !== 'hidden'
}

/** The parts of a whole answer of `total` tokens: its reasoning where that shows, and its text unless it has none of it. */
export function buildParts<T>(facts: StatedFacts, total: number, build: (part: TokenPart, text: string) => T): T[] {
  const thoughts = Math.min(facts.reasoningTokens, total)
  const thinks = showsReasoning(facts) && thoughts > 0
  return [
    ...(thinks ? [build('reasoning', writeTokens(thoughts))] : []),
    ...(total > thoughts || !thinks ? [build('text', writeTokens(total - thoughts))] : []),
  ]
}

/** What differs only in a number of tokens is built once for each number: few of them ever occur. */
export function rememberByCount(build: (count: number) => string | Buffer): (count: number) => Buffer {
  const built = new Map<number, Buffer>()
  return (count) => {
    let bytes = built.get(count)
    if (bytes === undefined) {
      const made = build(count)
      bytes = typeof made === 'string' ? Buffer.from(made) : made
      built.set(count, bytes)
    }
    return bytes
  }
}

const NOTHING = Buffer.alloc(0)

/** The writer of an answer that never streams. */
export function createWholeWriter(build: () => unknown): AnswerWriter {
  const writeNothing = () => NOTHING
  return {
    streamType: EVENT_STREAM,
    opening: null,
    tokens: writeNothing,
    closing: writeNothing,
    error: writeNothing,
    whole: () => Buffer.from(JSON.stringify(build())),
  }
}

/** The vector of every embedding. */
export function buildVector(dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, i) => Math.round(1000 * Math.sin(i + 1)) / 1000)
}

/** A number as so many hexadecimal digits: ids look like those of the real server. */
export function formatHex(id: number, digits: number): string {
  return id.toString(16).padStart(digits, '0')
}

/** The name of the model in a path. */
export function decodeSegment(segment: string | undefined): string | null {
  if (segment === undefined) return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
