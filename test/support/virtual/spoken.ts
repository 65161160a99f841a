import type { Clock, Exchange, Transport } from '../../../src/load/ports.ts'
import type { OpenTransport, Target } from '../../../src/load/transport/target.ts'
import { addressModel } from '../../../src/load/transport/request-writer.ts'
import type { RequestSpec } from '../../../src/protocol/api.ts'
import { Scratch } from '../../../src/protocol/answer/token-times.ts'
import type { AnswerFacts } from '../../../src/protocol/answer/reader.ts'
import { createResponseReader } from '../../../src/protocol/answer/stream-reader.ts'
import { readRefusal } from '../../../src/protocol/refusal.ts'
import { admitRequest, findDestination } from '../../../src/simulator/admission.ts'
import { SIMULATOR_DEFAULTS } from '../../../src/simulator/settings/options.ts'
import type { SimulatorOptions } from '../../../src/simulator/settings/options.ts'
import { countInput } from '../../../src/simulator/cost.ts'
import { Refused } from '../../../src/simulator/wires/wire.ts'
import type { AnswerWriter, ModelRequest } from '../../../src/simulator/wires/wire.ts'
import { WITNESSES } from '../../servers/repertoire.ts'
import { createVirtualEndpoint, withoutTokens } from '../virtual-endpoint.ts'

/** One request as the endpoint saw it. */
export interface Spoken {
  readonly stream: boolean
  readonly status: number
  /** Tokens asked for. */
  readonly outputTokens: number
  /** What was understood; null where it was refused. */
  readonly request: ModelRequest | null
}

/**
 * The simulated endpoint in virtual time and without a network: it reads what a client would send and answers in the bytes of
 * each API, and the client's own reader reads them at the times at which they come. Time passes as long as somebody waits for it.
 */
export interface SpokenEndpoint {
  readonly openTransport: OpenTransport
  readonly clock: Clock
  log(): readonly Spoken[]
}

/** Creates an endpoint with these options of the simulated one; those of faults, access and limits are not known here. */
export function createSpokenEndpoint(given: Partial<SimulatorOptions>): SpokenEndpoint {
  const options = { ...SIMULATOR_DEFAULTS, ...given }
  const { engine, model, strict, task, reasoning, templateTokens, prefixCache } = options
  const endpoint = createVirtualEndpoint(engine, { templateTokens, prefixCache })
  const rules = {
    strict,
    model,
    onlyModels: options.checkModel ? [model] : null,
    onlyTask: task,
    takesImages: options.imageTokens !== null,
  }
  const log: Spoken[] = []
  endpoint.runFreely()

  /** The writer of one answer. */
  function answer(request: ModelRequest, cachedTokens: number | null): AnswerWriter {
    const { reasons, maxTokens } = request
    return request.answer({
      id: log.length + 1,
      created: 0,
      model,
      inputTokens: countInput(request, options),
      cachedTokens: prefixCache === null ? null : cachedTokens,
      reasoningTokens: reasons ? Math.min(reasoning, maxTokens) : 0,
      manners: options,
    })
  }

  async function send(target: Target, worker: number, spec: RequestSpec, signal: AbortSignal): Promise<Exchange> {
    const { api } = target
    const { url, dialect } = addressModel(target, spec.model)
    const destination = findDestination(WITNESSES.wires, url)
    if (destination === null) throw new Error(`nobody answers at ${url.pathname}`)
    let request: ModelRequest
    try {
      request = admitRequest(destination, api.headers ?? {}, JSON.stringify(api.body(dialect, spec)), rules)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, body } = destination.wire.error(error.status, error.message)
      log.push({ stream: false, status, outputTokens: 0, request: null })
      const refused = withoutTokens(endpoint.clock.now(), { status })
      return { ...refused, failureMessage: readRefusal(body), answerHead: body }
    }
    const { maxTokens: outputTokens, stream } = request
    const exchange = await endpoint.transport.send(worker, { ...spec, outputTokens }, signal)
    const writer = answer(request, exchange.cachedTokens)
    log.push({ stream, status: 200, outputTokens, request })
    const scratch = new Scratch(outputTokens)
    const reader = createResponseReader({
      api,
      task: dialect.task,
      scratch,
      stream: spec.stream ?? true,
      keepsText: spec.turn !== undefined,
    })
    const thoughts = request.reasons ? Math.min(reasoning, outputTokens) : 0
    for (const { at, bytes } of stream ? pieces(writer, exchange, thoughts) : whole(writer, exchange)) {
      reader.push(bytes, at)
    }
    const reading: AnswerFacts = reader.end(exchange.endAt)
    return {
      ...exchange,
      ...reading,
      failure: exchange.cancelled ? null : reading.failure,
      tokenAt: scratch.listTimes(reading.tokenEvents),
      tokenCountAt: scratch.listCounts(reading.tokenEvents),
    }
  }

  return {
    clock: endpoint.clock,
    log: () => log,
    openTransport: (_, target): Transport => ({
      send: async (worker, spec, signal) => send(target, worker, spec, signal),
      async close() {},
    }),
  }
}

/** Bytes that come together. */
interface Piece {
  readonly at: number
  readonly bytes: Buffer
}

/** A stream of one token an event, the first ones thoughts, as far as it came. */
function* pieces(writer: AnswerWriter, { tokenAt, endAt, cancelled }: Exchange, thoughts: number): Generator<Piece> {
  if (writer.opening !== null && tokenAt.length > 0) yield { at: tokenAt[0]!, bytes: writer.opening }
  for (const [i, at] of tokenAt.entries()) {
    const isLast = !cancelled && i === tokenAt.length - 1
    yield { at, bytes: writer.tokens(i < thoughts ? 'reasoning' : 'text', 1, i + 1, isLast ? 'length' : null) }
  }
  if (!cancelled) yield { at: endAt, bytes: writer.closing('length', tokenAt.length, timing(tokenAt, endAt)) }
}

/** A whole answer. */
function* whole(writer: AnswerWriter, { tokenAt, endAt, cancelled }: Exchange): Generator<Piece> {
  if (!cancelled) yield { at: endAt, bytes: writer.whole('length', tokenAt.length, timing(tokenAt, endAt)) }
}

/** Nobody asks what the server says of its own time. */
function timing(tokenAt: Float64Array, endAt: number) {
  return { prefillMs: 0, decodeMs: endAt - tokenAt[0]!, totalMs: endAt - tokenAt[0]! }
}
