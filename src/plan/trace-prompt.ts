import type { Random } from '../random.ts'
import { seedRandom } from '../random.ts'
import type { Trace, TraceLengths } from '../settings/trace-file/trace.ts'
import { generatesTokens } from '../vocabulary/load.ts'
import type { Task } from '../vocabulary/load.ts'
import { appendInstruction, buildPrompt, buildText, countWordsFor, countWordsUpTo, drawWords } from './prompts.ts'
import type { PromptModel } from './prompts.ts'

/** A trace as it is sent. */
export interface ReplayedTrace extends Trace {
  /** Whether the words of a prompt have to ask for a long answer, because the endpoint cannot be made to generate an exact number of tokens. */
  readonly asksForLength: boolean
}

/** What the prompts of a trace in one pass have in common. */
interface TracePass extends Pick<ReplayedTrace, 'blockTokens' | 'asksForLength'> {
  readonly task: Task
  readonly promptModel: PromptModel
  /** Of the pass. */
  readonly nonce: string
}

/** What belongs to this request alone. */
interface OwnWords {
  readonly own: string
  readonly random: Random
}

/**
 * A prompt of about this many input tokens. Where the trace names its blocks, the number of each stands for the same words
 * throughout a pass, as many as the block has tokens: so prompts that begin with the same blocks begin with the same text
 * and share nothing else. The first block is shorter by the tokens of the chat template. Without blocks a prompt shares
 * nothing.
 */
export function buildTracePrompt(
  { inputTokens, blocks }: TraceLengths,
  { blockTokens, asksForLength, task, promptModel, nonce, own, random }: TracePass & OwnWords,
): string {
  if (blocks === null || blockTokens === null) {
    const build = generatesTokens(task) ? buildPrompt : buildText
    return build(countWordsFor(inputTokens, promptModel), random, own)
  }
  const texts: string[] = []
  for (const [place, block] of blocks.entries()) {
    const from = countWordsUpTo(place * blockTokens, promptModel)
    const to = countWordsUpTo(Math.min(inputTokens, (place + 1) * blockTokens), promptModel)
    if (to > from) texts.push(drawWords(to - from, seedRandom(`${nonce}/${block}`)))
  }
  const text = texts.length === 0 ? drawWords(1, seedRandom(`${nonce}/${blocks[0]}`)) : texts.join(' ')
  return asksForLength && generatesTokens(task) ? appendInstruction(text) : text
}
