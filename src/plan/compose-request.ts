import type { RequestSpec } from '../protocol/api.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import { seedRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { FilePrompt } from '../settings/prompts-file/prompt.ts'
import { createImageSource } from './images.ts'
import type { ImageSource } from './images.ts'
import { drawLength } from '../settings/values/distributions.ts'
import { buildQuery, buildTaskText, buildText, spellNonce, countWordsFor, countWordsInside } from './prompts.ts'
import type { Task } from '../vocabulary/load.ts'
import type { Durations, Lengths } from '../settings/values/distributions.ts'
import type { Images } from '../settings/values/images.ts'
import type { PromptModel, ReplayedTrace } from './prompts.ts'

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
  /** Which requests are of which kind; absent or null: all are alike. Its scenarios say what is sent, instead of the above. */
  readonly mix?: readonly ScenarioOptions[] | null
  /** 16 hex digits from the system's randomness: with seeded ones, the second run would hit the caches of the first. */
  readonly nonce: () => string
}

/** The same without conversations: each request stands alone. */
export function removeConversations(options: WorkloadOptions): WorkloadOptions {
  const { mix = null } = options
  return {
    ...options,
    conversations: null,
    mix: mix?.map((scenario) => ({ ...scenario, conversations: null })) ?? null,
  }
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

/** What one scenario of a mix asks for. */
export interface ScenarioOptions extends Pick<
  WorkloadOptions,
  'inputTokens' | 'outputTokens' | 'prompts' | 'prefixCache' | 'sharedPrefixTokens' | 'conversations' | 'images'
> {
  readonly name: string
  /** Of all that begins: requests that stand alone, and conversations. */
  readonly percent: number
  /** What it asks for; null: what all others ask for. */
  readonly model: string | null
}

/** Those of a run, or of one scenario of a mix. */
export type OwnOptions = WorkloadOptions & Partial<Pick<ScenarioOptions, 'name' | 'model'>>

/** What one request is made of: its own random numbers, the length of a full answer, the opening of its prompt, and where in a file the prompt is. */
export interface Ingredients {
  readonly random: Random
  readonly full: number
  readonly prefix: string
  /** Null where no images are sent. */
  readonly drawImages: ImageSource | null
  readonly line: number
}

/** One request that stands alone. */
export function composeRequest(
  options: OwnOptions,
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
  return {
    ...content,
    ...images,
    nonce,
    outputTokens: share === null ? asked : Math.ceil(asked * share),
    ...nameScenario(options),
  }
}

/** Of a mix: the scenario that a request is of, and the model that it asks for. */
export function nameScenario({ name, model = null }: OwnOptions): Pick<RequestSpec, 'part' | 'model'> {
  return { ...(name !== undefined && { part: name }), ...(model !== null && { model }) }
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
  const query = buildQuery(task, random, salt)
  const prompts = Array.from({ length: generatesTokens(task) ? 1 : batchSize }, () => {
    const tokens = drawLength(options.inputTokens, random) - options.sharedPrefixTokens
    return prefix + buildTaskText(task, countWordsFor(tokens, promptModel), random, salt)
  })
  return { ...query, prompts }
}

/** Draws the images of each request; null where none are sent. */
export function prepareImages({ images = null, seed }: WorkloadOptions): ImageSource | null {
  return images === null ? null : createImageSource(images, seed)
}

/** The common opening of all prompts; the same in every request, so that a cache may hit it. */
export function buildSharedPrefix({ sharedPrefixTokens, promptModel, seed }: WorkloadOptions): string {
  if (sharedPrefixTokens === 0) return ''
  const words = countWordsInside(sharedPrefixTokens, promptModel)
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
