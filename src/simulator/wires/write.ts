import { decodePercent } from '../../text.ts'
import type { StatedFacts, AnswerWriter, TokenKind, Said } from './wire.ts'

/** Common functions that write answers. */

/** A text of this many tokens, one word each, which is easy to count. */
export function writeTokens(count: number): string {
  return ' token'.repeat(count)
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
export const DONE = 'data: [DONE]\n\n'

/** A server-sent event with JSON, and with a name if the API has names. */
export function formatEvent(json: unknown, name?: string): string {
  const data = `data: ${JSON.stringify(json)}\n\n`
  return name === undefined ? data : `event: ${name}\n${data}`
}

/** A JSON answer with this status. */
export function answerJson(status: number, json: unknown, headers?: Said['headers']): Said {
  const said = { status, type: 'application/json', body: JSON.stringify(json) }
  return headers === undefined ? said : { ...said, headers }
}

/** Whether reasoning is sent, not only counted. */
export function showsReasoning({ reasoningTokens, manners }: StatedFacts): boolean {
  return reasoningTokens > 0 && manners.reasoningField !== 'hidden'
}

/** The parts of a whole answer of `total` tokens: its reasoning if that is sent, and its text if there is any. */
export function buildParts<T>(facts: StatedFacts, total: number, build: (part: TokenKind, text: string) => T): T[] {
  const thoughts = Math.min(facts.reasoningTokens, total)
  const thinks = showsReasoning(facts) && thoughts > 0
  return [
    ...(thinks ? [build('reasoning', writeTokens(thoughts))] : []),
    ...(total > thoughts || !thinks ? [build('text', writeTokens(total - thoughts))] : []),
  ]
}

/** Caches by count what depends only on a number of tokens; few numbers occur. */
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

/** A number with this many hexadecimal digits, so that ids look like those of the real server. */
export function formatHex(id: number, digits: number): string {
  return id.toString(16).padStart(digits, '0')
}

/** The decoded name of the model in a path. */
export function decodeSegment(segment: string | undefined): string | null {
  return segment === undefined ? null : decodePercent(segment)
}
