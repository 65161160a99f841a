import type { Lengths } from '../../settings/values/distributions.ts'
import type { WorkloadOptions, ConversationOptions } from '../../plan/workload-options.ts'
import { fixLength } from '../../plan/draws.ts'
import { forcesLength } from '../../protocol/apis/request.ts'
import { generatesTokens } from '../../vocabulary/load.ts'
import type { Settings } from '../../settings.ts'
import type { PromptModel } from '../../plan/prompts.ts'
import type { Target } from '../transport/target.ts'

/** The workload of a run; also used without preflight, with what is then assumed. */
export function chooseWorkload(
  settings: Settings,
  target: Target,
  inputTokens: Lengths,
  promptModel: PromptModel,
  nonce: () => string,
): WorkloadOptions {
  return {
    task: target.dialect.task,
    seed: settings.seed,
    inputTokens,
    outputTokens: settings.outputTokens,
    promptModel,
    prompts: settings.prompts,
    trace: settings.trace === null ? null : { ...settings.trace, asksForLength: !forcesLength(target.dialect.fields) },
    prefixCache: settings.prefixCache,
    sharedPrefixTokens: settings.sharedPrefixTokens,
    batchSize: settings.batchSize,
    conversations: conversationsOf(settings),
    images: settings.images,
    mix:
      settings.mix?.map(({ turns, thinkTime, systemPromptTokens, ...part }) => ({
        ...part,
        inputTokens: part.inputTokens === 'auto' ? chooseLengths({ inputTokens: 'auto' }, target) : part.inputTokens,
        conversations: conversationsOf({ turns, thinkTime, systemPromptTokens }),
      })) ?? null,
    nonce,
  }
}

function conversationsOf({
  turns,
  thinkTime,
  systemPromptTokens,
}: Pick<Settings, 'turns' | 'thinkTime' | 'systemPromptTokens'>): ConversationOptions | null {
  return turns === null ? null : { turns, thinkTime, systemTokens: systemPromptTokens }
}

export function chooseLengths(settings: Pick<Settings, 'inputTokens'>, target: Target): Lengths {
  if (settings.inputTokens !== 'auto') return settings.inputTokens
  return fixLength(generatesTokens(target.dialect.task) ? AUTO_INPUT_TOKENS : AUTO_ITEM_TOKENS)
}

const AUTO_INPUT_TOKENS = 512

const AUTO_ITEM_TOKENS = 256
