import { drawNormal, seedRandom } from '../../random.ts'
import type { Random } from '../../random.ts'

/** How the simulated server behaves. Every time is in milliseconds of model time. */
export interface EngineOptions extends FactorSpreads {
  /** Sequences that decode together; when all slots are taken, requests wait in a FIFO queue. */
  readonly slots: number
  /** Fixed time before a request reaches the queue (network, tokenising). It blocks no other request. */
  readonly overheadMs: number
  /** Prefill of one input token. Prefill blocks all decoding. */
  readonly prefillMsPerToken: number
  /** Decode step: `decodeMs + decodeMsPerSequence × batch`. */
  readonly decodeMs: number
  readonly decodeMsPerSequence: number
  /** Tokens in an event. As in vLLM, the first token is always sent alone and at once. */
  readonly tokensPerChunk: number
  /** Relative standard deviation of a single prefill or decode time; the mean does not change. */
  readonly jitter: number
}

/** A small real server: TTFT ≈ 50 ms for 512 input tokens, TPOT = 10 ms alone, plateau at 16 sequences. */
export const ENGINE_DEFAULTS: EngineOptions = {
  slots: 16,
  overheadMs: 20,
  prefillMsPerToken: 0.06,
  decodeMs: 9.5,
  decodeMsPerSequence: 0.5,
  tokensPerChunk: 1,
  jitter: 0,
  startSpread: 0,
  hourSpread: 0,
  runSpread: 0,
  runPauseMs: 60_000,
  epochMs: 0,
  seed: 'simulator',
  runSeed: 'simulator',
}

/** What a request costs the model. */
interface EngineRequest {
  /** Input tokens to prefill (without those that a prefix cache holds). */
  readonly inputTokens: number
  /** Output tokens to produce, at least 1. */
  readonly outputTokens: number
  /** When the server received it; not before that of an earlier `submit`. */
  readonly at: number
}

/** Tokens of one sequence that become visible together. */
export interface TokenEvent {
  readonly at: number
  readonly id: number
  /** Tokens of this sequence so far. */
  readonly tokens: number
  /** True for the event that holds the sequence's last token. */
  readonly last: boolean
}

/**
 * A continuous-batching server as a discrete-event model: no clock, no network, deterministic for a seed.
 *
 * It works in steps. At the boundary before a step, waiting requests are admitted into free slots. Their prompts are
 * prefilled one after another, each followed by its first token, while nothing decodes. Then one decode step gives
 * every running sequence one token. A sequence that is done or cancelled frees its slot at the next boundary.
 */
export interface Engine {
  submit(id: number, request: EngineRequest): void
  /** Ends a request without another token; false when it is not there any more. Call after advancing to now. */
  cancel(id: number): boolean
  /** When something happens next (not always a token), or null when there is nothing left to do. */
  nextEventAt(): number | null
  /** Everything that became visible up to and including `at`, in order of time. */
  advanceTo(at: number): TokenEvent[]
  /** Sequences in a slot. */
  readonly running: number
  /** Requests submitted that have no slot yet. */
  readonly waiting: number
}

/** Told what happens inside, for metrics; called when it is known, which may be ahead of its time. */
interface EngineObserver {
  /** The prefill of a request starts, after this time in the queue. */
  noteAdmission(id: number, startsAt: number, queuedMs: number): void
  /** A decode step of this many sequences begins. */
  noteStep(batch: number): void
}

interface Sequence {
  readonly id: number
  readonly arrivesAt: number
  readonly prefillMs: number
  readonly outputTokens: number
  firstTokenAt: number
  tokens: number
  unsent: number
  cancelled: boolean
}

/** Creates an idle engine. */
export function createEngine(options: Partial<EngineOptions> = {}, observer: EngineObserver | null = null): Engine {
  const state = createState({ ...ENGINE_DEFAULTS, ...options }, observer)
  return {
    submit: (id, request) => submitRequest(state, id, request),
    cancel: (id) => cancelRequest(state, id),
    nextEventAt: () => findNextEvent(state),
    advanceTo: (at) => advanceState(state, at),
    get running() {
      return state.running.length
    },
    get waiting() {
      return state.sequences.size - state.running.filter((s) => !s.cancelled && s.tokens < s.outputTokens).length
    },
  }
}

interface EngineState {
  readonly model: EngineOptions
  readonly observer: EngineObserver | null
  readonly factors: ServerFactors
  readonly drawJitter: () => number
  /** All that were submitted and have neither ended nor been cancelled. */
  readonly sequences: Map<number, Sequence>
  readonly running: Sequence[]
  /** By arrival; those before `queueHead` have left it. */
  queue: Sequence[]
  queueHead: number
  /** Sequences admitted at the last boundary, and how many of them have their first token. */
  admitted: Sequence[]
  prefilled: number
  /** End of the step in progress; null between steps. */
  stepEndsAt: number | null
  /** When the last step ended: the earliest start of the next one. */
  boundaryAt: number
  advancedTo: number
  lastArrival: number
  /** Since when it has been idle; null while it is not, and before the first request. */
  idleSince: number | null
}

function createState(model: EngineOptions, observer: EngineObserver | null): EngineState {
  const steps = seedRandom(`${model.seed}/steps`)
  return {
    model,
    observer,
    factors: createFactors(model),
    drawJitter: model.jitter === 0 ? () => 1 : () => toFactor(model.jitter, drawNormal(steps)),
    sequences: new Map(),
    running: [],
    queue: [],
    queueHead: 0,
    admitted: [],
    prefilled: 0,
    stepEndsAt: null,
    boundaryAt: -Infinity,
    advancedTo: -Infinity,
    lastArrival: -Infinity,
    idleSince: null,
  }
}

function submitRequest(state: EngineState, id: number, { inputTokens, outputTokens, at }: EngineRequest): void {
  const { model, factors, sequences, queue } = state
  if (sequences.has(id)) throw new Error(`request ${id} is already in the engine`)
  if (!(outputTokens >= 1)) throw new Error(`request ${id} asks for ${outputTokens} tokens; at least 1 is needed`)
  factors.noteRequest(at, state.idleSince)
  state.idleSince = null
  const { prefill } = factors.at(at)
  const arrivesAt = Math.max(state.lastArrival, at + prefill * model.overheadMs)
  state.lastArrival = arrivesAt
  const prefillMs = prefill * model.prefillMsPerToken * inputTokens
  const progress = { firstTokenAt: 0, tokens: 0, unsent: 0, cancelled: false }
  const sequence: Sequence = { id, arrivesAt, prefillMs, outputTokens: Math.floor(outputTokens), ...progress }
  sequences.set(id, sequence)
  queue.push(sequence)
}

function cancelRequest(state: EngineState, id: number): boolean {
  const sequence = state.sequences.get(id)
  if (sequence === undefined) return false
  sequence.cancelled = true
  forgetSequence(state, id, state.advancedTo)
  // During a step its place in the batch stays taken; between steps it is free at once.
  const place = state.stepEndsAt === null ? state.running.indexOf(sequence) : -1
  if (place >= 0) state.running.splice(place, 1)
  return true
}

function findNextEvent(state: EngineState): number | null {
  if (state.stepEndsAt === null) {
    const start = findNextStart(state)
    if (start === null || start > state.advancedTo) return start
    beginStep(state, start)
  }
  const { admitted, prefilled } = state
  return prefilled < admitted.length ? admitted[prefilled]!.firstTokenAt : state.stepEndsAt
}

function advanceState(state: EngineState, at: number): TokenEvent[] {
  const events: TokenEvent[] = []
  for (;;) {
    if (state.stepEndsAt === null) {
      const start = findNextStart(state)
      // A step that would start right now waits for other requests of this moment: `findNextEvent` starts it.
      if (start === null || start >= at) break
      beginStep(state, start)
    }
    sendFirstTokens(state, at, events)
    if (state.stepEndsAt === null || state.stepEndsAt > at) break
    endStep(state, state.stepEndsAt, events)
  }
  state.advancedTo = Math.max(state.advancedTo, at)
  return events
}

/** Earliest start of the next step, or null when there are no sequences. Only between steps. */
function findNextStart(state: EngineState): number | null {
  const { queue, running, boundaryAt } = state
  if (running.length > 0) return boundaryAt
  while (state.queueHead < queue.length && queue[state.queueHead]!.cancelled) state.queueHead++
  const first = queue[state.queueHead]
  return first === undefined ? null : Math.max(boundaryAt, first.arrivesAt)
}

/** Admits and prefills who waits, and then decodes once. */
function beginStep(state: EngineState, startsAt: number): void {
  const { model, observer, factors, running } = state
  const prefilledAt = admitWaiting(state, startsAt)
  let batch = 0
  for (const sequence of running) if (sequence.outputTokens > 1) batch++
  state.stepEndsAt = prefilledAt
  if (batch === 0) return
  observer?.noteStep(batch)
  const stepMs = factors.at(startsAt).decode * (model.decodeMs + model.decodeMsPerSequence * batch)
  state.stepEndsAt += stepMs * state.drawJitter()
}

/** Takes as many out of the queue as there are slots, and says when the last of them is prefilled. */
function admitWaiting(state: EngineState, startsAt: number): number {
  const { model, observer, queue, running } = state
  let at = startsAt
  state.admitted = []
  state.prefilled = 0
  for (; state.queueHead < queue.length && running.length < model.slots; state.queueHead++) {
    const sequence = queue[state.queueHead]!
    if (sequence.cancelled) continue
    if (sequence.arrivesAt > startsAt) break
    observer?.noteAdmission(sequence.id, at, at - sequence.arrivesAt)
    at += sequence.prefillMs * state.drawJitter()
    sequence.firstTokenAt = at
    state.admitted.push(sequence)
    running.push(sequence)
  }
  if (state.queueHead > 1024 && state.queueHead * 2 > queue.length) {
    state.queue = queue.slice(state.queueHead)
    state.queueHead = 0
  }
  return at
}

/** The first tokens of those that are prefilled by now. */
function sendFirstTokens(state: EngineState, at: number, events: TokenEvent[]): void {
  const { admitted } = state
  for (; state.prefilled < admitted.length && admitted[state.prefilled]!.firstTokenAt <= at; state.prefilled++) {
    const sequence = admitted[state.prefilled]!
    if (!sequence.cancelled) addToken(state, sequence, sequence.firstTokenAt, events)
  }
}

/** Gives every running sequence its token, and frees the slots of those that are done. */
function endStep(state: EngineState, at: number, events: TokenEvent[]): void {
  const { running } = state
  let kept = 0
  for (const sequence of running) {
    if (sequence.cancelled) continue
    if (sequence.tokens < sequence.outputTokens) addToken(state, sequence, at, events)
    if (sequence.tokens < sequence.outputTokens) running[kept++] = sequence
  }
  running.length = kept
  state.boundaryAt = at
  state.stepEndsAt = null
}

function addToken(state: EngineState, sequence: Sequence, at: number, events: TokenEvent[]): void {
  sequence.tokens++
  sequence.unsent++
  const last = sequence.tokens === sequence.outputTokens
  if (last) forgetSequence(state, sequence.id, at)
  if (!last && sequence.tokens > 1 && sequence.unsent < state.model.tokensPerChunk) return
  sequence.unsent = 0
  events.push({ at, id: sequence.id, tokens: sequence.tokens, last })
}

function forgetSequence(state: EngineState, id: number, at: number): void {
  state.sequences.delete(id)
  if (state.sequences.size === 0) state.idleSince = at
}

/** How much the same model differs between measurements. Shares are relative standard deviations. */
export interface FactorSpreads {
  /** Between two starts of the simulator; constant while a process lives. */
  readonly startSpread: number
  /** Between two hours of the clock; every simulator with the same `seed` has the same hours. */
  readonly hourSpread: number
  /** Between two runs; a run ends after `runPauseMs` without a request. */
  readonly runSpread: number
  readonly runPauseMs: number
  /** Seeds starts and runs. */
  readonly runSeed: string
  /** Seeds the hours and the jitter. */
  readonly seed: string
  /** The date of model time 0, in milliseconds since 1970, which determines the hour. */
  readonly epochMs: number
}

/** Factors on the model's times. */
interface CostFactors {
  /** On prefill, and the overhead before it. */
  readonly prefill: number
  readonly decode: number
}

/** The factors of a server over time. */
interface ServerFactors {
  /** A request came at `at`; the server has been idle since `idleSince` (null: not idle). */
  noteRequest(at: number, idleSince: number | null): void
  /** The factors at this model time, in the current run. */
  at(at: number): CostFactors
}

const HOUR_MS = 3_600_000
/** Correlation of the spreads of prefill and decoding. */
const CORRELATION = 0.5

/** A server that has just been started. */
export function createFactors(options: FactorSpreads): ServerFactors {
  const { runSeed, runSpread, runPauseMs, hourSpread, epochMs, seed } = options
  const start = drawFactors(options.startSpread, seedRandom(`${runSeed}/start`))
  let runs = 0
  let run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run`)))
  let hour = NaN
  let now = run

  return {
    noteRequest(at, idleSince) {
      if (idleSince === null || at - idleSince < runPauseMs) return
      run = multiplyFactors(start, drawFactors(runSpread, seedRandom(`${runSeed}/run ${++runs}`)))
      hour = NaN
    },
    at(at) {
      const current = Math.floor((epochMs + at) / HOUR_MS)
      if (current !== hour) {
        hour = current
        now = multiplyFactors(run, drawFactors(hourSpread, seedRandom(`${seed}/hour ${current}`)))
      }
      return now
    },
  }
}

/** The lognormal number with mean 1 and standard deviation `sd` of a standard normal deviate z: exp(σz − σ²/2), σ² = ln(1 + sd²). */
function toFactor(sd: number, deviate: number): number {
  const variance = Math.log(1 + sd * sd)
  return Math.exp(Math.sqrt(variance) * deviate - variance / 2)
}

function drawFactors(sd: number, random: Random): CostFactors {
  const decode = drawNormal(random)
  const prefill = CORRELATION * decode + Math.sqrt(1 - CORRELATION ** 2) * drawNormal(random)
  return { prefill: toFactor(sd, prefill), decode: toFactor(sd, decode) }
}

function multiplyFactors(a: CostFactors, b: CostFactors): CostFactors {
  return { prefill: a.prefill * b.prefill, decode: a.decode * b.decode }
}
