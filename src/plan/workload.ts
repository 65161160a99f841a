import type { RequestSpec } from '../protocol/api.ts'
import { seedRandom, shuffle } from '../random.ts'
import { composeRequest, readFilePrompt, prepareImages, buildSharedPrefix } from './compose-request.ts'
import type { OwnOptions, Ingredients, WorkloadOptions } from './compose-request.ts'
import { beginTalk, writeSystemPrompt, countMeanTurns } from './conversations.ts'
import type { AfterAnswer, Talk } from './conversations.ts'
import { createLengthSource } from '../settings/values/distributions.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import { buildQuery, buildTracePrompt } from './prompts.ts'
import type { ReplayedTrace } from './prompts.ts'

/**
 * Length of a lone worker's first answer, as a share of the full length: it only opens the connection, having nobody
 * to be out of step with.
 */
export const LONE_SHARE = 1 / 8

/** Workers whose answers are shorter are through with the first ones before all others could enter one after another. */
export const SHORT_TOKENS = 100

/** What the requests of one level in one pass ask for. */
export interface Workload {
  /**
   * The next request of `worker`; in an open loop the request of that number, or the next turn of the conversation of that number. `spread` is null, or, for a worker's first warm-up request, the share of the full
   * output length that puts the workers into different phases of their answers.
   */
  next(worker: number, spread: number | null): RequestSpec
  /**
   * Takes the answer to the last request of a worker or, in an open loop, to that of this number; null where there is none to go on with. Absent where nothing
   * follows any answer.
   */
  hear?(worker: number, text: string | null): AfterAnswer
  /** The shares of the workers' first requests, (i + ½)/c in a random order; `LONE_SHARE` where there is one. */
  readonly spread: readonly number[]
}

/**
 * The requests of an open loop: each has lengths and words of its own, by its number, whoever sends it and whatever others do. A conversation has one
 * number, by which each of its turns is asked for.
 */
export function createOpenWorkload(options: WorkloadOptions, ratePerSecond: number, pass: number): Workload {
  const seed = `${options.seed}/${ratePerSecond}/s/${pass}`
  const kindOf = createKinds(options, seed)
  const talks = new Map<number, Talk>()

  const begin = (number: number): Talk | RequestSpec => {
    const random = seedRandom(`${seed}/${number}`)
    const { own, system, ...kind } = kindOf(number)
    const drawOutput = createLengthSource(own.outputTokens, random)
    const { conversations = null } = own
    if (conversations === null) return composeRequest(own, { random, full: drawOutput(), ...kind }, null)
    const place = { seed: `${seed}/${number}`, number: number + 1, line: kind.line }
    return beginTalk(own, conversations, { ...place, system, drawOutput, phase: 0 })
  }
  return {
    spread: [],
    next(number) {
      const begun = talks.get(number) ?? begin(number)
      if (!('next' in begun)) return begun
      talks.set(number, begun)
      return begun.next(null)
    },
    ...(holdsConversations(options) && {
      hear(number: number, text: string | null): AfterAnswer {
        const after = talks.get(number)?.hear(text) ?? 'over'
        if (typeof after !== 'number') talks.delete(number)
        return after
      },
    }),
  }
}

/**
 * The requests of one level in one pass. Lengths and words come from the seed and are the same in every run, whatever
 * the order in which the workers take turns; only the nonces differ. Where they are turns of conversations, each worker holds one conversation after another.
 *
 * Workers that begin in phases of their answers also begin at different turns, with answers before them that are made up: else all would be at their first turns
 * at once, and a short window would see no others.
 */
export function createWorkload(options: WorkloadOptions, concurrency: number, pass: number): Workload {
  const seed = `${options.seed}/${concurrency}/${pass}`
  const kindOf = createKinds(options, seed)
  const phases = shuffle(
    Array.from({ length: concurrency }, (_, i) => (concurrency === 1 ? 0 : (i + 0.5) / concurrency)),
    seedRandom(`${seed}/turns`),
  )
  const workers = Array.from({ length: concurrency }, (_, worker) => {
    const random = seedRandom(`${seed}/${worker}`)
    return { random, lengths: new Map<OwnOptions, () => number>(), begun: 0, talk: null as Talk | null }
  })
  return {
    spread: spreadWorkers(options, concurrency, pass),
    next(worker, share) {
      const state = workers[worker]!
      if (state.talk?.goesOn === true) return state.talk.next(share)
      const { random, lengths, begun } = state
      state.begun++
      const { own, system, ...kind } = kindOf(worker + begun * concurrency)
      const drawOutput = lengths.get(own) ?? createLengthSource(own.outputTokens, random)
      lengths.set(own, drawOutput)
      const { conversations = null } = own
      if (conversations === null) {
        state.talk = null
        return composeRequest(own, { random, full: drawOutput(), ...kind }, share)
      }
      const phase = begun === 0 && share !== null ? phases[worker]! : 0
      const place = { seed: `${seed}/${worker}`, number: begun + 1, line: kind.line }
      state.talk = beginTalk(own, conversations, { ...place, system, drawOutput, phase })
      return state.talk.next(share)
    },
    ...(holdsConversations(options) && {
      hear: (worker: number, text: string | null): AfterAnswer => workers[worker]!.talk?.hear(text) ?? 'over',
    }),
  }
}

function holdsConversations({ conversations = null, mix = null }: WorkloadOptions): boolean {
  return conversations !== null || (mix?.some((part) => part.conversations !== null) ?? false)
}

/** The phases in which workers begin, as `Workload.spread` has them. */
function spreadWorkers({ seed }: WorkloadOptions, concurrency: number, pass: number): readonly number[] {
  return shuffle(
    concurrency === 1 ? [LONE_SHARE] : Array.from({ length: concurrency }, (_, i) => (i + 0.5) / concurrency),
    seedRandom(`${seed}/${concurrency}/${pass}/spread`),
  )
}

/**
 * The requests of a trace, by their numbers. At every speed and in every pass they have the same lengths and share what the
 * trace says they share; but each pass has texts of its own, by its `nonce`.
 */
function createTraceWorkload(options: WorkloadOptions, { lengths, ...trace }: ReplayedTrace, nonce: string): Workload {
  const { prompts, task, seed, promptModel } = options
  return {
    spread: [],
    next(number) {
      const random = seedRandom(`${seed}/trace/${number}`)
      const full = createLengthSource(options.outputTokens, random)()
      const own = options.nonce()
      const content =
        lengths === null
          ? readFilePrompt(prompts![number]!, { prefixCache: 'avoid' }, nonce)
          : {
              prompts: [buildTracePrompt(lengths[number]!, { ...trace, task, promptModel, nonce, own, random })],
              ...buildQuery(task, random, own),
            }
      const asked = lengths?.[number]!.outputTokens ?? ('outputTokens' in content ? content.outputTokens : full)
      return { ...content, nonce: own, cacheSalt: nonce, outputTokens: generatesTokens(task) ? asked : 0 }
    },
  }
}

interface LevelOfWorkload {
  readonly concurrency: number
  readonly pass: number
  readonly open?: object | null
  /** Of a level that replays a trace. */
  readonly nonce?: string
}

/** The requests of one level in one pass: of a closed loop, of an open loop, or of a trace. */
export function createLevelWorkload(
  options: WorkloadOptions,
  { concurrency, pass, open, nonce }: LevelOfWorkload,
): Workload {
  const { trace = null } = options
  if (trace !== null && nonce !== undefined) return createTraceWorkload(options, trace, nonce)
  return open == null ? createWorkload(options, concurrency, pass) : createOpenWorkload(options, concurrency, pass)
}

/** What all of one kind have in common, requests that stand alone or conversations: those of a run, or of one scenario of a mix. */
interface Kind extends Pick<Ingredients, 'prefix' | 'drawImages'> {
  readonly own: OwnOptions
  /** Of conversations: the system prompt. */
  readonly system: string | null
}

/** Tells by the number of a conversation, or of a request that stands alone, which kind it is, and which one of that kind. */
function createKinds(options: WorkloadOptions, seed: string): (number: number) => Kind & { readonly line: number } {
  const { mix } = options
  if (mix == null) {
    const kind = prepareKind(options)
    return (line) => ({ ...kind, line })
  }
  const kinds = mix.map((scenario) => prepareKind({ ...options, ...scenario }))
  const placeOf = createMixOrder(
    mix.map(({ percent }) => percent),
    seed,
  )
  return (number) => {
    const { scenario, line } = placeOf(number)
    return { ...kinds[scenario]!, line }
  }
}

function prepareKind(own: OwnOptions): Kind {
  const { conversations = null } = own
  const system = conversations === null ? null : writeSystemPrompt(own, conversations)
  return { own, prefix: buildSharedPrefix(own), drawImages: prepareImages(own), system }
}

/** Which scenario of a mix a request is of, and which of that one's requests it is, from 0. */
interface PlaceInMix {
  readonly scenario: number
  readonly line: number
}

/**
 * The scenarios of the requests of one level in one pass, by their numbers: in every round of requests each scenario has
 * exactly its share, in an order of the seed. So all passes ask for the same, and a window of any length for nearly its share
 * of each.
 *
 * @param percents of the scenarios, together 100.
 */
export function createMixOrder(percents: readonly number[], seed: string): (number: number) => PlaceInMix {
  const unit = percents.reduce(findDivisor, 100)
  const counts = percents.map((percent) => percent / unit)
  const slots = counts.flatMap((count, scenario) => Array.from({ length: count }, () => scenario))
  let known: { readonly round: number; readonly places: readonly PlaceInMix[] } | null = null
  return (number) => {
    const round = Math.floor(number / slots.length)
    if (known?.round !== round) known = { round, places: placeRound(slots, counts, seed, round) }
    return known.places[number % slots.length]!
  }
}

function placeRound(
  slots: readonly number[],
  counts: readonly number[],
  seed: string,
  round: number,
): readonly PlaceInMix[] {
  const before = counts.map((count) => count * round)
  return shuffle(slots, seedRandom(`${seed}/mix/${round}`)).map((scenario) => ({ scenario, line: before[scenario]!++ }))
}

function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b)
}

/** What all requests of one kind have in common, those of a run or of one scenario of a mix, and how often it is sent, in any unit. */
interface WeighedKind {
  readonly own: OwnOptions
  readonly weight: number
}

/** The kinds of requests of a run. A scenario has its share of all that begins, and a conversation sends a request for each of its turns. */
export function weighKinds(options: WorkloadOptions): readonly WeighedKind[] {
  const { mix } = options
  const kinds = mix?.map((scenario) => ({ own: { ...options, ...scenario }, percent: scenario.percent })) ?? [
    { own: options, percent: 100 },
  ]
  return kinds.map(({ own, percent }) => ({ own, weight: percent * countTurns(own) }))
}

/** How many requests each of a kind sends on average. */
export function countTurns({ conversations = null, prompts }: OwnOptions): number {
  return conversations === null ? 1 : countMeanTurns(conversations.turns, prompts)
}
