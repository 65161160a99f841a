import { setImmediate } from 'node:timers/promises'
import type { Clock, Exchange, Transport } from '../../src/load/ports.ts'
import type { RequestSpec } from '../../src/protocol/api.ts'
import { createEngine, type Engine, type EngineOptions } from '../../src/simulator/engine/engine.ts'
import { createAdapterLoads } from '../../src/simulator/admission.ts'
import { messagesOf, placeImageUrls, readMessageText } from '../../src/protocol/apis/request.ts'
import { countPromptTokens, createPrefixCache } from '../../src/simulator/cost.ts'
import type { CacheSize } from '../../src/simulator/cost.ts'
import { writeTokens } from '../../src/simulator/wires/wire.ts'
import { PLAIN_EXCHANGE } from './exchanges.ts'

/** The simulated engine in virtual time: no network, no waiting, and every Exchange says the exact truth. */
export interface VirtualEndpoint {
  readonly transport: Transport
  readonly clock: Clock
  readonly engine: Engine
  /** Lets virtual time pass, event by event, until `work` settles. Throws when nothing is left that could settle it. */
  run<T>(work: Promise<T>): Promise<T>
  /**
   * From now on virtual time passes by itself, as long as anybody waits for it: for work that waits for real things, too, such as
   * files and GitHub.
   */
  runFreely(): void
  /** Another server in the same time. */
  addServer(engine: Partial<EngineOptions>, options?: ServerOptions): Pick<VirtualEndpoint, 'engine' | 'transport'>
}

export interface VirtualEndpointOptions extends ServerOptions {
  /** From this moment on nothing happens any more: what is under way hangs. */
  readonly hangsAtMs?: number
}

interface ServerOptions {
  readonly servedModel?: string
  /** Input tokens that are added to the words of a prompt. */
  readonly templateTokens?: number
  /** Default: there is no prefix cache. */
  readonly prefixCache?: CacheSize | null
  /** Models that it has beside its own, each loaded when it is first asked for; default none. */
  readonly adapters?: readonly string[]
  /** Called before each request; a refusal answers it at once, without the engine. */
  readonly refuse?: (spec: RequestSpec, worker: number, atMs: number) => Refusal | null
}

export interface Refusal {
  readonly status: number
  readonly retryAfterMs?: number
}

interface Pending {
  readonly requestId: string
  readonly worker: number
  readonly startAt: number
  readonly inputTokens: number
  readonly cachedTokens: number
  /** Its text is kept. */
  readonly isTurn: boolean
  /** Scratch memory of the worker, grown as needed. */
  readonly tokenAt: Float64Array
  tokenEvents: number
  outputTokens: number
  readonly finish: (cancelled: boolean) => void
  readonly onFirstToken?: (() => void) | undefined
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Creates an endpoint whose time stands still until `run`. */
export function createVirtualEndpoint(
  engineOptions: Partial<EngineOptions> = {},
  { hangsAtMs = Infinity, ...options }: VirtualEndpointOptions = {},
): VirtualEndpoint {
  const servers: { readonly engine: Engine; readonly pending: Map<number, Pending> }[] = []
  /** In order of time; equal times in order of arrival. */
  const sleepers: Sleeper[] = []
  const asleep = new WeakMap<AbortSignal, Set<Sleeper>>()
  let now = 0
  let ids = 0
  /** Told when there is something to wait for. */
  let stir = (): void => {}

  const clock: Clock = {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted === true) return
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          if (signal !== undefined) asleepUntil(signal).delete(sleeper)
          resolve()
        }
        const sleeper: Sleeper = { at: now + Math.max(0, ms), wake }
        let place = sleepers.length
        while (place > 0 && sleepers[place - 1]!.at > sleeper.at) place--
        sleepers.splice(place, 0, sleeper)
        stir()
        if (signal !== undefined) asleepUntil(signal).add(sleeper)
      })
    },
  }

  /** Who is woken when this signal aborts. One listener wakes all: a signal looks through those that it has for each new one. */
  function asleepUntil(signal: AbortSignal): Set<Sleeper> {
    const known = asleep.get(signal)
    if (known !== undefined) return known
    const those = new Set<Sleeper>()
    asleep.set(signal, those)
    const wakeAll = (): void => {
      for (const sleeper of those) {
        sleepers.splice(sleepers.indexOf(sleeper), 1)
        sleeper.wake()
      }
    }
    signal.addEventListener('abort', wakeAll, { once: true })
    return those
  }

  /** Another server in the same time. */
  function addServer(
    engineOptions: Partial<EngineOptions>,
    {
      templateTokens = 0,
      prefixCache = null,
      refuse,
      servedModel = 'virtual-model',
      adapters = [],
    }: ServerOptions = {},
  ): { readonly engine: Engine; readonly transport: Transport } {
    const engine = createEngine(engineOptions)
    const cache = prefixCache === null ? null : createPrefixCache(prefixCache)
    const pending = new Map<number, Pending>()
    const scratch = new Map<number, Float64Array>()
    const loads = createAdapterLoads(adapters, ADAPTER_LOAD_MS)
    const counts = new Float64Array(65_536).fill(NaN)
    servers.push({ engine, pending })
    const transport: Transport = {
      async send(worker, spec, signal, onFirstToken) {
        const refusal = refuse?.(spec, worker, now) ?? null
        if (refusal !== null || signal.aborted)
          return { ...withoutTokens(now, refusal), ...(refusal === null ? { servedModel } : {}) }
        return new Promise<Exchange>((resolve) => {
          const id = ids++
          let tokenAt = scratch.get(worker)
          if (tokenAt === undefined || tokenAt.length < spec.outputTokens) {
            tokenAt = new Float64Array(spec.outputTokens)
            scratch.set(worker, tokenAt)
          }
          const texts =
            spec.messages === undefined
              ? spec.prompts
              : [messagesOf(spec, placeImageUrls).map(readMessageText).join('\n')]
          const inputTokens = texts.reduce((sum, text) => sum + countPromptTokens(text, 1, templateTokens), 0)
          const cachedTokens = cache === null ? 0 : Math.min(inputTokens - 1, cache.take(texts[0]!))
          const isAdapter = spec.model !== undefined && adapters.includes(spec.model)
          const shared = { counts, servedModel: isAdapter ? spec.model : servedModel }
          const abort = (): void => {
            engine.cancel(id)
            request.finish(true)
          }
          const request: Pending = {
            requestId: `virtual-${id}`,
            worker,
            startAt: now,
            inputTokens,
            cachedTokens,
            isTurn: spec.turn !== undefined,
            onFirstToken,
            tokenAt,
            tokenEvents: 0,
            outputTokens: 0,
            finish(cancelled) {
              pending.delete(id)
              cache?.keep(texts[0]! + writeTokens(Math.max(0, request.outputTokens - 1)))
              signal.removeEventListener('abort', abort)
              resolve(toExchange(request, now, cancelled, shared))
            },
          }
          pending.set(id, request)
          signal.addEventListener('abort', abort, { once: true })
          const submit = (): void => {
            if (!pending.has(id)) return
            engine.submit(id, { inputTokens: inputTokens - cachedTokens, outputTokens: spec.outputTokens, at: now })
            stir()
          }
          const waitMs = loads.wait(spec.model ?? null, now)
          if (waitMs === 0) submit()
          else void clock.sleep(waitMs, signal).then(submit)
        })
      },
      async close() {},
    }
    return { engine, transport }
  }

  /** Delivers what the engine produces at `at`; true when a request has ended. */
  function deliver(at: number): boolean {
    let ended = false
    now = at
    for (const { engine, pending } of servers) {
      for (const event of engine.advanceTo(at)) {
        const request = pending.get(event.id)
        if (request === undefined) continue
        if (request.tokenEvents === 0 && request.onFirstToken !== undefined) {
          request.onFirstToken()
          ended = true
        }
        request.tokenAt[request.tokenEvents++] = event.at
        request.outputTokens = event.tokens
        if (event.last) {
          request.finish(false)
          ended = true
        }
      }
    }
    return ended
  }

  function nextEventAt(): number {
    return Math.min(...servers.map(({ engine }) => engine.nextEventAt() ?? Infinity))
  }

  /** When something happens next that anybody waits for; null when there is nothing. */
  function nextAt(): number | null {
    const at = Math.min(sleepers[0]?.at ?? Infinity, nextEventAt())
    return at === Infinity ? null : at
  }

  /** Goes on to what happens next. True when somebody may act now: only the end of a request or of a sleep lets anybody. */
  function advance(): boolean {
    const timerAt = sleepers[0]?.at ?? Infinity
    // Whoever wakes now acts before the engine starts its next step.
    const eventAt = timerAt <= now ? Infinity : nextEventAt()
    if (eventAt <= timerAt) return deliver(eventAt)
    // Moves the engine along, so that it does not start a step after this moment.
    deliver(Math.max(now, timerAt))
    while (sleepers.length > 0 && sleepers[0]!.at <= now) sleepers.shift()!.wake()
    return true
  }

  async function run<T>(work: Promise<T>): Promise<T> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    work.then(mark, mark)
    await setImmediate()
    while (!settled) {
      if (nextAt() === null) {
        await setImmediate()
        if (settled || nextAt() !== null) continue
        throw new Error('virtual time stands still: the work waits for something that is neither a request nor a sleep')
      }
      if (advance()) await setImmediate()
    }
    return work
  }

  async function runOn(): Promise<never> {
    for (;;) {
      const at = nextAt()
      if (at === null || at > hangsAtMs) {
        await new Promise<void>((resolve) => {
          stir = resolve
        })
        await setImmediate()
      } else if (advance()) {
        await setImmediate()
      }
    }
  }

  const { engine, transport } = addServer(engineOptions, options)
  return { transport, clock, engine, run, runFreely: () => void runOn(), addServer }
}

const ADAPTER_LOAD_MS = 500

/** What all exchanges of an endpoint have in common. */
interface Shared {
  /** No event states a count: NaN for each. */
  readonly counts: Float64Array
  readonly servedModel: string | null
}

function toExchange(request: Pending, endAt: number, cancelled: boolean, { counts, servedModel }: Shared): Exchange {
  const { startAt, tokenAt, tokenEvents, outputTokens } = request
  const firstTokenAt = tokenEvents > 0 ? tokenAt[0]! : null
  const lastTokenAt = tokenEvents > 0 ? tokenAt[tokenEvents - 1]! : null
  return {
    ...PLAIN_EXCHANGE,
    requestId: request.requestId,
    readyAt: startAt,
    startAt,
    headersAt: startAt,
    firstEventAt: firstTokenAt,
    firstTokenAt,
    firstTextAt: firstTokenAt,
    lastTokenAt,
    endAt,
    // The first event's own tokens are not stated, so the mean event stands for it.
    tpotMs: tokenEvents > 1 ? (lastTokenAt! - firstTokenAt!) / (outputTokens - outputTokens / tokenEvents) : null,
    inputTokens: request.inputTokens,
    cachedTokens: request.cachedTokens,
    text: request.isTurn ? writeTokens(outputTokens) : null,
    outputTokens,
    tokenEvents,
    reads: tokenEvents,
    finishReason: cancelled ? null : 'length',
    servedModel,
    cancelled,
    tokenAt: tokenAt.subarray(0, tokenEvents),
    tokenCountAt:
      tokenEvents <= counts.length ? counts.subarray(0, tokenEvents) : new Float64Array(tokenEvents).fill(NaN),
  }
}

/** A request that was refused, or cancelled before it began. */
export function withoutTokens(at: number, refusal: Refusal | null): Exchange {
  const nothing: Pending = {
    requestId: 'virtual-refused',
    worker: 0,
    startAt: at,
    inputTokens: 0,
    cachedTokens: 0,
    isTurn: false,
    tokenAt: new Float64Array(0),
    tokenEvents: 0,
    outputTokens: 0,
    finish() {},
  }
  const exchange = toExchange(nothing, at, refusal === null, { counts: nothing.tokenAt, servedModel: null })
  if (refusal === null) return { ...exchange, headersAt: null, status: null, headers: null, inputTokens: null }
  return {
    ...exchange,
    inputTokens: null,
    finishReason: null,
    failure: `http_${refusal.status}`,
    failureMessage: `refused with ${refusal.status}`,
    retryAfterMs: refusal.retryAfterMs ?? null,
    status: refusal.status,
  }
}
