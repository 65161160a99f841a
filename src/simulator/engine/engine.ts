import { drawNormal, seedRandom } from '../../random.ts'
import { createFactors, toFactor, type FactorSpreads } from './spread.ts'

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
  /** Seeds the jitter and the hours. */
  readonly seed: string
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
  const model = { ...ENGINE_DEFAULTS, ...options }
  const spread = createFactors(model)
  const steps = seedRandom(`${model.seed}/steps`)
  const jitter = model.jitter === 0 ? () => 1 : () => toFactor(model.jitter, drawNormal(steps))
  const sequences = new Map<number, Sequence>()
  const running: Sequence[] = []
  let queue: Sequence[] = []
  let queueHead = 0
  /** Sequences admitted at the last boundary, and how many of them have their first token. */
  let admitted: Sequence[] = []
  let prefilled = 0
  /** End of the step in progress; null between steps. */
  let stepEndsAt: number | null = null
  /** When the last step ended: the earliest start of the next one. */
  let boundaryAt = -Infinity
  let advancedTo = -Infinity
  let lastArrival = -Infinity
  /** Since when it has been idle; null while it is not, and before the first request. */
  let idleSince: number | null = null

  /** Earliest start of the next step, or null when there are no sequences. Only between steps. */
  function findNextStart(): number | null {
    if (running.length > 0) return boundaryAt
    while (queueHead < queue.length && queue[queueHead]!.cancelled) queueHead++
    return queueHead < queue.length ? Math.max(boundaryAt, queue[queueHead]!.arrivesAt) : null
  }

  function beginStep(startsAt: number): void {
    let at = startsAt
    admitted = []
    prefilled = 0
    for (; queueHead < queue.length && running.length < model.slots; queueHead++) {
      const sequence = queue[queueHead]!
      if (sequence.cancelled) continue
      if (sequence.arrivesAt > startsAt) break
      observer?.noteAdmission(sequence.id, at, at - sequence.arrivesAt)
      at += sequence.prefillMs * jitter()
      sequence.firstTokenAt = at
      admitted.push(sequence)
      running.push(sequence)
    }
    if (queueHead > 1024 && queueHead * 2 > queue.length) {
      queue = queue.slice(queueHead)
      queueHead = 0
    }
    let batch = 0
    for (const sequence of running) if (sequence.outputTokens > 1) batch++
    if (batch > 0) {
      observer?.noteStep(batch)
      at += spread.at(startsAt).decode * (model.decodeMs + model.decodeMsPerSequence * batch) * jitter()
    }
    stepEndsAt = at
  }

  function forget(id: number, at: number): void {
    sequences.delete(id)
    if (sequences.size === 0) idleSince = at
  }

  function addToken(sequence: Sequence, at: number, events: TokenEvent[]): void {
    sequence.tokens++
    sequence.unsent++
    const last = sequence.tokens === sequence.outputTokens
    if (last) forget(sequence.id, at)
    if (!last && sequence.tokens > 1 && sequence.unsent < model.tokensPerChunk) return
    sequence.unsent = 0
    events.push({ at, id: sequence.id, tokens: sequence.tokens, last })
  }

  /** Gives every running sequence its token, and frees the slots of those that are done. */
  function endStep(at: number, events: TokenEvent[]): void {
    let kept = 0
    for (const sequence of running) {
      if (sequence.cancelled) continue
      if (sequence.tokens < sequence.outputTokens) addToken(sequence, at, events)
      if (sequence.tokens < sequence.outputTokens) running[kept++] = sequence
    }
    running.length = kept
    boundaryAt = at
    stepEndsAt = null
  }

  return {
    submit(id, { inputTokens, outputTokens, at }) {
      if (sequences.has(id)) throw new Error(`request ${id} is already in the engine`)
      if (!(outputTokens >= 1)) throw new Error(`request ${id} asks for ${outputTokens} tokens; at least 1 is needed`)
      spread.noteRequest(at, idleSince)
      idleSince = null
      const { prefill } = spread.at(at)
      const arrivesAt = Math.max(lastArrival, at + prefill * model.overheadMs)
      lastArrival = arrivesAt
      const prefillMs = prefill * model.prefillMsPerToken * inputTokens
      const progress = { firstTokenAt: 0, tokens: 0, unsent: 0, cancelled: false }
      const sequence: Sequence = { id, arrivesAt, prefillMs, outputTokens: Math.floor(outputTokens), ...progress }
      sequences.set(id, sequence)
      queue.push(sequence)
    },

    cancel(id) {
      const sequence = sequences.get(id)
      if (sequence === undefined) return false
      sequence.cancelled = true
      forget(id, advancedTo)
      // During a step its place in the batch stays taken; between steps it is free at once.
      const place = stepEndsAt === null ? running.indexOf(sequence) : -1
      if (place >= 0) running.splice(place, 1)
      return true
    },

    nextEventAt() {
      if (stepEndsAt === null) {
        const start = findNextStart()
        if (start === null || start > advancedTo) return start
        beginStep(start)
      }
      return prefilled < admitted.length ? admitted[prefilled]!.firstTokenAt : stepEndsAt
    },

    advanceTo(at) {
      const events: TokenEvent[] = []
      for (;;) {
        if (stepEndsAt === null) {
          const start = findNextStart()
          // A step that would start right now waits for other requests of this moment: `nextEventAt` starts it.
          if (start === null || start >= at) break
          beginStep(start)
        }
        for (; prefilled < admitted.length && admitted[prefilled]!.firstTokenAt <= at; prefilled++) {
          const sequence = admitted[prefilled]!
          if (!sequence.cancelled) addToken(sequence, sequence.firstTokenAt, events)
        }
        if (stepEndsAt === null || stepEndsAt > at) break
        endStep(stepEndsAt, events)
      }
      advancedTo = Math.max(advancedTo, at)
      return events
    },

    get running() {
      return running.length
    },
    get waiting() {
      return sequences.size - running.filter((s) => !s.cancelled && s.tokens < s.outputTokens).length
    },
  }
}
