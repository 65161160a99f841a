import type { Records, RequestRecord } from '../metrics/record.ts'

/** Records of one level, packed: a long run keeps hundreds of thousands, and objects would take five times the memory. */
export interface RecordStore extends Records {
  add(record: RequestRecord): void
}

/** Values of one record: numbers, flags as 0 and 1, and texts of which a level has few different ones, by number. */
const FIELDS = 33
const ROWS = 1024

/** An empty store. Memory grows by blocks, so that nothing is ever copied. */
export function createRecordStore(): RecordStore {
  const blocks: Float64Array[] = []
  const requestIds: string[] = []
  const words: (string | null)[] = []
  const numbers = new Map<string | null, number>()

  function numberOf(word: string | null): number {
    let number = numbers.get(word)
    if (number === undefined) {
      number = words.push(word) - 1
      numbers.set(word, number)
    }
    return number
  }

  function read(row: number): RequestRecord {
    const block = blocks[Math.floor(row / ROWS)]!
    let at = (row % ROWS) * FIELDS
    const number = (): number => block[at++]!
    const maybe = (): number | null => {
      const value = block[at++]!
      return Number.isNaN(value) ? null : value
    }
    const word = (): string | null => words[block[at++]!] ?? null
    // A literal, read in the order in which `add` writes: objects that are built up by name are slow and large.
    return {
      requestId: requestIds[row]!,
      level: number(),
      pass: number(),
      worker: number(),
      phase: word() as RequestRecord['phase'],
      startMs: number(),
      connectMs: maybe(),
      queueMs: number(),
      ttfbMs: maybe(),
      firstEventMs: maybe(),
      ttftMs: maybe(),
      ttfoMs: maybe(),
      lastTokenMs: maybe(),
      endMs: number(),
      tpotMs: maybe(),
      requestedTokens: number(),
      inputTokens: maybe(),
      outputTokens: number(),
      cachedTokens: maybe(),
      reasoningTokens: maybe(),
      tokenSource: word() as RequestRecord['tokenSource'],
      tokenEvents: number(),
      reads: number(),
      windowTokens: number(),
      buffered: number() === 1,
      reconnected: number() === 1,
      finishReason: word(),
      servedModel: word(),
      outcome: word() as RequestRecord['outcome'],
      failure: word() as RequestRecord['failure'],
      retryAfterMs: maybe(),
      serverTtftMs: maybe(),
      serverTpotMs: maybe(),
      serverLoadMs: maybe(),
    }
  }

  return {
    get length() {
      return requestIds.length
    },
    add(record) {
      const row = requestIds.push(record.requestId) - 1
      if (row % ROWS === 0) blocks.push(new Float64Array(ROWS * FIELDS))
      const block = blocks.at(-1)!
      let at = (row % ROWS) * FIELDS
      const put = (value: number | null): void => void (block[at++] = value ?? NaN)
      const putWord = (word: string | null): void => put(numberOf(word))
      put(record.level)
      put(record.pass)
      put(record.worker)
      putWord(record.phase)
      put(record.startMs)
      put(record.connectMs)
      put(record.queueMs)
      put(record.ttfbMs)
      put(record.firstEventMs)
      put(record.ttftMs)
      put(record.ttfoMs)
      put(record.lastTokenMs)
      put(record.endMs)
      put(record.tpotMs)
      put(record.requestedTokens)
      put(record.inputTokens)
      put(record.outputTokens)
      put(record.cachedTokens)
      put(record.reasoningTokens)
      putWord(record.tokenSource)
      put(record.tokenEvents)
      put(record.reads)
      put(record.windowTokens)
      put(record.buffered ? 1 : 0)
      put(record.reconnected ? 1 : 0)
      putWord(record.finishReason)
      putWord(record.servedModel)
      putWord(record.outcome)
      putWord(record.failure)
      put(record.retryAfterMs)
      put(record.serverTtftMs)
      put(record.serverTpotMs)
      put(record.serverLoadMs)
    },
    *[Symbol.iterator]() {
      for (let row = 0; row < requestIds.length; row++) yield read(row)
    },
  }
}
