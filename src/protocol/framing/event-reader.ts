/** Longest line, event or message that a server can make us hold, in characters or bytes. */
export const MAX_EVENT_LENGTH = 1024 * 1024

/** A line, an event or a message that is longer than `MAX_EVENT_LENGTH`. */
export interface TooLong {
  /** What has arrived so far, in characters or bytes. */
  readonly length: number
  /** Whether all of it has arrived, so that `length` is final. */
  readonly whole: boolean
}

/** Called for what a stream holds, during the `push` (or `end`) of the byte that completes it. */
export interface EventHandlers {
  /**
   * One event that is JSON. `eventName` is its SSE `event:` field or its AWS `:event-type`, '' when absent; `data` is
   * the JSON as it arrived.
   */
  onEvent(json: unknown, eventName: string, data: string): void
  /** `[DONE]`. */
  onDone(): void
  /** One event that is neither JSON nor `[DONE]`; during `end`, a cut one. */
  onUnreadable(data: string, eventName: string): void
  /** The framing itself reports a failure of the server, with its words or null. */
  onError(message: string | null): void
  /** The bytes break the rules of the framing, as `what` explains: nothing after them can be trusted. */
  onBroken(what: string): void
}

/** Splits a stream into its events as the bytes arrive. */
export interface EventReader {
  /** Takes the next bytes, cut anywhere. `hasBegun`: events before them were read elsewhere. Default false. */
  push(bytes: Buffer, hasBegun?: boolean): void
  /** The bytes have ended: completes an event that lacks its end mark. */
  end(): void
  /** Comment lines so far (`: keep-alive`); only server-sent events have them. */
  readonly comments: number
  /** All bytes so far are whole events: the next one begins one. */
  readonly betweenEvents: boolean
  /** The first event that is too long: it is measured but not held, and everything after it is ignored. Null: none. */
  readonly tooLong: TooLong | null
}

/** The bytes around the JSON of an event. */
export interface Frame {
  readonly before: string
  readonly after: string
  /** What stands around these bytes and depends on all of them. Absent: nothing does. */
  readonly seal?: Seal
}

/** Lengths and checksums around an event, which are others in every one. */
export interface Seal {
  /** How many bytes of it stand before what it is around, and after that. */
  readonly before: number
  readonly after: number
  /** Where what it is around ends, of the event at `from`; −1 if it is broken or not complete before `to`. */
  open(bytes: Buffer, from: number, to: number): number
}

/** The rules of one framing. */
export interface FramingRules {
  /** What was expected, for messages. */
  readonly wanted: string
  /** Whether white space and a BOM may precede its first event. */
  readonly isText: boolean
  /** Whether such a stream can begin with this byte, after any white space. */
  canBegin(byte: number): boolean
  createReader(handlers: EventHandlers): EventReader
  /** What may stand around the JSON of an event, which is `data` in these bytes; nothing where it is not known. */
  framesOf(eventName: string, bytes: Buffer, data: string): readonly Frame[]
}
