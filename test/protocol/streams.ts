import { apiByName } from '../../src/protocol/apis.ts'
import type { ApiName, Task } from '../../src/protocol/api.ts'
import { createResponseReader, createScratch, type Reading } from '../../src/protocol/reader.ts'

const encoder = new TextEncoder()

/** UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
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

/** Reads parts of an answer; part i arrives at `at[i]`, by default at 10·(i + 1) ms. */
export function readParts(
  parts: readonly (string | Uint8Array)[],
  { api = 'openai-chat', task = 'chat', at }: { api?: ApiName; task?: Task; at?: readonly number[] } = {},
): Reading {
  const reader = createResponseReader({ api: apiByName(api), task, scratch: createScratch(4) })
  parts.forEach((part, i) => reader.push(typeof part === 'string' ? bytesOf(part) : part, at?.[i] ?? 10 * (i + 1)))
  return reader.end(10 * (parts.length + 1))
}
