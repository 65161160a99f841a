import type { Task } from '../vocabulary/load.ts'
import type { Durations, Lengths } from '../settings/values/distributions.ts'
import type { Images } from '../settings/values/images.ts'
import type { FilePrompt } from '../settings/prompts-file/prompt.ts'
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
