import type { RequestSpec } from '../protocol/api.ts'
import { generatesTokens, needsQuery } from '../vocabulary/endpoint-names.ts'
import type { Task } from '../vocabulary/endpoint-names.ts'
import { seedRandom, shuffle } from '../random.ts'
import type { Random } from '../random.ts'
import type { Durations } from '../settings/values/durations.ts'
import type { Images } from '../settings/values/images.ts'
import type { Lengths } from '../settings/values/lengths.ts'
import { createMixOrder } from './mix.ts'
import type { FilePrompt } from '../settings/prompts-file/prompt.ts'
import type { ReplayedTrace } from './trace-prompt.ts'
import { createImageSource } from './images.ts'
import type { ImageSource } from './images.ts'
import { drawLength, createLengthSource } from './lengths.ts'
import { buildPrompt, buildQuery, buildText, spellNonce, countWordsFor } from './prompts.ts'
import type { PromptModel } from './prompts.ts'

/** What every request of a run has in common. */
export interface WorkloadOptions {
  readonly task: Task
  readonly seed: string
  readonly inputTokens: Lengths
  readonly outputTokens: Lengths
  readonly promptModel: PromptModel
  /** Prompts of the user; null: they are made. */
  readonly prompts: readonly FilePrompt[] | null
  readonly prefixCache: 'avoid' | 'allow'
  readonly sharedPrefixTokens: number
  readonly batchSize: number
  /** Requests of levels are turns of conversations; absent or null: each stands alone. */
  readonly conversations?: ConversationOptions | null
  /** What is replayed; absent or null: no trace. Where it has no lengths, `prompts` is what is sent at its moments. */
  readonly trace?: ReplayedTrace | null
  /** Beside the text of each chat; absent or null: none. */
  readonly images?: Images | null
  /** What of the requests is of which kind; absent or null: all are alike. Its parts say what is sent, in the place of the above. */
  readonly mix?: readonly MixPart[] | null
  /** 16 hex digits from the system's randomness: with seeded ones, the second run would hit the caches of the first. */
  readonly nonce: () => string
}

/** What the conversations of a run have in common. */
export interface ConversationOptions {
  /** How many turns one has; `file`: as many as users have in the prompts file. */
  readonly turns: Lengths | 'file'
  /** How long a user waits before each turn but the first. */
  readonly thinkTime: Durations
  /** Tokens of the system prompt, equal for all; 0: there is none. */
  readonly systemTokens: number
}

/** One part of a mix of requests. */
export interface MixPart extends Pick<
  WorkloadOptions,
  'inputTokens' | 'outputTokens' | 'prompts' | 'prefixCache' | 'sharedPrefixTokens'
> {
  /** The scenario that it is. */
  readonly name: string
  /** Of all requests. */
  readonly percent: number
  /** What it asks for; null: what all others ask for. */
  readonly model: string | null
}

/**
 * Length of a lone worker's first answer, as a share of the full length: it only opens the connection, having nobody
 * to be out of step with.
 */
export const LONE_SHARE = 1 / 8

/** What the requests of one level in one pass ask for. */
export interface Workload {
  /**
   * The next request of `worker`; in an open loop the one of that number. `spread` is null, or, for a worker's first warm-up request, the share of the full
   * output length that puts the workers into different phases of their answers.
   */
  next(worker: number, spread: number | null): RequestSpec
  /**
   * Takes the answer to a worker's last request, null where there is none to go on with, and returns how long it waits
   * before the next, in milliseconds. Absent where requests do not depend on answers.
   */
  hear?(worker: number, text: string | null): number
  /** The shares of the workers' first requests, (i + ½)/c in a random order; `LONE_SHARE` where there is one. */
  readonly spread: readonly number[]
}

/** The requests of an open loop: each has lengths and words of its own, by its number, whoever sends it and whatever others do. */
export function createOpenWorkload(options: WorkloadOptions, ratePerSecond: number, pass: number): Workload {
  const seed = `${options.seed}/${ratePerSecond}/s/${pass}`
  const kindOf = createKinds(options, seed)
  return {
    spread: [],
    next(number) {
      const random = seedRandom(`${seed}/${number}`)
      const { own, ...kind } = kindOf(number)
      const full = createLengthSource(own.outputTokens, random)()
      return composeRequest(own, { random, full, ...kind }, null)
    },
  }
}

/** What the requests of one kind have in common: of a mix, of one part. */
interface Kind extends Pick<Ingredients, 'prefix' | 'drawImages'> {
  readonly own: WorkloadOptions & Partial<Pick<MixPart, 'name' | 'model'>>
}

/** Tells of each request by its number of which kind it is, and which of that kind. */
function createKinds(options: WorkloadOptions, seed: string): (number: number) => Kind & { readonly line: number } {
  const { mix } = options
  if (mix == null) {
    const kind = { own: options, prefix: buildSharedPrefix(options), drawImages: prepareImages(options) }
    return (line) => ({ ...kind, line })
  }
  const kinds = mix.map((part): Kind => {
    const own = { ...options, ...part }
    return { own, prefix: buildSharedPrefix(own), drawImages: prepareImages(own) }
  })
  const placeOf = createMixOrder(
    mix.map(({ percent }) => percent),
    seed,
  )
  return (number) => {
    const { part, line } = placeOf(number)
    return { ...kinds[part]!, line }
  }
}

/**
 * The requests of one level in one pass. Lengths and words come from the seed and are the same in every run, whatever
 * the order in which the workers take turns; only the nonces differ.
 */
export function createWorkload(options: WorkloadOptions, concurrency: number, pass: number): Workload {
  const seed = `${options.seed}/${concurrency}/${pass}`
  const kindOf = createKinds(options, seed)
  const workers = Array.from({ length: concurrency }, (_, worker) => {
    const random = seedRandom(`${seed}/${worker}`)
    return { random, lengths: new Map<Kind['own'], () => number>(), sent: 0 }
  })
  return {
    spread: spreadWorkers(options, concurrency, pass),
    next(worker, share) {
      const { random, lengths, sent } = workers[worker]!
      workers[worker]!.sent++
      const { own, ...kind } = kindOf(worker + sent * concurrency)
      const drawOutput = lengths.get(own) ?? createLengthSource(own.outputTokens, random)
      lengths.set(own, drawOutput)
      return composeRequest(own, { random, full: drawOutput(), ...kind }, share)
    },
  }
}

/** The phases in which workers begin, as `Workload.spread` has them. */
export function spreadWorkers({ seed }: WorkloadOptions, concurrency: number, pass: number): readonly number[] {
  return shuffle(
    concurrency === 1 ? [LONE_SHARE] : Array.from({ length: concurrency }, (_, i) => (i + 0.5) / concurrency),
    seedRandom(`${seed}/${concurrency}/${pass}/spread`),
  )
}

/** What one request is made of: its own random numbers, the length of a full answer, the opening of its prompt, and where in a file the prompt is. */
interface Ingredients {
  readonly random: Random
  readonly full: number
  readonly prefix: string
  /** Null where no images are sent. */
  readonly drawImages: ImageSource | null
  readonly line: number
}

function composeRequest(
  options: Kind['own'],
  { random, full, prefix, drawImages, line }: Ingredients,
  share: number | null,
): RequestSpec {
  const nonce = options.nonce()
  const content =
    options.prompts === null
      ? makePrompts(options, random, nonce, prefix)
      : readFilePrompt(options.prompts[line % options.prompts.length]!, options, nonce)
  // Where nothing is generated, a length would only eat the budget of output tokens.
  const asked = generatesTokens(options.task) ? (content.outputTokens ?? full) : 0
  const images =
    drawImages === null ? {} : { images: drawImages(random, options.prefixCache === 'avoid' ? nonce : null) }
  const { name, model = null } = options
  return {
    ...content,
    ...images,
    nonce,
    outputTokens: share === null ? asked : Math.ceil(asked * share),
    ...(name !== undefined && { part: name }),
    ...(model !== null && { model }),
  }
}

type Messages = NonNullable<RequestSpec['messages']>

function makePrompts(
  options: WorkloadOptions,
  random: Random,
  nonce: string,
  prefix: string,
): Pick<RequestSpec, 'prompts' | 'query'> & { outputTokens?: number } {
  const { task, promptModel, batchSize, prefixCache } = options
  const salt = prefixCache === 'avoid' ? nonce : null
  const build = generatesTokens(task) ? buildPrompt : buildText
  const query = needsQuery(task) ? { query: buildQuery(random, salt) } : {}
  const prompts = Array.from({ length: generatesTokens(task) ? 1 : batchSize }, () => {
    const tokens = drawLength(options.inputTokens, random) - options.sharedPrefixTokens
    return prefix + build(countWordsFor(tokens, promptModel), random, salt)
  })
  return { ...query, prompts }
}

function prepareImages({ images = null, seed }: WorkloadOptions): ImageSource | null {
  return images === null ? null : createImageSource(images, seed)
}

/** The common opening of all prompts; the same in every request, so that a cache may hit it. */
function buildSharedPrefix({ sharedPrefixTokens, promptModel, seed }: WorkloadOptions): string {
  if (sharedPrefixTokens === 0) return ''
  const words = Math.max(1, Math.round(sharedPrefixTokens / promptModel.tokensPerWord))
  return `${buildText(words, seedRandom(`${seed}/shared-prefix`), null)} `
}

/** A prompt of the user. A length that stands beside it is taken as it is, without jitter. */
export function readFilePrompt(
  prompt: FilePrompt,
  { prefixCache }: Pick<WorkloadOptions, 'prefixCache'>,
  nonce: string,
): Pick<RequestSpec, 'prompts' | 'query' | 'messages' | 'tools'> & { outputTokens?: number } {
  const opening = prefixCache === 'avoid' ? `${spellNonce(nonce)} ` : ''
  const length = prompt.maxTokens === null ? {} : { outputTokens: prompt.maxTokens }
  switch (prompt.kind) {
    case 'prompt':
      return { prompts: [opening + prompt.text], ...length }
    case 'input':
      return {
        prompts: prompt.texts.map((text) => opening + text),
        ...(prompt.query !== undefined && { query: opening + prompt.query }),
        ...length,
      }
    case 'messages':
      return {
        prompts: [''],
        messages: saltMessages(prompt.messages, opening),
        ...(prompt.tools !== undefined && { tools: prompt.tools }),
        ...length,
      }
  }
}

/** The first message opens with the nonce: a cache compares from the start. */
function saltMessages(messages: Messages, opening: string): Messages {
  const [first, ...rest] = messages
  if (opening === '' || first === undefined) return messages
  const content = first['content']
  if (typeof content === 'string') return [{ ...first, content: opening + content }, ...rest]
  return Array.isArray(content)
    ? [{ ...first, content: [{ type: 'text', text: opening }, ...content] }, ...rest]
    : messages
}
