import type { Framing, RequestSpec, Api, Dialect } from '../../protocol/api.ts'
import { countAskedResults } from '../../protocol/answer/json-reader.ts'
import type { AskedResults } from '../../protocol/answer/reader.ts'
import { findKeyPlaceAt } from '../../vendors/vendors.ts'
import { USER_AGENT } from '../../version.ts'
import type { TransportClock, PreparedRequest, Authorizer, ProofHeaders } from '../ports.ts'
import { createWireError } from './connection-error.ts'

/** The endpoint that requests are written for. */
export interface WriterOptions {
  readonly api: Api
  readonly dialect: Dialect
  /** The full URL of the API. */
  readonly url: URL
  /** Sent with every request; the key comes from `auth`. */
  readonly headers: Readonly<Record<string, string>>
  readonly auth: Authorizer
  readonly clock: TransportClock
}

/** An endpoint as one model of it is asked. */
export interface ModelAddress {
  readonly url: URL
  readonly dialect: Dialect
}

/** Where a request goes that asks for this model, and in which dialect: its URL names the model, or its body. Absent: the model of the run. */
export function addressModel(
  { api, url, dialect }: ModelAddress & { readonly api: Api },
  model?: string,
): ModelAddress {
  if (model === undefined) return { url, dialect }
  return {
    url: api.urlOfModel?.(url, model) ?? url,
    dialect: { ...dialect, model: api.modelInBody(url, model) },
  }
}

/** What a request is written with. */
interface Writing {
  readonly wire: WireRequest
  readonly credentials: ProofHeaders
  /** When these were made, on the clock. */
  readonly madeAt: number
}

const NO_PROMPTS: readonly string[] = []

/** A request with its bytes. Its texts are in these alone. */
export class WrittenRequest implements PreparedRequest, Writing {
  readonly prompts = NO_PROMPTS
  readonly nonce: RequestSpec['nonce']
  readonly outputTokens: RequestSpec['outputTokens']
  readonly turn: RequestSpec['turn']
  readonly part: RequestSpec['part']
  readonly model: RequestSpec['model']
  readonly stream: RequestSpec['stream']
  readonly askedResults: AskedResults | null
  readonly wire: WireRequest
  readonly credentials: ProofHeaders
  readonly madeAt: number

  constructor(spec: RequestSpec, askedResults: AskedResults | null, { wire, credentials, madeAt }: Writing) {
    this.nonce = spec.nonce
    this.outputTokens = spec.outputTokens
    this.turn = spec.turn
    this.part = spec.part
    this.model = spec.model
    this.stream = spec.stream
    this.askedResults = askedResults
    this.wire = wire
    this.credentials = credentials
    this.madeAt = madeAt
  }

  get size(): number {
    return this.wire.bytes.length
  }
}

/** The media type of each framing. */
const ACCEPT: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson, application/json',
  'event-stream': 'application/vnd.amazon.eventstream',
  json: 'application/json',
}

/** Where requests for one model go, and what those that stream and those that do not begin with. */
interface Place extends ModelAddress {
  readonly streamed: WireHead
  readonly whole: WireHead
}

/** Writes the requests of a transport: at any time before they are sent, and again where their credentials no longer hold by then. */
export class RequestWriter {
  readonly #options: WriterOptions
  readonly #keyPlace: ReturnType<typeof findKeyPlaceAt>
  readonly #places = new Map<string | undefined, Place>()

  constructor(options: WriterOptions) {
    this.#options = options
    this.#keyPlace = findKeyPlaceAt(options.url, options.api)
  }

  write(spec: RequestSpec): WrittenRequest {
    const { api, dialect } = this.#options
    const place = this.#placeFor(spec.model)
    const body = JSON.stringify(api.body(place.dialect, spec))
    return new WrittenRequest(spec, countAskedResults(dialect, spec), this.#writeBody(spec, place, body))
  }

  /** The request itself where its credentials still hold. */
  renew(request: WrittenRequest): WrittenRequest {
    if (this.#options.auth.holds(request.credentials, request.madeAt)) return request
    const { bytes, bodyAt } = request.wire
    const writing = this.#writeBody(request, this.#placeFor(request.model), bytes.toString('utf8', bodyAt))
    return new WrittenRequest(request, request.askedResults, writing)
  }

  #writeBody({ nonce, stream }: RequestSpec, place: Place, body: string): Writing {
    const { auth, clock } = this.#options
    const credentials = auth.headers({ method: 'POST', url: place.url, body }, this.#keyPlace)
    const head = stream === false ? place.whole : place.streamed
    const wire = encodeRequest(head, { 'x-request-id': nonce, ...credentials }, body)
    return { wire, credentials, madeAt: clock.now() }
  }

  /** For requests that ask for this model; absent: for that of the run. */
  #placeFor(model: string | undefined): Place {
    const known = this.#places.get(model)
    if (known !== undefined) return known
    const { api, dialect } = this.#options
    const address = addressModel(this.#options, model)
    const place = {
      ...address,
      streamed: this.#headFor(address.url, api.framing(dialect.task)),
      whole: this.#headFor(address.url, 'json'),
    }
    this.#places.set(model, place)
    return place
  }

  #headFor(at: URL, framing: Framing): WireHead {
    return prepareHead(at, {
      'content-type': 'application/json',
      accept: ACCEPT[framing],
      // A compressor would hold tokens back. Users can still ask for one in `headers`.
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
      ...this.#options.headers,
    })
  }
}

/** What all requests of a transport have in common, as written. */
interface WireHead {
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Its lines; an error if it holds something that HTTP cannot carry. */
  readonly lines: string | Error
}

/** A request as it is sent. */
export interface WireRequest {
  readonly head: WireHead
  /** Its own headers; where the head has one of these names, that of the head is sent. */
  readonly headers: Readonly<Record<string, string>>
  /** All of it as written; where it has a problem, its body alone. */
  readonly bytes: Buffer
  /** Where in them its body begins. */
  readonly bodyAt: number
  /** That it holds something that HTTP cannot carry. */
  readonly problem: Error | null
}

/** Prepares the head of all requests to a URL, once: nothing of it is written again for each. */
function prepareHead({ host, pathname, search }: URL, headers: Readonly<Record<string, string>>): WireHead {
  const path = pathname + search
  const lines = writeHeaders(headers)
  const first = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  return { path, headers, lines: typeof lines === 'string' ? first + lines : lines }
}

/** A request as written, with headers of its own. */
function encodeRequest(head: WireHead, headers: WireRequest['headers'], body: string): WireRequest {
  const own = writeHeaders(headers, head.headers)
  const problem = typeof own !== 'string' ? own : typeof head.lines !== 'string' ? head.lines : null
  const bodyBytes = Buffer.byteLength(body)
  const lines = problem === null ? `${head.lines as string}${own as string}content-length: ${bodyBytes}\r\n\r\n` : ''
  const bytes = Buffer.from(lines + body)
  return { head, headers, bytes, bodyAt: bytes.length - bodyBytes, problem }
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const UNSENDABLE = /[^\t\x20-\x7E\x80-\xFF]/

/** The lines of headers, without those of the same name in `others`. */
function writeHeaders(
  headers: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
): string | Error {
  let lines = ''
  for (const name in headers) {
    if (name in others) continue
    const value = headers[name]!
    if (!NAME.test(name)) return createWireError('UND_ERR_INVALID_ARG', `invalid header name ${name}`)
    if (UNSENDABLE.test(value)) return createWireError('UND_ERR_INVALID_ARG', `invalid ${name} header`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}
