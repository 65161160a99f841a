import type { FailureClass } from './failure-classes.ts'

/** `warmup`: before the window. `counted`: started inside it. `tail`: started after it, to keep the load on. */
export type Phase = 'warmup' | 'counted' | 'tail'

/** Where `outputTokens` comes from. TPOT and throughput are not compared between different sources. */
export type TokenSource = 'usage' | 'usage+reasoning' | 'server-final' | 'chunks'

/** The type of a fact of each kind, which also decides how it is packed and written. */
export interface FactValues {
  /** Milliseconds. */
  readonly time: number
  readonly count: number
  readonly flag: boolean
  /** A text that differs in every request. */
  readonly id: string
  /** This and the rest: texts of which a level has only a few. */
  readonly name: string
  readonly phase: Phase
  readonly source: TokenSource
  readonly outcome: 'ok' | 'failed'
  readonly failure: FailureClass
}

/** One fact of a request. */
interface RequestFact {
  readonly kind: keyof FactValues
  /**
   * Who states it: the reader of the answer, the transport, or the level that sent the request. `record`: it is
   * derived from other facts when the record is made.
   */
  readonly from: 'answer' | 'transport' | 'level' | 'record'
  /** It may be null: not every request has it. */
  readonly orNull?: true
  /** The name under which it is stated as a time on the transport's clock; the record holds the time since t0. */
  readonly stamp?: string
}

/**
 * The one list of the raw facts of a request. The reader's `AnswerFacts`, the transport's `Exchange`, the record, its
 * packed form and the records file are derived from it: a new fact is a row here, and whoever states it.
 *
 * Times are milliseconds after that request's t0, the moment it was written to an open, idle connection. The names
 * and their order are those of the records file, so they are public: renaming one breaks its readers.
 */
export const REQUEST_FACTS = {
  /** What the level is known by: its concurrency, or its requests a second. */
  level: { kind: 'count', from: 'level' },
  /** 1-based. */
  pass: { kind: 'count', from: 'level' },
  worker: { kind: 'count', from: 'level' },
  phase: { kind: 'phase', from: 'level' },
  /** t0, in milliseconds after the start of the sweep. */
  startMs: { kind: 'time', from: 'record' },
  /** DNS + TCP + TLS when this request opened its connection, else null. Never part of another time. */
  connectMs: { kind: 'time', orNull: true, from: 'transport' },
  /** Final status line and headers. */
  ttfbMs: { kind: 'time', orNull: true, from: 'transport', stamp: 'headersAt' },
  /** First parsed event of any kind. */
  firstEventMs: { kind: 'time', orNull: true, from: 'answer', stamp: 'firstEventAt' },
  /** First event that carries generated output: text, reasoning, or a tool call's name or arguments. */
  ttftMs: { kind: 'time', orNull: true, from: 'answer', stamp: 'firstTokenAt' },
  /** First event with answer text. */
  ttfoMs: { kind: 'time', orNull: true, from: 'answer', stamp: 'firstTextAt' },
  /** Last event that carries generated output: the latency. For an answer that does not stream: its last byte. */
  lastTokenMs: { kind: 'time', orNull: true, from: 'answer', stamp: 'lastTokenAt' },
  /** Terminal event or close. */
  endMs: { kind: 'time', from: 'transport', stamp: 'endAt' },
  inputTokens: { kind: 'count', orNull: true, from: 'answer' },
  outputTokens: { kind: 'count', from: 'answer' },
  cachedTokens: { kind: 'count', orNull: true, from: 'answer' },
  reasoningTokens: { kind: 'count', orNull: true, from: 'answer' },
  tokenSource: { kind: 'source', from: 'answer' },
  /** Events that carried generated output. */
  tokenEvents: { kind: 'count', from: 'answer' },
  /** Socket reads that brought bytes: distinct stamps. */
  reads: { kind: 'count', from: 'answer' },
  /** Output tokens that arrived inside the level's window, by the time of their events. */
  windowTokens: { kind: 'count', from: 'level' },
  /** The first attempt met a dead idle connection; this is its only retry. */
  reconnected: { kind: 'flag', from: 'transport' },
  finishReason: { kind: 'name', orNull: true, from: 'answer' },
  servedModel: { kind: 'name', orNull: true, from: 'answer' },
  outcome: { kind: 'outcome', from: 'record' },
  /** Why it failed: the transport's reason where it has one, because it knows more, else the reader's. */
  failure: { kind: 'failure', orNull: true, from: 'answer' },
  /** Sent as `x-request-id`, so that a slow request can be found in the server's log; null where `headers` or `auth` took its place. */
  requestId: { kind: 'id', orNull: true, from: 'transport' },
  /** What the server calls it, by a header of its answer; null where it states nothing but ours. */
  serverRequestId: { kind: 'id', orNull: true, from: 'transport' },
  /** (last token − first token) / (tokens after the first event); null where it is not measurable, and for a failed answer. */
  tpotMs: { kind: 'time', orNull: true, from: 'answer' },
  /** From when it was ready to be sent to t0, without connecting: the client's own delay. */
  queueMs: { kind: 'time', from: 'record' },
  /** Output tokens asked for. */
  requestedTokens: { kind: 'count', from: 'level' },
  /** The tokens came (nearly) all at once: TTFT and TPOT say nothing about the model. */
  buffered: { kind: 'flag', from: 'answer' },
  /**
   * Something on the way held the tokens back, by `time` or by `size`, so that they came in bursts: TTFT and TPOT are
   * not the model's.
   */
  heldBack: { kind: 'name', orNull: true, from: 'transport' },
  /** `Retry-After` of a refused request. */
  retryAfterMs: { kind: 'time', orNull: true, from: 'transport' },
  /** TTFT as the server states it: a cross-check, never one of our figures. */
  serverTtftMs: { kind: 'time', orNull: true, from: 'answer' },
  serverTpotMs: { kind: 'time', orNull: true, from: 'answer' },
  /** Time to load the model for this request. */
  serverLoadMs: { kind: 'time', orNull: true, from: 'answer' },
  /** Events whose only text is in a member that we do not read; and the name of the first such member. */
  unreadEvents: { kind: 'count', from: 'answer' },
  unreadMember: { kind: 'name', orNull: true, from: 'answer' },
  /** Characters of its token events; 0 for an answer that did not stream. */
  characters: { kind: 'count', from: 'answer' },
  /** The server's count of output tokens where it cannot be true, and why; null where it was believed. */
  statedTokens: { kind: 'count', orNull: true, from: 'answer' },
  countDoubt: { kind: 'name', orNull: true, from: 'answer' },
  /** The reasoning is part of the text, between tags: when the answer itself began is unknown. */
  tagsReasoning: { kind: 'flag', from: 'answer' },
  /** How long this machine had stood still when it read the first token: TTFT is too long by at most that. */
  stallMs: { kind: 'time', from: 'level' },
  /**
   * The same for the end of the answer: the worker's next request waited that long, so throughput is too low and TPOT
   * too long.
   */
  endStallMs: { kind: 'time', from: 'level' },
  /** Of a conversation: which one of its worker's, in an open loop of the level's, which of its turns, and how many it has, each from 1; null where requests stand alone. */
  conversation: { kind: 'count', orNull: true, from: 'level' },
  turn: { kind: 'count', orNull: true, from: 'level' },
  turns: { kind: 'count', orNull: true, from: 'level' },
  /** Of a mix: the scenario that it is of. */
  part: { kind: 'name', orNull: true, from: 'level' },
  /** Of a turn after the first: how long its user was to think before it, after the answer to the turn before. */
  thinkMs: { kind: 'time', orNull: true, from: 'level' },
  /** Its conversation could not go on, although it had more turns: this one failed, or its answer had no text. */
  cutShort: { kind: 'flag', from: 'level' },
} as const satisfies Readonly<Record<string, RequestFact>>

type Facts = typeof REQUEST_FACTS
type FactName = keyof Facts

export type RequestRecord = {
  readonly [Name in FactName]:
    FactValues[Facts[Name]['kind']] | (Facts[Name] extends { readonly orNull: true } ? null : never)
}

/** The facts that `From` states in the form of the record. */
export type FactsFrom<From extends RequestFact['from']> = Pick<
  RequestRecord,
  {
    [Name in FactName]: Facts[Name] extends { readonly from: From }
      ? Facts[Name] extends { readonly stamp: string }
        ? never
        : Name
      : never
  }[FactName]
>

/** The times that `From` gives on the transport's clock, in milliseconds; a time that does not exist is null. */
export type StampsFrom<From extends RequestFact['from']> = {
  readonly [
    Name in FactName as Facts[Name] extends { readonly from: From; readonly stamp: infer Stamp extends string }
      ? Stamp
      : never
  ]: RequestRecord[Name]
}

/** The table row by row. */
export const FACTS_IN_ORDER: readonly (RequestFact & { readonly name: FactName })[] = Object.entries(
  REQUEST_FACTS as Readonly<Record<string, RequestFact>>,
).map(([name, fact]) => ({ name: name as FactName, ...fact }))
