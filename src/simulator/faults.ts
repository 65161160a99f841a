import { listAllowed } from '../settings/nearest.ts'
import type { Random } from '../random.ts'
import { ValueError } from '../errors.ts'
import { parseBody } from './wires/read-body.ts'
import type { Wire } from './wires/wire.ts'
import { readChoice, readCount, readDuration, readShare } from '../settings/values/simple.ts'

/** The kinds of faults, what each one's argument (after `=`) means, and its default. */
export const FAULT_KINDS = {
  '429': { help: 'refused with 429 and Retry-After', argument: 'duration', default: '1s' },
  '500': { help: 'refused with 500', argument: null, default: null },
  '503': { help: 'refused with 503 and Retry-After', argument: 'duration', default: '1s' },
  refuse: { help: 'refused with 400 when the body has this field', argument: 'field', default: 'stream_options' },
  expired: { help: 'refused as if its token had expired', argument: null, default: null },
  '413': { help: 'refused as if its body was too large', argument: null, default: null },
  context: { help: 'refused when it does not fit into so many tokens', argument: 'count', default: '16' },
  redirect: { help: 'redirected with 307', argument: 'URL', default: '/elsewhere' },
  html: { help: 'an HTML page with this status', argument: 'status', default: '200' },
  json: { help: 'one JSON answer although a stream was asked for', argument: null, default: null },
  empty: { help: 'a complete answer without a token', argument: null, default: null },
  'slow-headers': { help: 'nothing at all, not even headers, for this long', argument: 'duration', default: '2s' },
  'slow-start': { help: 'the role at once, no token for this long', argument: 'duration', default: '1s' },
  stall: { help: 'silence in the middle of the answer', argument: 'duration', default: '120s' },
  'error-event': { help: 'an error event in the middle of the answer', argument: null, default: null },
  close: { help: 'the connection cut in the middle of the answer', argument: null, default: null },
  buffer: { help: 'all events held back until the end', argument: null, default: null },
  'buffer-16k': {
    help: 'nothing, not even headers, until 16 KiB are there, as some proxies do',
    argument: null,
    default: null,
  },
  'late-usage': { help: 'everything after the last token so much later', argument: 'duration', default: '1s' },
  comments: {
    help: 'keep-alive comments, one each such time, until the answer begins',
    argument: 'duration',
    default: '1s',
  },
  'unknown-event': { help: 'an event that nobody knows, after the first', argument: null, default: null },
  retry: { help: '`retry:` and `id:` lines in the events', argument: null, default: null },
  'long-line': { help: 'in the middle a line without an end', argument: null, default: null },
  gateway: { help: 'headers of a gateway: retries, fallbacks or cached', argument: 'gateway', default: 'retries' },
  gzip: { help: 'the answer compressed although nobody asked', argument: null, default: null },
  'content-type': { help: 'a stream that calls itself application/json', argument: null, default: null },
  'connection-close': { help: 'the connection closed after the answer', argument: null, default: null },
} as const

/** What a gateway may have done with a request. */
const GATEWAY_DEEDS = ['retries', 'fallbacks', 'cached'] as const

type FaultKind = keyof typeof FAULT_KINDS

/** One fault with its argument. */
export interface Fault {
  readonly kind: FaultKind
  /** The argument as text, or the kind's default; '' for a kind without one. */
  readonly argument: string
}

/** A fault and how often it happens: a share of requests by chance, or every Nth request. */
export interface FaultRule {
  readonly fault: Fault
  readonly share: number
  /** Replaces `share` when given. */
  readonly every: number | null
}

/** Reads `stall`, `stall=500ms`; throws `ValueError`. */
export function readFault(text: string): Fault {
  const [kind = '', ...rest] = text.trim().split('=')
  if (!Object.hasOwn(FAULT_KINDS, kind)) {
    throw new ValueError(`must name a fault, one of ${listAllowed(kind, Object.keys(FAULT_KINDS))}`)
  }
  const known = FAULT_KINDS[kind as FaultKind]
  if (rest.length > 0 && known.argument === null) throw new ValueError(`must give ${kind} no argument`)
  const argument = rest.length > 0 ? rest.join('=') : (known.default ?? '')
  if (known.argument === 'duration') readDuration()(argument)
  if (known.argument === 'status') readCount({ min: 200, max: 599 })(argument)
  if (known.argument === 'count') readCount()(argument)
  if (known.argument === 'gateway') readChoice(GATEWAY_DEEDS)(argument)
  return { kind: kind as FaultKind, argument }
}

/** Reads `429@1%, stall=500ms@every-50, gzip`; a fault without `@` happens to every request. */
export function readFaultRules(text: string): readonly FaultRule[] {
  return text.split(',').map((part) => {
    const [fault = '', when = '100%', ...more] = part.split('@')
    if (more.length > 0) throw new ValueError(`must have one @ in a fault, for example 429@1%`)
    const every = /^every-(.*)$/.exec(when.trim())
    return every === null
      ? { fault: readFault(fault), share: readShare()(when), every: null }
      : { fault: readFault(fault), share: 0, every: readCount()(every[1]!) }
  })
}

/** The duration that a fault's argument states, in milliseconds. */
export function readFaultDurationMs(fault: Fault): number {
  return readDuration()(fault.argument)
}

/** Picks the fault of each request in turn: the first rule that applies wins, and every rule counts every request. */
export function createFaultPicker(rules: readonly FaultRule[], random: Random): () => Fault | null {
  let requests = 0
  return () => {
    requests++
    const hits = rules.filter(({ share, every }) => (every === null ? random() < share : requests % every === 0))
    return hits[0]?.fault ?? null
  }
}

/** An answer that does not come from the model. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string | number>>
  /** Replaces the API's own error body. */
  readonly body?: string
  readonly type?: string
}

/** The refusal of a body with too many bytes, after which the connection is of no use. */
export const TOO_LARGE: Refusal = {
  status: 413,
  message: 'Request body too large',
  headers: { connection: 'close' },
}

/** The refusal that a fault causes, or null when the model answers (and the fault, if any, comes later). */
export function refuseByFault(fault: Fault, { words }: Wire, body: string): Refusal | null {
  const retryAfter = () => ({ 'retry-after': Math.ceil(readFaultDurationMs(fault) / 1000) })
  switch (fault.kind) {
    case '429':
      return { status: 429, message: 'simulated rate limit', headers: retryAfter() }
    case '503':
      return { status: 503, message: 'simulated overload', headers: retryAfter() }
    case '500':
      return { status: 500, message: 'simulated failure' }
    case '413':
      return TOO_LARGE
    case 'redirect':
      return { status: 307, message: 'Temporary Redirect', headers: { location: fault.argument } }
    case 'html':
      return {
        status: Number(fault.argument),
        message: 'a page of a proxy',
        body: '<!doctype html><html><head><title>Simulated page</title></head><body><pre>proxy</pre></body></html>',
        type: 'text/html; charset=utf-8',
      }
    case 'refuse':
      return fault.argument in parseBody(body)
        ? { status: words.badBody, message: words.unknownField(fault.argument) }
        : null
    default:
      return null
  }
}

const GATEWAY: Readonly<Record<(typeof GATEWAY_DEEDS)[number], readonly (readonly [name: string, value: string])[]>> = {
  retries: [['x-litellm-attempted-retries', '2']],
  fallbacks: [['x-litellm-attempted-fallbacks', '1']],
  cached: [
    ['x-litellm-cache-key', 'simulated'],
    ['x-cache', 'HIT'],
  ],
}

/** The headers in which a gateway says what it did with a request; none without that fault. */
export function listGatewayHeaders(fault: Fault | null): readonly (readonly [name: string, value: string])[] {
  return fault?.kind === 'gateway' ? GATEWAY[fault.argument as keyof typeof GATEWAY] : []
}
