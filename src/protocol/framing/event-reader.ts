/** Longest line, event or message, in characters or bytes: what a server may make us hold. */
export const MAX_EVENT_LENGTH = 1024 * 1024

/** A line, an event or a message that is longer than `MAX_EVENT_LENGTH`. */
export interface TooLong {
  /** As far as it has come, in characters or bytes. */
  readonly length: number
  /** All of it has come, so that no more has to be read to know its length. */
  readonly whole: boolean
}

/** What the bytes of a stream turn out to be. Called during `push` (or `end`) of the byte that completes it. */
export interface EventHandlers {
  /** One event that is JSON. `eventName` is its SSE `event:` field or its AWS `:event-type`, '' when absent; `data` the JSON as it came. */
  onEvent(json: unknown, eventName: string, data: string): void
  /** `[DONE]`. */
  onDone(): void
  /** One event that is neither JSON nor `[DONE]`; during `end`, one that was cut. */
  onUnreadable(data: string, eventName: string): void
  /** The framing itself says that the server failed: its words, or null. */
  onError(message: string | null): void
  /** The bytes break the rules of the framing (what, in words): nothing after them can be trusted. */
  onBroken(what: string): void
}

/** Splits a stream into its events as the bytes arrive. */
export interface EventReader {
  /** Takes the next bytes, cut anywhere. */
  push(bytes: Uint8Array): void
  /** The bytes have ended: completes an event that lacks its end mark. */
  end(): void
  /** Comment lines so far (`: keep-alive`); only server-sent events have them. */
  readonly comments: number
  /** All bytes so far are whole events: the next one begins one. */
  readonly betweenEvents: boolean
  /** The first that is too long; it is measured and not held, and everything after it is ignored. Null: none. */
  readonly tooLong: TooLong | null
}

/** What tells one framing from the others. */
export interface FramingRules {
  /** What was expected, for messages. */
  readonly wanted: string
  /** White space and a BOM may stand before its first event, as before any text. */
  readonly isText: boolean
  /** Whether a body whose first byte that says anything is this one can be such a stream. */
  canBegin(byte: number): boolean
  createReader(handlers: EventHandlers): EventReader
  /** The bytes around the JSON of an event; null where they change with it. */
  frameOf(eventName: string): { readonly before: string; readonly after: string } | null
}

/** Whether a body that begins with these bytes can be such a stream; null when none of them tells. */
export function begins({ isText, canBegin }: FramingRules, bytes: Uint8Array): boolean | null {
  const first = bytes.find((byte) => !isText || !isBlank(byte))
  return first === undefined ? null : canBegin(first)
}

/** White space and the bytes of a BOM. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf
}
