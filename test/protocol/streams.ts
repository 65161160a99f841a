import * as fc from 'fast-check'
import { expect } from 'vitest'
import { findApi } from '../../src/vendors/apis.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import { Scratch } from '../../src/protocol/answer/token-times.ts'
import type { AnswerFacts } from '../../src/protocol/answer/reader.ts'
import { createResponseReader } from '../../src/protocol/answer/stream-reader.ts'

/** UTF-8. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text)
}

/** One SSE event with this data; what is not a text is written as JSON. */
export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

/** A chat chunk whose only choice has this delta; `rest` is merged into the chunk. */
export function chunk(delta: unknown, rest: Record<string, unknown> = {}, finish: string | null = null): string {
  return event({ choices: [{ index: 0, delta, finish_reason: finish }], ...rest })
}

/** `count` chunks of one token each. */
export function words(count: number): string[] {
  return Array.from({ length: count }, (_, i) => chunk({ content: ` ${i}` }))
}

export const FINISH = chunk({}, {}, 'stop')
export const DONE = event('[DONE]')

/** How an answer is read, where it is no chat of OpenAI's kind. */
export interface ReadOptions {
  readonly api?: ApiName
  readonly task?: Task
  readonly at?: readonly number[]
}

/** Reads parts of an answer; part i arrives at `at[i]`, by default at 10·(i + 1) ms. */
export function readParts(
  parts: readonly (string | Buffer)[],
  { api = 'openai-chat', task = 'chat', at }: ReadOptions = {},
): AnswerFacts {
  const reader = createResponseReader({ api: findApi(api), task, scratch: new Scratch(4) })
  parts.forEach((part, i) => reader.push(typeof part === 'string' ? bytesOf(part) : part, at?.[i] ?? 10 * (i + 1)))
  return reader.end(10 * (parts.length + 1))
}

/** Bytes in pieces of these sizes, and a last one with the rest. */
export function piecesOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    if (at < bytes.length) pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return at < bytes.length ? [...pieces, bytes.subarray(at)] : pieces
}

/** Sizes of pieces to cut bytes into. */
export const SIZES = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 })

/** Expects an answer to read the same in one piece and in any others that come at the same time. */
export function expectSameInAnyCut(body: Buffer, options: ReadOptions): void {
  const whole = readParts([body], { ...options, at: [10] })
  fc.assert(
    fc.property(SIZES, (sizes) => {
      const pieces = piecesOf(body, sizes)
      expect(readParts(pieces, { ...options, at: pieces.map(() => 10) })).toEqual(whole)
    }),
    { numRuns: 100 },
  )
}
