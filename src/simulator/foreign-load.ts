import type { Engine, TokenEvent } from './engine/engine.ts'
import type { Tally } from './tally.ts'

/** Requests of other clients: they take slots and time in the engine and show in its metrics. */
export interface ForeignLoad {
  begin(nowMs: number): void
  /**
   * Takes an event of one of these requests, and returns whether it was one; starts the next request when one has
   * ended.
   */
  take(event: TokenEvent, nowMs: number): boolean
}

const INPUT_TOKENS = 256
/** The lengths differ; otherwise all would end and be prefilled together. */
const OUTPUT_TOKENS = [96, 112, 128, 144, 160]

/** Keeps `count` requests in the engine, with negative ids, which clients never have. */
export function createForeignLoad(count: number, engine: Engine, tally: Tally): ForeignLoad {
  let submitted = 0

  function submit(id: number, nowMs: number): void {
    const outputTokens = OUTPUT_TOKENS[submitted++ % OUTPUT_TOKENS.length]!
    tally.noteArrival(id, {
      atMs: nowMs,
      inputTokens: INPUT_TOKENS,
      cachedTokens: 0,
      generates: true,
      finishReason: 'length',
    })
    engine.submit(id, { inputTokens: INPUT_TOKENS, outputTokens, at: nowMs })
  }
  return {
    begin(nowMs) {
      for (let id = -count; id < 0; id++) submit(id, nowMs)
    },
    take({ id, last }, nowMs) {
      if (id >= 0) return false
      if (last) submit(id, nowMs)
      return true
    },
  }
}
